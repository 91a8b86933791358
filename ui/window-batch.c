#include "ui/window-private.h"

#include <glib/gi18n.h>

#include "ui/batch-words.h"

/* The batch in place of picture and conversation. It goes on while those are shown. */

gboolean
ql_window_shows_batch (QlWindow *self)
{
  return g_strcmp0 (gtk_stack_get_visible_child_name (self->views), "batch") == 0;
}

static void
update_titles (QlWindow *self)
{
  const char *name = ql_window_shows_batch (self) ? _ ("Batch")
                     : self->conversation != NULL ? ql_conversation_get_name (self->conversation)
                                                  : "Qlens";
  GtkWidget *drop = gtk_revealer_get_child (self->drop_revealer);

  gtk_label_set_text (self->title_label, name);
  gtk_window_set_title (GTK_WINDOW (self), name);
  gtk_label_set_text (GTK_LABEL (drop), ql_window_shows_batch (self)
                                            ? _ ("Drop pictures and folders to add them")
                                            : _ ("Drop the picture to ask about it"));
}

void
ql_window_update_batch (QlWindow *self)
{
  GAction *action = g_action_map_lookup_action (G_ACTION_MAP (self), "batch");

  g_simple_action_set_state (G_SIMPLE_ACTION (action), g_variant_new_boolean (ql_window_shows_batch (self)));
  update_titles (self);
}

void
ql_window_show_batch (QlWindow *self, gboolean shown)
{
  GtkWidget *show = shown ? GTK_WIDGET (self->batch_view) : GTK_WIDGET (self->paned);
  GtkWidget *hide = shown ? GTK_WIDGET (self->paned) : GTK_WIDGET (self->batch_view);

  if (shown == ql_window_shows_batch (self))
    return;
  /* The one not shown is made invisible besides: else screen readers would still read it. */
  gtk_widget_set_visible (show, TRUE);
  gtk_stack_set_visible_child_name (self->views, shown ? "batch" : "picture");
  gtk_widget_set_visible (hide, FALSE);
  if (shown)
    ql_batch_view_focus (self->batch_view);
  else if (self->conversation != NULL)
    ql_chat_page_focus_question (self->chat_page);
  else
    gtk_widget_child_focus (GTK_WIDGET (self->start_page), GTK_DIR_TAB_FORWARD);
  ql_window_update_batch (self);
  ql_window_update (self);
}

char *
ql_window_get_batch_text (QlWindow *self)
{
  QlBatch *batch = ql_batch_view_get_batch (self->batch_view);
  QlBatchProgress progress = ql_batch_get_progress (batch);
  g_autofree char *text = NULL;

  if (ql_window_shows_batch (self) || ql_batch_get_state (batch) == QL_BATCH_IDLE)
    return NULL;
  text = ql_batch_progress_text (&progress, ql_batch_get_state (batch));
  /* Translators: how far a batch is that is not shown just now: "Batch: 17 of 317 · 17 described". */
  return g_strdup_printf (_ ("Batch: %s"), text);
}

static void
batch_state_cb (GSimpleAction *action, GVariant *state, gpointer data)
{
  ql_window_show_batch (data, g_variant_get_boolean (state));
}

static void
wanted_cb (QlWindow *self)
{
  ql_window_show_batch (self, TRUE);
}

static void
open_picture_cb (QlWindow *self, GFile *file)
{
  ql_window_open_files (self, &file, 1);
}

static const GActionEntry entries[] = {
  { "batch", NULL, NULL, "false", batch_state_cb },
};

void
ql_window_add_batch (QlWindow *self)
{
  g_action_map_add_action_entries (G_ACTION_MAP (self), entries, G_N_ELEMENTS (entries), self);
  ql_batch_view_set_up (self->batch_view, gtk_window_get_application (GTK_WINDOW (self)), self->engine,
                        self->settings);
  ql_batch_view_add_actions (self->batch_view, G_ACTION_MAP (self));
  gtk_widget_set_visible (GTK_WIDGET (self->batch_view), FALSE);
  g_signal_connect_object (self->batch_view, "wanted", G_CALLBACK (wanted_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->batch_view, "open-picture", G_CALLBACK (open_picture_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->batch_view, "changed", G_CALLBACK (ql_window_update), self,
                           G_CONNECT_SWAPPED);
}
