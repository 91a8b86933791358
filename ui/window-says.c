#include "ui/window-private.h"

#include "app/lab-mask.h"
#include "app/lab-queries.h"
#include "ui/announce.h"
#include "ui/masks-page.h"

/* What queries say, whether a text matches, and what the Q-Former makes of masks. */

static QlLabQueries *
queries (gpointer window)
{
  return ql_lab_get_queries (QL_WINDOW (window)->lab);
}

static QlLabMask *
mask (gpointer window)
{
  return ql_lab_get_mask (QL_WINDOW (window)->lab);
}

static void
query_report_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  ql_lab_queries_ask_report (queries (data));
}

static void
query_caption_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  ql_lab_queries_ask_caption (queries (data), ql_lab_get_query (QL_WINDOW (data)->lab));
}

static void
query_stop_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  ql_lab_queries_stop (queries (data));
}

static void
match_text_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  ql_lab_queries_ask_match (queries (data), g_variant_get_string (parameter, NULL));
}

/* ---- masks ---- */

static void
mask_preset_action (GSimpleAction *action, GVariant *value, gpointer data)
{
  QlMaskPreset preset;

  if (ql_mask_preset_parse (g_variant_get_string (value, NULL), &preset))
    ql_lab_mask_set_preset (mask (data), preset);
}

static void
mask_reset_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  ql_lab_mask_set_preset (mask (data), ql_lab_mask_get_preset (mask (data)));
}

static void
mask_text_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  ql_lab_mask_set_text (mask (data), g_variant_get_string (parameter, NULL));
}

static void
mask_read_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  g_autofree char *text = g_strdup (ql_lab_mask_get_text (mask (data)));

  ql_lab_mask_set_text (mask (data), text);
}

static void
mask_cell_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  int row, column;

  g_variant_get (parameter, "(ii)", &row, &column);
  ql_lab_mask_toggle (mask (data), row, column);
}

static void
mask_run_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  ql_lab_mask_run (mask (data));
}

static void
mask_stop_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  ql_lab_mask_stop (mask (data));
}

static void
mask_zoom_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  GtkWidget *page = gtk_stack_get_child_by_name (QL_WINDOW (data)->pages, "masks");

  ql_masks_page_zoom (QL_MASKS_PAGE (page), g_variant_get_int32 (parameter));
}

static const GActionEntry entries[] = {
  { "query-report", query_report_action, NULL, NULL, NULL },
  { "query-caption", query_caption_action, NULL, NULL, NULL },
  { "query-stop", query_stop_action, NULL, NULL, NULL },
  { "match-text", match_text_action, "s", NULL, NULL },
  { "mask-preset", NULL, "s", "'itm'", mask_preset_action },
  { "mask-reset", mask_reset_action, NULL, NULL, NULL },
  { "mask-text", mask_text_action, "s", NULL, NULL },
  { "mask-read", mask_read_action, NULL, NULL, NULL },
  { "mask-cell", mask_cell_action, "(ii)", NULL, NULL },
  { "mask-run", mask_run_action, NULL, NULL, NULL },
  { "mask-stop", mask_stop_action, NULL, NULL, NULL },
  { "mask-zoom", mask_zoom_action, "i", NULL, NULL },
};

void
ql_window_update_says (QlWindow *self)
{
  QlLabQueries *says = queries (self);
  QlLabMask *grid = mask (self);
  gboolean looking = ql_window_looks_at_attention (self),
           ready = ql_lab_mask_get_state (grid) == QL_ASK_READY;
  gboolean can_ask = looking && ql_lab_queries_why_not (says) == NULL;
  GAction *preset = g_action_map_lookup_action (G_ACTION_MAP (self), "mask-preset");

  ql_window_set_enabled (self, "query-report", can_ask);
  ql_window_set_enabled (self, "query-caption", can_ask);
  ql_window_set_enabled (self, "query-stop", ql_lab_queries_is_working (says));
  ql_window_set_enabled (self, "match-text", looking && ql_lab_queries_can_match (says));
  ql_window_set_enabled (self, "mask-preset", looking);
  ql_window_set_enabled (self, "mask-text", looking);
  ql_window_set_enabled (self, "mask-read", looking);
  ql_window_set_enabled (self, "mask-zoom", looking);
  ql_window_set_enabled (self, "mask-reset", looking && ready);
  ql_window_set_enabled (self, "mask-cell", looking && ready);
  ql_window_set_enabled (self, "mask-run", looking && ready && !ql_lab_mask_get_running (grid));
  ql_window_set_enabled (self, "mask-stop", ql_lab_mask_get_running (grid));
  g_simple_action_set_state (G_SIMPLE_ACTION (preset),
                             g_variant_new_string (ql_mask_preset_to_string (ql_lab_mask_get_preset (grid))));
}

/* What somebody waited for is said, once: where it appears is below what was pressed. */
static void
mask_cb (QlWindow *self)
{
  gboolean there = ql_lab_mask_get_score (mask (self)) != NULL;
  g_autofree char *text = ql_lab_mask_describe_score (mask (self));

  if (there && !self->mask_told)
    ql_announce_text (self->live, text);
  self->mask_told = there;
  ql_window_update_says (self);
}

void
ql_window_add_says (QlWindow *self)
{
  g_action_map_add_action_entries (G_ACTION_MAP (self), entries, G_N_ELEMENTS (entries), self);
  g_signal_connect_object (queries (self), "changed", G_CALLBACK (ql_window_update_says), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (mask (self), "changed", G_CALLBACK (mask_cb), self, G_CONNECT_SWAPPED);
  ql_window_update_says (self);
}
