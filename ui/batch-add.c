#include "ui/batch-view-private.h"

#include <glib/gi18n.h>

#include "app/batch-list.h"

/* Pictures on their way into the table: folders are read by a worker thread, rows put in a few at a
 * time, so that the window goes on being drawn and answering. */

/* How long rows may be put in at a time; and how often. The first rows become widgets, which takes
 * long; later ones do not. */
#define FILL_TARGET_US 3000
#define FILL_INTERVAL_MS 8
#define FIRST_FILL 8
#define MOST_FILL 4000
#define PROGRESS_INTERVAL_MS 200

typedef struct _QlBatchAdding
{
  QlBatchView *view;
  GCancellable *cancellable;
  QlBatchListProgress progress; /* of the worker thread */
  guint timeout;
  /* once the list is there */
  QlBatchList *list;
  GPtrArray *slice;
  guint next, n_fill;
  gint64 told_us;
} QlBatchAdding;

static void
adding_free (QlBatchAdding *self)
{
  g_clear_handle_id (&self->timeout, g_source_remove);
  g_clear_pointer (&self->list, ql_batch_list_free);
  g_clear_pointer (&self->slice, g_ptr_array_unref);
  g_object_unref (self->cancellable);
  g_object_unref (self->view);
  g_free (self);
}

gboolean
ql_batch_view_is_adding (QlBatchView *self)
{
  return self->adding != NULL;
}

char *
ql_batch_view_get_adding_text (QlBatchView *self)
{
  guint n;

  if (self->adding->list != NULL)
    return g_strdup_printf (_ ("Adding %u of %u…"), self->adding->next, self->adding->list->paths->len);
  n = (guint) g_atomic_int_get (&self->adding->progress.n_pictures);
  return g_strdup_printf (ngettext ("Looking for pictures… %u found", "Looking for pictures… %u found", n),
                          n);
}

/* ---- the end --------------------------------------------------------------------------------- */

static char *
join_problems (const GPtrArray *problems)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < problems->len; i++)
    g_string_append_printf (text, "%s%s", i > 0 ? "\n" : "", (const char *) problems->pdata[i]);
  return g_string_free (text, FALSE);
}

/* What was found besides pictures, or instead of them. */
static void
tell_about (QlBatchView *self, const QlBatchList *list)
{
  guint n = list->problems->len;

  if (n > 0)
    {
      QlErrorText text
          = { .what = g_strdup_printf (
                  ngettext ("%u folder could not be read.", "%u folders could not be read.", n), n),
              .advice = g_strdup (_ ("The pictures of the others were added.")),
              .details = join_problems (list->problems) };

      ql_message_bar_show_error (self->message_bar, &text);
      g_free (text.what);
      g_free (text.advice);
      g_free (text.details);
    }
  else if (list->paths->len == 0)
    {
      gboolean recursive
          = self->settings != NULL && g_settings_get_boolean (self->settings, "batch-recursive");

      ql_message_bar_show_note (self->message_bar, _ ("There are no pictures there."),
                                recursive
                                    ? _ ("Choose another folder.")
                                    : _ ("Choose another folder, or look into sub-folders: see Options."));
    }
}

static void
end_adding (QlBatchView *self)
{
  g_autoptr (GPtrArray) later = g_steal_pointer (&self->add_later);

  g_clear_pointer (&self->adding, adding_free);
  if (later != NULL && !self->closed)
    ql_batch_view_add_paths (self, later);
  ql_batch_view_update (self);
}

/* ---- rows into the table ------------------------------------------------------------------------ */

static gboolean
fill_cb (gpointer data)
{
  QlBatchAdding *self = data;
  g_autoptr (QlBatchView) view = g_object_ref (self->view);
  const GPtrArray *paths = self->list->paths;
  guint n = MIN (self->n_fill, paths->len - self->next);
  gint64 start = g_get_monotonic_time (), took;

  g_ptr_array_set_size (self->slice, 0);
  for (guint i = 0; i < n; i++)
    g_ptr_array_add (self->slice, paths->pdata[self->next + i]);
  self->next += n;
  ql_batch_add (view->batch, self->slice);
  took = g_get_monotonic_time () - start;
  if (took < FILL_TARGET_US / 2)
    self->n_fill = MIN (2 * self->n_fill, MOST_FILL);
  else if (took > FILL_TARGET_US)
    self->n_fill = MAX (self->n_fill / 2, FIRST_FILL);
  if (self->next < paths->len)
    {
      if (start - self->told_us > PROGRESS_INTERVAL_MS * 1000)
        {
          self->told_us = start;
          ql_batch_view_update (view);
        }
      return G_SOURCE_CONTINUE;
    }
  self->timeout = 0;
  end_adding (view);
  return G_SOURCE_REMOVE;
}

/* Under the names, their folders are shown once there are several. */
static void
note_folders (QlBatchView *self, const QlBatchList *list)
{
  if (self->folder == NULL)
    {
      self->folder = g_strdup (list->folder);
      ql_batch_options_set_folder (self->options, self->folder);
    }
  if (self->several_folders || (!list->several_folders && g_str_equal (list->folder, self->folder)))
    return;
  self->several_folders = TRUE;
  ql_batch_view_update_columns (self);
}

static void
collected_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  QlBatchAdding *self = data;
  g_autoptr (QlBatchView) view = g_object_ref (self->view);
  g_autoptr (GError) error = NULL;

  g_clear_handle_id (&self->timeout, g_source_remove);
  self->list = ql_batch_list_collect_finish (result, &error);
  if (view->adding != self) /* given up meanwhile */
    {
      adding_free (self);
      return;
    }
  if (self->list == NULL)
    {
      ql_message_bar_show_note (view->message_bar, _ ("The pictures could not be added."), error->message);
      end_adding (view);
      return;
    }
  tell_about (view, self->list);
  if (self->list->paths->len == 0)
    {
      end_adding (view);
      return;
    }
  note_folders (view, self->list);
  self->slice = g_ptr_array_new ();
  self->n_fill = FIRST_FILL;
  self->timeout = g_timeout_add (FILL_INTERVAL_MS, fill_cb, self);
  ql_batch_view_update (view);
}

/* ---- the beginning --------------------------------------------------------------------------------- */

static gboolean
progress_cb (gpointer data)
{
  ql_batch_view_update (((QlBatchAdding *) data)->view);
  return G_SOURCE_CONTINUE;
}

void
ql_batch_view_add_paths (QlBatchView *self, GPtrArray *paths)
{
  QlBatchListOptions options
      = { .recursive = self->settings != NULL && g_settings_get_boolean (self->settings, "batch-recursive") };
  QlBatchAdding *adding;

  if (paths->len == 0)
    return;
  if (self->adding != NULL)
    {
      if (self->add_later == NULL)
        self->add_later = g_ptr_array_new_with_free_func (g_free);
      g_ptr_array_extend (self->add_later, paths, (GCopyFunc) (void *) g_strdup, NULL);
      return;
    }
  adding = g_new0 (QlBatchAdding, 1);
  adding->view = g_object_ref (self);
  adding->cancellable = g_cancellable_new ();
  adding->timeout = g_timeout_add (PROGRESS_INTERVAL_MS, progress_cb, adding);
  options.progress = &adding->progress;
  self->adding = adding;
  g_ptr_array_add (paths, NULL);
  ql_batch_list_collect_async ((const char *const *) paths->pdata, &options, adding->cancellable,
                               collected_cb, adding);
  ql_batch_view_update (self);
}

void
ql_batch_view_cancel_adding (QlBatchView *self)
{
  QlBatchAdding *adding = self->adding;

  g_clear_pointer (&self->add_later, g_ptr_array_unref);
  if (adding == NULL)
    return;
  if (adding->list != NULL) /* rows that are there stay */
    {
      end_adding (self);
      return;
    }
  self->adding = NULL; /* freed when the worker thread has noticed */
  g_clear_handle_id (&adding->timeout, g_source_remove);
  g_cancellable_cancel (adding->cancellable);
  ql_batch_view_update (self);
}

void
ql_batch_view_add_files (QlBatchView *self, GFile **files, guint n_files)
{
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < n_files; i++)
    if (g_file_is_native (files[i]))
      g_ptr_array_add (paths, g_file_get_path (files[i]));
  ql_message_bar_dismiss (self->message_bar);
  if (paths->len == 0 && n_files > 0)
    ql_message_bar_show_note (self->message_bar, _ ("These are not files on this computer."),
                              _ ("Copy them to a folder of yours first."));
  ql_batch_view_add_paths (self, paths);
}

/* ---- choosers ---------------------------------------------------------------------------------------- */

static void
response_cb (GtkNativeDialog *dialog, int response, QlBatchView *self)
{
  g_autoptr (GListModel) files = NULL;

  if (response == GTK_RESPONSE_ACCEPT)
    {
      g_autoptr (GPtrArray) chosen = g_ptr_array_new_with_free_func (g_object_unref);

      files = gtk_file_chooser_get_files (GTK_FILE_CHOOSER (dialog));
      for (guint i = 0; i < g_list_model_get_n_items (files); i++)
        g_ptr_array_add (chosen, g_list_model_get_item (files, i));
      ql_batch_view_add_files (self, (GFile **) chosen->pdata, chosen->len);
    }
  g_clear_object (&self->chooser);
}

void
ql_batch_view_choose (QlBatchView *self, gboolean folders)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));
  GtkFileChooser *chooser;

  if (self->chooser != NULL)
    {
      gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
      return;
    }
  self->chooser = gtk_file_chooser_native_new (folders ? _ ("Add a Folder of Pictures") : _ ("Add Pictures"),
                                               GTK_IS_WINDOW (root) ? GTK_WINDOW (root) : NULL,
                                               folders ? GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER
                                                       : GTK_FILE_CHOOSER_ACTION_OPEN,
                                               _ ("_Add"), _ ("_Cancel"));
  chooser = GTK_FILE_CHOOSER (self->chooser);
  gtk_file_chooser_set_select_multiple (chooser, TRUE);
  if (!folders)
    {
      g_autoptr (GtkFileFilter) pictures = gtk_file_filter_new ();

      gtk_file_filter_set_name (pictures, _ ("Pictures"));
      gtk_file_filter_add_pixbuf_formats (pictures);
      gtk_file_chooser_add_filter (chooser, pictures);
    }
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (self->chooser), TRUE);
  g_signal_connect_object (self->chooser, "response", G_CALLBACK (response_cb), self, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}
