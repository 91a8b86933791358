#include "app/batch-private.h"

/* Captions that people write. They are written one at a time, in order: what an edit is instead of is
 * known only when the one before it has come through, or has not. */

typedef struct
{
  QlBatchOutput *output;
  QlBatchItem *item; /* its path is constant */
  char *old, *caption;
  double seconds;
} Edit;

static void
edit_free (gpointer data)
{
  Edit *self = data;

  ql_batch_output_unref (self->output);
  g_object_unref (self->item);
  g_free (self->old);
  g_free (self->caption);
  g_free (self);
}

static void
write_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Edit *edit = data;
  QlBatchRow row = { .caption = edit->caption, .seconds = edit->seconds };
  GError *error = NULL;

  if (ql_batch_output_edit (edit->output, ql_batch_item_get_path (edit->item), edit->old, &row, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void write_first (QlBatch *self);

/* A picture that had failed has its caption now, whoever wrote it. */
static void
note_written (QlBatch *self, const Edit *edit)
{
  if (ql_batch_item_get_status (edit->item) == QL_BATCH_FAILED)
    ql_batch_update_item (self, edit->item, QL_BATCH_DONE, ql_batch_item_get_caption (edit->item),
                          edit->seconds, NULL);
  ql_batch_item_set_written (edit->item, edit->caption);
}

static void
written_cb (GObject *source, GAsyncResult *result, gpointer unused)
{
  QlBatch *self = QL_BATCH (source);
  g_autoptr (GTask) task = g_queue_pop_head (&self->edits);
  Edit *edit = g_task_get_task_data (task);
  GError *error = NULL;

  if (g_task_propagate_boolean (G_TASK (result), &error))
    {
      note_written (self, edit);
      g_task_return_boolean (task, TRUE);
    }
  else
    {
      ql_batch_item_set_unsaved (edit->item);
      g_task_return_error (task, error);
    }
  write_first (self);
}

static void
write_first (QlBatch *self)
{
  GTask *task = g_queue_peek_head (&self->edits);
  g_autoptr (GTask) writing = NULL;
  Edit *edit;

  if (task == NULL)
    return;
  edit = g_task_get_task_data (task);
  edit->old = g_strdup (ql_batch_item_get_written (edit->item));
  writing = g_task_new (self, NULL, written_cb, NULL);
  g_task_set_task_data (writing, edit, NULL); /* the first in the queue stays there until it is written */
  g_task_run_in_thread (writing, write_thread);
}

void
ql_batch_save_caption_async (QlBatch *self, QlBatchItem *item, const char *caption,
                             GAsyncReadyCallback callback, gpointer data)
{
  GTask *task = g_task_new (self, NULL, callback, data);
  Edit *edit = g_new0 (Edit, 1);

  edit->output = ql_batch_output_ref (ql_batch_get_output (self));
  edit->item = g_object_ref (item);
  edit->caption = g_strdup (caption);
  edit->seconds = ql_batch_item_get_seconds (item);
  ql_batch_item_set_caption (item, caption);
  g_task_set_source_tag (task, ql_batch_save_caption_async);
  g_task_set_task_data (task, edit, edit_free);
  g_queue_push_tail (&self->edits, task);
  if (self->edits.length == 1)
    write_first (self);
}

gboolean
ql_batch_save_caption_finish (QlBatch *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_async_result_is_tagged (result, ql_batch_save_caption_async), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}
