#include "ui/encodings-row.h"

#include <glib/gi18n.h>

struct _QlEncodingsRow
{
  GtkWidget parent_instance;

  GtkLabel *label; /* NULL after dispose */
  GtkWidget *button;
  QlEncodingCache *cache;
};

G_DEFINE_FINAL_TYPE (QlEncodingsRow, ql_encodings_row, GTK_TYPE_WIDGET)

/* ---- on a worker: a disk may be slow ---- */

typedef struct
{
  guint64 n_bytes;
  char *problem; /* nullable */
} Outcome;

static void
outcome_free (gpointer data)
{
  g_free (((Outcome *) data)->problem);
  g_free (data);
}

static void
work_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  QlEncodingCache *cache = data;
  Outcome *outcome = g_new0 (Outcome, 1);
  g_autoptr (GError) error = NULL;

  if (g_task_get_source_tag (task) == ql_encodings_row_get_button && !ql_encoding_cache_clear (cache, &error))
    outcome->problem = g_strdup (error->message);
  outcome->n_bytes = ql_encoding_cache_count_bytes (cache);
  g_task_return_pointer (task, outcome, outcome_free);
}

static void
done_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  QlEncodingsRow *self = QL_ENCODINGS_ROW (source);
  Outcome *outcome = g_task_propagate_pointer (G_TASK (result), NULL);

  if (self->label != NULL && outcome->problem != NULL)
    gtk_label_set_text (self->label, outcome->problem);
  else if (self->label != NULL)
    {
      g_autofree char *size = g_format_size (outcome->n_bytes);

      gtk_label_set_text (self->label, outcome->n_bytes > 0 ? size : _ ("Nothing is kept."));
    }
  if (self->label != NULL)
    gtk_widget_set_sensitive (self->button, outcome->n_bytes > 0);
  outcome_free (outcome);
}

static void
start (QlEncodingsRow *self, gboolean clear)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, done_cb, NULL);

  gtk_widget_set_sensitive (self->button, FALSE);
  g_task_set_source_tag (task, clear ? (gpointer) ql_encodings_row_get_button : (gpointer) start);
  g_task_set_task_data (task, ql_encoding_cache_ref (self->cache), (GDestroyNotify) ql_encoding_cache_unref);
  g_task_run_in_thread (task, work_thread);
}

static void
clear_cb (QlEncodingsRow *self)
{
  start (self, TRUE);
}

/* ---- the widget ---- */

static void
ql_encodings_row_dispose (GObject *object)
{
  QlEncodingsRow *self = QL_ENCODINGS_ROW (object);
  GtkWidget *child;

  self->label = NULL;
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self))) != NULL)
    gtk_widget_unparent (child);
  g_clear_pointer (&self->cache, ql_encoding_cache_unref);
  G_OBJECT_CLASS (ql_encodings_row_parent_class)->dispose (object);
}

static void
ql_encodings_row_class_init (QlEncodingsRowClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = ql_encodings_row_dispose;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BOX_LAYOUT);
  gtk_widget_class_set_accessible_role (GTK_WIDGET_CLASS (klass), GTK_ACCESSIBLE_ROLE_GROUP);
}

static void
ql_encodings_row_init (QlEncodingsRow *self)
{
  GtkLayoutManager *layout = gtk_widget_get_layout_manager (GTK_WIDGET (self));

  gtk_box_layout_set_spacing (GTK_BOX_LAYOUT (layout), 12);
  self->label = GTK_LABEL (gtk_label_new (NULL));
  gtk_label_set_xalign (self->label, 0);
  gtk_label_set_wrap (self->label, TRUE);
  gtk_widget_set_hexpand (GTK_WIDGET (self->label), TRUE);
  gtk_widget_set_parent (GTK_WIDGET (self->label), GTK_WIDGET (self));
  self->button = gtk_button_new_with_mnemonic (_ ("_Delete"));
  gtk_widget_set_parent (self->button, GTK_WIDGET (self));
  g_signal_connect_object (self->button, "clicked", G_CALLBACK (clear_cb), self, G_CONNECT_SWAPPED);
}

GtkWidget *
ql_encodings_row_new (QlEncodingCache *cache)
{
  QlEncodingsRow *self = g_object_new (QL_TYPE_ENCODINGS_ROW, NULL);

  self->cache = ql_encoding_cache_ref (cache);
  start (self, FALSE);
  return GTK_WIDGET (self);
}

GtkWidget *
ql_encodings_row_get_button (QlEncodingsRow *self)
{
  return self->button;
}

const char *
ql_encodings_row_get_text (QlEncodingsRow *self)
{
  return self->label != NULL ? gtk_label_get_text (self->label) : "";
}
