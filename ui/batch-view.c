#include "ui/batch-view-private.h"

#include <glib/gi18n.h>

#include "ui/accessible.h"
#include "ui/announce.h"
#include "ui/caption-cell.h"

/* Below this, buttons are icons and the status stands under the name. */
#define NARROW_PX 620
/* Layout that has not changed for so long will not in the next one. */
#define SETTLED_FRAMES 3

enum
{
  WANTED,
  OPEN_PICTURE,
  CHANGED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (QlBatchView, ql_batch_view, GTK_TYPE_WIDGET)

void
ql_batch_view_update (QlBatchView *self)
{
  guint n_items = ql_batch_get_progress (self->batch).n_items;
  gboolean table = n_items > 0 || self->adding != NULL;

  if (self->closed)
    return;
  gtk_stack_set_visible_child_name (self->stack, table ? "table" : "empty");
  gtk_widget_set_visible (self->bottom, table);
  ql_batch_view_update_run (self);
  ql_batch_view_update_actions (self);
  g_signal_emit (self, signals[CHANGED], 0);
}

void
ql_batch_view_clear (QlBatchView *self)
{
  if (ql_batch_get_state (self->batch) != QL_BATCH_IDLE || self->adding != NULL)
    return;
  ql_message_bar_dismiss (self->message_bar);
  ql_batch_clear (self->batch);
  g_clear_pointer (&self->folder, g_free);
  ql_batch_options_set_folder (self->options, NULL);
  self->several_folders = FALSE;
  ql_batch_view_update_columns (self);
  ql_batch_view_update (self);
  ql_batch_view_focus (self);
}

static void
engine_cb (QlBatchView *self)
{
  g_autofree char *name = ql_engine_service_get_model_name (self->engine);

  ql_batch_options_set_model (self->options, name);
  ql_batch_view_apply_settings (self);
}

void
ql_batch_view_set_up (QlBatchView *self, GtkApplication *app, QlEngineService *engine, GSettings *settings)
{
  g_return_if_fail (self->app == NULL && self->engine == NULL && self->settings == NULL);
  g_set_object (&self->app, app);
  g_set_object (&self->engine, engine);
  g_set_object (&self->settings, settings);
  ql_batch_options_set_settings (self->options, settings);
  ql_batch_view_add_run (self);
  if (engine != NULL)
    {
      g_signal_connect_object (engine, "notify::state", G_CALLBACK (engine_cb), self, G_CONNECT_SWAPPED);
      engine_cb (self);
    }
  ql_batch_view_apply_settings (self);
  ql_batch_view_update (self);
}

void
ql_batch_view_focus (QlBatchView *self)
{
  gtk_widget_child_focus (ql_batch_get_progress (self->batch).n_items > 0 ? GTK_WIDGET (self->table)
                                                                          : GTK_WIDGET (self->stack),
                          GTK_DIR_TAB_FORWARD);
}

void
ql_batch_view_close (QlBatchView *self)
{
  if (self->closed)
    return;
  if (self->editing != NULL)
    ql_caption_cell_end (QL_CAPTION_CELL (self->editing), TRUE);
  ql_batch_view_cancel_adding (self);
  self->closed = TRUE;
  ql_batch_view_remove_actions (self);
  g_clear_handle_id (&self->thumbs_timeout, g_source_remove);
  ql_thumbnails_stop (self->thumbnails);
  ql_batch_stop (self->batch);
}

/* Not before the button has its place: it may have been shown just now, and be laid out anew for a
 * narrow window in the next frame. */
static gboolean
options_tick_cb (GtkWidget *widget, GdkFrameClock *clock, gpointer data)
{
  QlBatchView *self = QL_BATCH_VIEW (widget);

  if (self->layout_idle != 0 || gtk_widget_get_width (GTK_WIDGET (self->options_button)) == 0)
    self->options_frames = 0;
  if (++self->options_frames < SETTLED_FRAMES)
    return G_SOURCE_CONTINUE;
  self->options_tick = 0;
  gtk_menu_button_popup (self->options_button);
  return G_SOURCE_REMOVE;
}

void
ql_batch_view_open_options (QlBatchView *self)
{
  self->options_frames = 0;
  if (self->options_tick == 0)
    self->options_tick = gtk_widget_add_tick_callback (GTK_WIDGET (self), options_tick_cb, NULL, NULL);
}

/* ---- wide and narrow ------------------------------------------------------------------------------ */

static gboolean
layout_idle_cb (gpointer data)
{
  QlBatchView *self = data;

  self->layout_idle = 0;
  gtk_widget_set_visible (self->add_folder_label, !self->narrow);
  gtk_widget_set_visible (self->add_files_label, !self->narrow);
  gtk_widget_set_visible (self->options_label, !self->narrow);
  gtk_orientable_set_orientation (GTK_ORIENTABLE (self->run_bar),
                                  self->narrow ? GTK_ORIENTATION_VERTICAL : GTK_ORIENTATION_HORIZONTAL);
  ql_batch_view_update_columns (self);
  return G_SOURCE_REMOVE;
}

static void
ql_batch_view_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                       int *natural, int *minimum_baseline, int *natural_baseline)
{
  gtk_widget_measure (QL_BATCH_VIEW (widget)->body, orientation, for_size, minimum, natural, minimum_baseline,
                      natural_baseline);
}

/* Not while sizes are being allocated, which it would change, but once they have been. */
static void
ql_batch_view_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  QlBatchView *self = QL_BATCH_VIEW (widget);

  gtk_widget_size_allocate (self->body, &(GtkAllocation){ 0, 0, width, height }, baseline);
  gtk_popover_present (GTK_POPOVER (self->row_menu));
  if ((width < NARROW_PX) == self->narrow)
    return;
  self->narrow = width < NARROW_PX;
  if (self->layout_idle == 0)
    self->layout_idle = g_idle_add_full (GDK_PRIORITY_REDRAW + 10, layout_idle_cb, self, NULL);
}

static void
changed_cb (QlBatchView *self)
{
  g_signal_emit (self, signals[CHANGED], 0);
}

/* ---- the widget -------------------------------------------------------------------------------------- */

static void
ql_batch_view_dispose (GObject *object)
{
  QlBatchView *self = QL_BATCH_VIEW (object);

  ql_batch_view_close (self);
  g_clear_handle_id (&self->layout_idle, g_source_remove);
  g_clear_pointer (&self->row_menu, gtk_widget_unparent);
  g_clear_pointer (&self->body, gtk_widget_unparent);
  g_clear_object (&self->chooser);
  g_clear_object (&self->sorted);
  g_clear_object (&self->selection);
  g_clear_object (&self->thumbnails);
  g_clear_object (&self->engine);
  g_clear_object (&self->settings);
  g_clear_object (&self->app);
  G_OBJECT_CLASS (ql_batch_view_parent_class)->dispose (object);
}

static void
ql_batch_view_finalize (GObject *object)
{
  QlBatchView *self = QL_BATCH_VIEW (object);

  g_hash_table_unref (self->cells);
  g_object_unref (self->batch);
  g_free (self->folder);
  G_OBJECT_CLASS (ql_batch_view_parent_class)->finalize (object);
}

static void
bind_children (GtkWidgetClass *widget_class)
{
  gtk_widget_class_bind_template_child (widget_class, QlBatchView, body);
  gtk_widget_class_bind_template_child (widget_class, QlBatchView, top);
  gtk_widget_class_bind_template_child (widget_class, QlBatchView, add_folder_label);
  gtk_widget_class_bind_template_child (widget_class, QlBatchView, add_files_label);
  gtk_widget_class_bind_template_child (widget_class, QlBatchView, options_label);
  gtk_widget_class_bind_template_child (widget_class, QlBatchView, options_button);
  gtk_widget_class_bind_template_child (widget_class, QlBatchView, options);
  gtk_widget_class_bind_template_child (widget_class, QlBatchView, message_bar);
  gtk_widget_class_bind_template_child (widget_class, QlBatchView, stack);
  gtk_widget_class_bind_template_child (widget_class, QlBatchView, scroller);
  gtk_widget_class_bind_template_child (widget_class, QlBatchView, table);
  gtk_widget_class_bind_template_child (widget_class, QlBatchView, bottom);
  gtk_widget_class_bind_template_child (widget_class, QlBatchView, run_bar);
  gtk_widget_class_bind_template_child (widget_class, QlBatchView, progress);
  gtk_widget_class_bind_template_child (widget_class, QlBatchView, progress_label);
  gtk_widget_class_bind_template_child (widget_class, QlBatchView, plan_label);
  gtk_widget_class_bind_template_child (widget_class, QlBatchView, failed_button);
  gtk_widget_class_bind_template_child (widget_class, QlBatchView, cancel_button);
  gtk_widget_class_bind_template_child (widget_class, QlBatchView, start_button);
  gtk_widget_class_bind_template_child (widget_class, QlBatchView, pause_button);
  gtk_widget_class_bind_template_child (widget_class, QlBatchView, stop_button);
  gtk_widget_class_bind_template_child (widget_class, QlBatchView, live);
  gtk_widget_class_bind_template_child (widget_class, QlBatchView, row_menu_model);
}

static void
ql_batch_view_class_init (QlBatchViewClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  GType type = G_TYPE_FROM_CLASS (klass);

  object_class->dispose = ql_batch_view_dispose;
  object_class->finalize = ql_batch_view_finalize;
  widget_class->measure = ql_batch_view_measure;
  widget_class->size_allocate = ql_batch_view_size_allocate;
  signals[WANTED] = g_signal_new ("wanted", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[OPEN_PICTURE] = g_signal_new ("open-picture", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                        G_TYPE_NONE, 1, G_TYPE_FILE);
  signals[CHANGED] = g_signal_new ("changed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  g_type_ensure (QL_TYPE_BATCH_OPTIONS);
  g_type_ensure (QL_TYPE_MESSAGE_BAR);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/qlens/Qlens/batch-view.ui");
  bind_children (widget_class);
}

/* What buttons say may be cut, so that the window can become narrow enough for icons. */
static void
let_shrink (GtkWidget *root)
{
  if (GTK_IS_LABEL (root) && gtk_widget_get_ancestor (root, GTK_TYPE_BUTTON) != NULL)
    gtk_label_set_ellipsize (GTK_LABEL (root), PANGO_ELLIPSIZE_END);
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    let_shrink (child);
}

static void
ql_batch_view_init (QlBatchView *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->batch = ql_batch_new ();
  ql_batch_set_behind (self->batch, TRUE);
  self->row_menu = gtk_popover_menu_new_from_model (G_MENU_MODEL (self->row_menu_model));
  gtk_widget_set_parent (self->row_menu, GTK_WIDGET (self));
  gtk_popover_set_has_arrow (GTK_POPOVER (self->row_menu), FALSE);
  gtk_widget_set_halign (self->row_menu, GTK_ALIGN_START);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->row_menu), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Row"),
                                  -1);
  ql_batch_options_set_model (self->options, NULL);
  ql_batch_view_add_thumbs (self);
  ql_batch_view_add_columns (self);
  ql_batch_view_add_rows (self);
  g_signal_connect_object (self->selection, "selection-changed", G_CALLBACK (ql_batch_view_update_actions),
                           self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->message_bar, "changed", G_CALLBACK (changed_cb), self, G_CONNECT_SWAPPED);
  let_shrink (self->body);
  ql_accessible_name_internals (GTK_WIDGET (self));
}

GtkWidget *
ql_batch_view_new (void)
{
  return g_object_new (QL_TYPE_BATCH_VIEW, NULL);
}

QlBatch *
ql_batch_view_get_batch (QlBatchView *self)
{
  return self->batch;
}

gboolean
ql_batch_view_get_editing (QlBatchView *self)
{
  return self->editing != NULL;
}

gboolean
ql_batch_view_has_message (QlBatchView *self)
{
  return ql_message_bar_is_shown (self->message_bar);
}

void
ql_batch_view_dismiss_message (QlBatchView *self)
{
  ql_message_bar_dismiss (self->message_bar);
}

GtkWidget *
ql_batch_view_get_part (QlBatchView *self, int i)
{
  GtkWidget *parts[QL_BATCH_VIEW_N_PARTS] = { self->top, GTK_WIDGET (self->stack), self->bottom };

  return parts[i];
}
