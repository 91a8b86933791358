#include "ui/models-window-private.h"

#include <glib/gi18n.h>

#include "app/free-memory.h"
#include "ui/accessible.h"
#include "ui/model-actions.h"

#define FREE_INTERVAL_S 2

G_DEFINE_FINAL_TYPE (QlModelsWindow, ql_models_window, GTK_TYPE_WINDOW)

/* ---- messages: each stays until it is dismissed ---- */

static gboolean
remove_bar_cb (gpointer data)
{
  GtkWidget *bar = data;
  GtkWidget *box = gtk_widget_get_parent (bar);

  if (box != NULL)
    gtk_box_remove (GTK_BOX (box), bar);
  return G_SOURCE_REMOVE;
}

/* Not in the midst of the button's own signal. */
static void
bar_changed_cb (QlMessageBar *bar, gpointer data)
{
  if (!ql_message_bar_is_shown (bar))
    g_idle_add_full (G_PRIORITY_DEFAULT, remove_bar_cb, g_object_ref (bar), g_object_unref);
}

QlMessageBar *
ql_models_window_add_message (QlModelsWindow *self)
{
  QlMessageBar *bar = g_object_new (QL_TYPE_MESSAGE_BAR, NULL);

  gtk_box_prepend (self->messages, GTK_WIDGET (bar));
  ql_accessible_name_internals (GTK_WIDGET (bar));
  g_signal_connect (bar, "changed", G_CALLBACK (bar_changed_cb), NULL);
  gtk_adjustment_set_value (gtk_scrolled_window_get_vadjustment (self->scroller), 0);
  gtk_stack_set_visible_child_name (self->pages, "models");
  return bar;
}

/* Whether the same is told already. */
static gboolean
is_told (QlModelsWindow *self, const char *what, const char *advice)
{
  for (GtkWidget *bar = gtk_widget_get_first_child (GTK_WIDGET (self->messages)); bar != NULL;
       bar = gtk_widget_get_next_sibling (bar))
    if (ql_message_bar_is_shown (QL_MESSAGE_BAR (bar))
        && g_str_equal (ql_message_bar_get_what (QL_MESSAGE_BAR (bar)), what)
        && g_str_equal (ql_message_bar_get_advice (QL_MESSAGE_BAR (bar)), advice))
      return TRUE;
  return FALSE;
}

void
ql_models_window_show_error (QlModelsWindow *self, const char *what, const char *advice, const char *details)
{
  QlErrorText text = { (char *) what, (char *) advice, (char *) details };

  if (!is_told (self, what, advice))
    ql_message_bar_show_error (ql_models_window_add_message (self), &text);
}

void
ql_models_window_show_model_error (QlModelsWindow *self, const char *dir, const GError *error)
{
  ql_models_window_forget_model_error (self);
  ql_model_actions_show_error (ql_models_window_add_message (self), dir, error);
}

void
ql_models_window_forget_model_error (QlModelsWindow *self)
{
  for (GtkWidget *bar = gtk_widget_get_first_child (GTK_WIDGET (self->messages)); bar != NULL;
       bar = gtk_widget_get_next_sibling (bar))
    if (ql_model_actions_is_error (QL_MESSAGE_BAR (bar)))
      ql_message_bar_dismiss (QL_MESSAGE_BAR (bar));
}

static void
problem_cb (QlModelsWindow *self, const char *text)
{
  ql_models_window_show_error (self, _ ("The list of models could not be read or kept."), text, NULL);
}

/* ---- the list ---- */

static GtkWidget *
create_row (gpointer item, gpointer data)
{
  QlModelsWindow *self = data;
  GtkWidget *row = ql_model_row_new (item, self->engine);

  ql_model_row_set_free_memory (QL_MODEL_ROW (row), ql_free_memory ());
  return row;
}

static void
header_cb (GtkListBoxRow *row, GtkListBoxRow *before, gpointer data)
{
  gboolean demo = ql_model_entry_is_demo (ql_model_row_get_entry (QL_MODEL_ROW (row)));
  GtkWidget *label;

  if (before != NULL && ql_model_entry_is_demo (ql_model_row_get_entry (QL_MODEL_ROW (before))) == demo)
    {
      gtk_list_box_row_set_header (row, NULL);
      return;
    }
  label = gtk_label_new (demo ? _ ("Comes with Qlens") : _ ("Your models"));
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_widget_add_css_class (label, "ql-section");
  gtk_list_box_row_set_header (row, label);
}

void
ql_models_window_focus_entry (QlModelsWindow *self, QlModelEntry *entry)
{
  for (GtkWidget *row = gtk_widget_get_first_child (GTK_WIDGET (self->list)); row != NULL;
       row = gtk_widget_get_next_sibling (row))
    if (QL_IS_MODEL_ROW (row) && ql_model_row_get_entry (QL_MODEL_ROW (row)) == entry)
      ql_model_row_focus (QL_MODEL_ROW (row));
}

static void
refreshed_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;

  /* What is wrong with a folder its row tells; this ends early only with the window. */
  if (!ql_model_store_refresh_finish (QL_MODEL_STORE (source), result, &error))
    g_debug ("models: %s", error->message);
}

static gboolean
free_memory_cb (gpointer data)
{
  QlModelsWindow *self = data;
  guint64 free_bytes = ql_free_memory ();
  g_autofree char *size = g_format_size (free_bytes);
  g_autofree char *text = g_strdup_printf (_ ("%s of memory free"), size);

  gtk_widget_set_visible (GTK_WIDGET (self->free_label), free_bytes > 0);
  gtk_label_set_text (self->free_label, text);
  for (GtkWidget *row = gtk_widget_get_first_child (GTK_WIDGET (self->list)); row != NULL;
       row = gtk_widget_get_next_sibling (row))
    if (QL_IS_MODEL_ROW (row))
      ql_model_row_set_free_memory (QL_MODEL_ROW (row), free_bytes);
  return G_SOURCE_CONTINUE;
}

/* ---- life ---- */

static void
ql_models_window_map (GtkWidget *widget)
{
  QlModelsWindow *self = QL_MODELS_WINDOW (widget);

  GTK_WIDGET_CLASS (ql_models_window_parent_class)->map (widget);
  self->free_timeout = g_timeout_add_seconds (FREE_INTERVAL_S, free_memory_cb, self);
  free_memory_cb (self);
}

static void
ql_models_window_unmap (GtkWidget *widget)
{
  g_clear_handle_id (&QL_MODELS_WINDOW (widget)->free_timeout, g_source_remove);
  GTK_WIDGET_CLASS (ql_models_window_parent_class)->unmap (widget);
}

static void
ql_models_window_dispose (GObject *object)
{
  QlModelsWindow *self = QL_MODELS_WINDOW (object);

  g_clear_handle_id (&self->free_timeout, g_source_remove);
  if (self->refresh != NULL)
    g_cancellable_cancel (self->refresh);
  ql_models_window_cancel_import (self);
  g_clear_object (&self->importing);
  g_clear_object (&self->refresh);
  g_clear_object (&self->chooser);
  g_clear_pointer (&self->removed, g_ptr_array_unref);
  g_clear_object (&self->actions);
  g_clear_object (&self->store);
  g_clear_object (&self->loader);
  g_clear_object (&self->engine);
  G_OBJECT_CLASS (ql_models_window_parent_class)->dispose (object);
}

static void
ql_models_window_class_init (QlModelsWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ql_models_window_dispose;
  widget_class->map = ql_models_window_map;
  widget_class->unmap = ql_models_window_unmap;
  g_type_ensure (QL_TYPE_MODEL_ROW);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/qlens/Qlens/models-window.ui");
  gtk_widget_class_bind_template_child (widget_class, QlModelsWindow, title_label);
  gtk_widget_class_bind_template_child (widget_class, QlModelsWindow, switcher);
  gtk_widget_class_bind_template_child (widget_class, QlModelsWindow, pages);
  gtk_widget_class_bind_template_child (widget_class, QlModelsWindow, scroller);
  gtk_widget_class_bind_template_child (widget_class, QlModelsWindow, messages);
  gtk_widget_class_bind_template_child (widget_class, QlModelsWindow, list);
  gtk_widget_class_bind_template_child (widget_class, QlModelsWindow, hint_label);
  gtk_widget_class_bind_template_child (widget_class, QlModelsWindow, undo_bar);
  gtk_widget_class_bind_template_child (widget_class, QlModelsWindow, undo_label);
  gtk_widget_class_bind_template_child (widget_class, QlModelsWindow, undo_button);
  gtk_widget_class_bind_template_child (widget_class, QlModelsWindow, import_bar);
  gtk_widget_class_bind_template_child (widget_class, QlModelsWindow, import_spinner);
  gtk_widget_class_bind_template_child (widget_class, QlModelsWindow, import_label);
  gtk_widget_class_bind_template_child (widget_class, QlModelsWindow, free_label);
  gtk_widget_class_bind_template_child (widget_class, QlModelsWindow, drop_revealer);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_w, GDK_CONTROL_MASK, "window.close", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_z, GDK_CONTROL_MASK, "models.undo", NULL);
}

static void
ql_models_window_init (QlModelsWindow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  g_queue_init (&self->waiting);
  self->removed = g_ptr_array_new_with_free_func (g_object_unref);
  gtk_list_box_set_header_func (self->list, header_cb, NULL, NULL);
  ql_models_window_add_drop_target (self);
}

void
ql_models_window_add_page (QlModelsWindow *self, GtkWidget *page, const char *name, const char *title)
{
  gtk_stack_add_titled (self->pages, page, name, title);
  /* One page needs no switch. */
  gtk_widget_set_visible (self->title_label, FALSE);
  gtk_widget_set_visible (self->switcher, TRUE);
}

void
ql_models_window_show_page (QlModelsWindow *self, const char *name)
{
  gtk_stack_set_visible_child_name (self->pages, name);
}

QlModelsWindow *
ql_models_window_new (QlApplication *app)
{
  QlModelsWindow *self = g_object_new (QL_TYPE_MODELS_WINDOW, "application", app, NULL);

  self->store = g_object_ref (ql_application_get_models (app));
  self->loader = g_object_ref (ql_application_get_loader (app));
  self->engine = g_object_ref (ql_application_get_engine (app));
  ql_models_window_add_actions (self);
  gtk_list_box_bind_model (self->list, G_LIST_MODEL (self->store), create_row, self, NULL);
  g_signal_connect_object (self->store, "problem", G_CALLBACK (problem_cb), self, G_CONNECT_SWAPPED);
  if (ql_model_store_get_problem (self->store) != NULL)
    problem_cb (self, ql_model_store_get_problem (self->store));
  ql_models_window_add_downloads (self, app);
  self->refresh = g_cancellable_new ();
  ql_model_store_refresh_async (self->store, self->refresh, refreshed_cb, NULL);
  ql_accessible_name_internals (GTK_WIDGET (self));
  return self;
}
