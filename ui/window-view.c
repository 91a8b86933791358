#include "ui/window-private.h"

/* How the picture is looked at, and what is beside it. */

#define ZOOM_STEP 1.25

static void
zoom_in_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  ql_canvas_zoom (QL_WINDOW (data)->canvas, ZOOM_STEP);
}

static void
zoom_out_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  ql_canvas_zoom (QL_WINDOW (data)->canvas, 1 / ZOOM_STEP);
}

static void
zoom_fit_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  ql_canvas_zoom_fit (QL_WINDOW (data)->canvas);
}

static void
zoom_actual_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  ql_canvas_zoom_actual (QL_WINDOW (data)->canvas);
}

static void
copy_image_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  ql_canvas_copy (QL_WINDOW (data)->canvas);
}

/* A lesson may lock it for the person; its own steps change the state, without activating. */
static void
page_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  if (!ql_window_lesson_locks (data, "page"))
    g_action_change_state (G_ACTION (action), parameter);
}

static void
change_page (GSimpleAction *action, GVariant *state, gpointer data)
{
  GtkStack *pages = QL_WINDOW (data)->pages;

  if (gtk_stack_get_child_by_name (pages, g_variant_get_string (state, NULL)) != NULL)
    gtk_stack_set_visible_child_name (pages, g_variant_get_string (state, NULL));
}

static const GActionEntry page_entries[] = { { "page", page_action, "s", "''", change_page } };

static void
page_shown_cb (QlWindow *self)
{
  const char *page = gtk_stack_get_visible_child_name (self->pages);

  g_simple_action_set_state (G_SIMPLE_ACTION (g_action_map_lookup_action (G_ACTION_MAP (self), "page")),
                             g_variant_new_string (page != NULL ? page : ""));
}

static const GActionEntry entries[] = {
  { "zoom-in", zoom_in_action, NULL, NULL, NULL },
  { "zoom-out", zoom_out_action, NULL, NULL, NULL },
  { "zoom-fit", zoom_fit_action, NULL, NULL, NULL },
  { "zoom-actual", zoom_actual_action, NULL, NULL, NULL },
  { "copy-image", copy_image_action, NULL, NULL, NULL },
};

void
ql_window_add_view_actions (QlWindow *self)
{
  g_autoptr (GPropertyAction) sidebar = g_property_action_new ("sidebar", self->shell, "sidebar-shown");

  g_action_map_add_action_entries (G_ACTION_MAP (self), entries, G_N_ELEMENTS (entries), self);
  g_action_map_add_action (G_ACTION_MAP (self), G_ACTION (sidebar));
  g_action_map_add_action_entries (G_ACTION_MAP (self), page_entries, G_N_ELEMENTS (page_entries), self);
  g_signal_connect_object (self->pages, "notify::visible-child-name", G_CALLBACK (page_shown_cb), self,
                           G_CONNECT_SWAPPED);
  page_shown_cb (self);
}

void
ql_window_update_view_actions (QlWindow *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (entries); i++)
    ql_window_set_enabled (self, entries[i].name,
                           self->conversation != NULL && !ql_window_shows_batch (self));
}
