#include "ui/batch-view-private.h"

#include <glib/gi18n.h>

#include "ui/caption-cell.h"
#include "ui/show-in-files.h"

/* What is done with single rows. Commands go to the rows that are selected. */

GPtrArray *
ql_batch_view_get_selected (QlBatchView *self)
{
  GPtrArray *items = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GtkBitset) selected = gtk_selection_model_get_selection (GTK_SELECTION_MODEL (self->selection));
  GtkBitsetIter iter;
  guint position;

  for (gboolean more = gtk_bitset_iter_init_first (&iter, selected, &position); more;
       more = gtk_bitset_iter_next (&iter, &position))
    g_ptr_array_add (items, g_list_model_get_item (G_LIST_MODEL (self->selection), position));
  return items;
}

/* ---- captions -------------------------------------------------------------------------------- */

typedef struct
{
  QlBatchView *view;
  QlBatchItem *item;
} Saving;

static void
saved_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  Saving *saving = data;
  QlBatchView *self = saving->view;
  g_autoptr (GError) error = NULL;

  if (!ql_batch_save_caption_finish (QL_BATCH (source), result, &error))
    {
      g_autofree char *name = ql_batch_item_get_name (saving->item);
      QlErrorText text
          = { .what = g_strdup_printf (_ ("The caption of “%s” could not be saved."), name),
              .advice = g_strdup (_ ("It is still in the table: change it once more to try again.")),
              .details = g_strdup (error->message) };

      g_message ("%s", error->message); /* where the window has gone already */
      ql_message_bar_show_error (self->message_bar, &text);
      g_free (text.what);
      g_free (text.advice);
      g_free (text.details);
    }
  if (!self->closed)
    ql_batch_view_update (self);
  if (self->app != NULL)
    g_application_release (G_APPLICATION (self->app));
  g_object_unref (saving->item);
  g_object_unref (saving->view);
  g_free (saving);
}

void
ql_batch_view_save_caption (QlBatchView *self, QlBatchItem *item, const char *text)
{
  Saving *saving = g_new (Saving, 1);

  *saving = (Saving){ g_object_ref (self), g_object_ref (item) };
  /* Closing the window is one of the ways to end typing. */
  if (self->app != NULL)
    g_application_hold (G_APPLICATION (self->app));
  ql_batch_save_caption_async (self->batch, item, text, saved_cb, saving);
}

static QlCaptionCell *
find_caption_cell (QlBatchView *self, QlBatchItem *item)
{
  GHashTableIter iter;
  gpointer cell;

  g_hash_table_iter_init (&iter, self->cells);
  while (g_hash_table_iter_next (&iter, &cell, NULL))
    if (QL_IS_CAPTION_CELL (cell) && ql_caption_cell_get_item (cell) == item)
      return cell;
  return NULL;
}

void
ql_batch_view_edit_row (QlBatchView *self, guint position)
{
  g_autoptr (QlBatchItem) item = g_list_model_get_item (G_LIST_MODEL (self->selection), position);
  QlCaptionCell *cell;

  if (item == NULL)
    return;
  ql_batch_view_scroll_to (self, position); /* then it has widgets */
  cell = find_caption_cell (self, item);
  if (cell != NULL)
    ql_caption_cell_edit (cell);
}

static void
activate_cb (GtkColumnView *table, guint position, QlBatchView *self)
{
  ql_batch_view_edit_row (self, position);
}

void
ql_batch_view_show_row_error (QlBatchView *self, QlBatchItem *item)
{
  g_autofree char *name = ql_batch_item_get_name (item);
  g_autofree char *path = g_filename_display_name (ql_batch_item_get_path (item));
  const char *error = ql_batch_item_get_error (item);
  QlErrorText text = { 0 };

  if (error == NULL)
    return;
  text.what = g_strdup_printf (_ ("“%s” has no caption."), name);
  text.advice = g_strdup (error);
  text.details = g_strdup_printf ("%s\n%s", path, error);
  ql_message_bar_show_error (self->message_bar, &text);
  ql_message_bar_set_action (self->message_bar, _ ("Try Again"), "win.batch-retry");
  ql_announce_text (self->live, error);
  g_free (text.what);
  g_free (text.advice);
  g_free (text.details);
}

/* ---- the menu of a row --------------------------------------------------------------------------- */

/* @x, @y: in the table */
static void
show_menu (QlBatchView *self, double x, double y)
{
  gtk_widget_translate_coordinates (GTK_WIDGET (self->table), GTK_WIDGET (self), x, y, &x, &y);
  gtk_popover_set_pointing_to (GTK_POPOVER (self->row_menu), &(GdkRectangle){ (int) x, (int) y, 1, 1 });
  gtk_popover_popup (GTK_POPOVER (self->row_menu));
}

/* The row under a point of the table; GTK 4.8 does not tell. */
static guint
position_at (QlBatchView *self, double x, double y)
{
  GtkWidget *at = gtk_widget_pick (GTK_WIDGET (self->table), x, y, GTK_PICK_DEFAULT);
  GHashTableIter iter;
  gpointer cell;

  g_hash_table_iter_init (&iter, self->cells);
  while (at != NULL && g_hash_table_iter_next (&iter, &cell, NULL))
    {
      GtkWidget *row = gtk_widget_get_parent (gtk_widget_get_parent (cell));

      if (QL_IS_CAPTION_CELL (cell) && (at == row || gtk_widget_is_ancestor (at, row)))
        return gtk_list_item_get_position (g_object_get_data (cell, "row"));
    }
  return GTK_INVALID_LIST_POSITION;
}

static void
pressed_cb (GtkGestureClick *gesture, int n_press, double x, double y, QlBatchView *self)
{
  GtkSelectionModel *selection = GTK_SELECTION_MODEL (self->selection);
  guint position = position_at (self, x, y);

  if (position == GTK_INVALID_LIST_POSITION)
    return;
  gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
  if (!gtk_selection_model_is_selected (selection, position))
    gtk_selection_model_select_item (selection, position, TRUE);
  show_menu (self, x, y);
}

static gboolean
menu_key_cb (GtkWidget *widget, GVariant *args, gpointer data)
{
  QlBatchView *self = data;
  GtkRoot *root = gtk_widget_get_root (widget);
  GtkWidget *focus = root != NULL ? gtk_root_get_focus (root) : NULL;
  graphene_rect_t bounds;

  if (focus == NULL || !gtk_widget_compute_bounds (focus, widget, &bounds))
    return FALSE;
  show_menu (self, bounds.origin.x + 64, bounds.origin.y + bounds.size.height);
  return TRUE;
}

static void
add_key (GtkEventController *controller, guint keyval, GdkModifierType modifiers, GtkShortcutAction *action)
{
  gtk_shortcut_controller_add_shortcut (
      GTK_SHORTCUT_CONTROLLER (controller),
      gtk_shortcut_new (gtk_keyval_trigger_new (keyval, modifiers), action));
}

void
ql_batch_view_add_rows (QlBatchView *self)
{
  GtkEventController *keys = gtk_shortcut_controller_new ();
  GtkGesture *click = gtk_gesture_click_new ();

  add_key (keys, GDK_KEY_F2, 0, gtk_named_action_new ("win.batch-edit"));
  add_key (keys, GDK_KEY_Delete, 0, gtk_named_action_new ("win.batch-remove"));
  add_key (keys, GDK_KEY_KP_Delete, 0, gtk_named_action_new ("win.batch-remove"));
  add_key (keys, GDK_KEY_Menu, 0, gtk_callback_action_new (menu_key_cb, self, NULL));
  add_key (keys, GDK_KEY_F10, GDK_SHIFT_MASK, gtk_callback_action_new (menu_key_cb, self, NULL));
  gtk_widget_add_controller (GTK_WIDGET (self->table), keys);
  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (click), GDK_BUTTON_SECONDARY);
  g_signal_connect_object (click, "pressed", G_CALLBACK (pressed_cb), self, 0);
  gtk_widget_add_controller (GTK_WIDGET (self->table), GTK_EVENT_CONTROLLER (click));
  g_signal_connect_object (self->table, "activate", G_CALLBACK (activate_cb), self, 0);
}
