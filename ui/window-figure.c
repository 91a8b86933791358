#include "ui/window-private.h"

#include <glib/gi18n.h>
#include <string.h>

#include "app/figure.h"
#include "ui/figure-drag.h"

/* What is looked at, to be passed on: figures, their numbers, and whole traces. */

/** What is to be saved. */
typedef enum
{
  FIGURE_MAP,
  FIGURE_ATLAS,
  FIGURE_BEAMS,
  FIGURE_TRACE,
  FIGURE_CURVE,
} Kind;

typedef struct
{
  QlFigure *figure; /* of a figure */
  QlFigureFormat format;
  QlTrace *trace; /* else */
  char *path;
} Job;

static void
job_free (gpointer data)
{
  Job *self = data;

  g_clear_pointer (&self->figure, ql_figure_unref);
  g_clear_object (&self->trace);
  g_free (self->path);
  g_free (self);
}

/* As they are shown: with those that were dropped, or without. */
static QlFigure *
make_beams_figure (QlWindow *self)
{
  QlPipeline *pipeline = ql_lab_get_pipeline (self->lab);
  QlBeamTree *tree = pipeline != NULL ? ql_pipeline_get_beams (pipeline) : NULL;
  g_autoptr (QlBeamLayout) layout
      = tree != NULL ? ql_beam_layout_new (tree, ql_lab_get_shows_dropped (self->lab)) : NULL;

  return layout != NULL ? ql_figure_new_beams (ql_lab_get_trace (self->lab), layout) : NULL;
}

/* Returns: (nullable) (transfer full) */
static QlFigure *
make_figure (QlWindow *self, Kind kind)
{
  QlMap *map = ql_lab_get_map (self->lab);
  QlCurve *curve = ql_lab_test_get_curve (ql_lab_get_test (self->lab));
  g_autoptr (QlAtlas) atlas = NULL;
  QlMapLook look;

  if (kind == FIGURE_CURVE)
    return curve != NULL ? ql_figure_new_curve (curve) : NULL;

  if (map == NULL)
    return NULL;
  if (kind == FIGURE_BEAMS)
    return make_beams_figure (self);
  ql_lab_get_look (self->lab, &look); /* black ink: figures are on white */
  if (kind == FIGURE_MAP)
    return ql_figure_new (map, &look);
  atlas = ql_lab_make_atlas (self->lab);
  return ql_figure_new_atlas (atlas, &look);
}

static void
save_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Job *job = data;
  GError *error = NULL;
  gboolean ok = job->figure != NULL ? ql_figure_save (job->figure, job->path, job->format, 2, &error)
                                    : ql_trace_save (job->trace, job->path, &error);

  if (ok)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
saved_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  QlWindow *self = QL_WINDOW (source);
  const Job *job = g_task_get_task_data (G_TASK (result));
  g_autofree char *name = g_filename_display_basename (job->path);
  g_autoptr (GError) error = NULL;

  if (g_task_propagate_boolean (G_TASK (result), &error))
    {
      g_autofree char *what = g_strdup_printf (_ ("Saved as “%s”."), name);

      ql_message_bar_show_note (self->message_bar, what, "");
    }
  else
    {
      g_autofree char *what = g_strdup_printf (_ ("“%s” could not be saved."), name);
      QlErrorText text = { what, (char *) _ ("Choose another place or name."), error->message };

      ql_message_bar_show_error (self->message_bar, &text);
    }
}

static void
say_unknown_ending (QlWindow *self, GFile *file)
{
  g_autofree char *path = g_file_get_path (file);
  g_autofree char *name = g_filename_display_basename (path != NULL ? path : "");
  g_autofree char *what = g_strdup_printf (_ ("“%s” could not be saved."), name);
  QlErrorText text
      = { what, (char *) _ ("A figure's name ends in .svg, .pdf, .png or .csv: that tells its format."),
          NULL };

  ql_message_bar_show_error (self->message_bar, &text);
}

static void
save (QlWindow *self, Kind kind, GFile *file)
{
  g_autofree char *path = g_file_get_path (file);
  g_autoptr (GTask) task = NULL;
  QlFigureFormat format = QL_FIGURE_SVG;
  Job *job;

  if (path == NULL || ql_lab_get_trace (self->lab) == NULL)
    return;
  if (kind == FIGURE_CURVE && ql_lab_test_get_curve (ql_lab_get_test (self->lab)) == NULL)
    return;
  if (kind != FIGURE_TRACE && !ql_figure_format_of (path, &format))
    {
      say_unknown_ending (self, file);
      return;
    }
  job = g_new0 (Job, 1);
  job->path = g_steal_pointer (&path);
  job->format = format;
  if (kind == FIGURE_TRACE)
    job->trace = g_object_ref (ql_lab_get_trace (self->lab));
  else
    job->figure = make_figure (self, kind);
  if (job->figure == NULL && job->trace == NULL) /* an answer without beams */
    {
      job_free (job);
      return;
    }
  task = g_task_new (self, NULL, saved_cb, NULL);
  g_task_set_task_data (task, job, job_free);
  g_task_run_in_thread (task, save_thread);
}

/* ---- choosers ---- */

static void
response_cb (GtkNativeDialog *dialog, int response, gpointer data)
{
  QlWindow *self = data;
  Kind kind = (Kind) GPOINTER_TO_INT (g_object_get_data (G_OBJECT (dialog), "kind"));
  g_autoptr (GFile) file = NULL;

  if (response == GTK_RESPONSE_ACCEPT)
    file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));
  if (file != NULL)
    save (self, kind, file);
  g_clear_object (&self->saver);
}

/* "photo, query 5, layer 8.svg": what it is, so that ten figures of one picture have ten names. */
static char *
file_name (QlWindow *self, Kind kind, const char *ending)
{
  g_autofree char *base
      = g_strdup (self->conversation != NULL ? ql_conversation_get_name (self->conversation) : "");
  g_autofree char *what = kind == FIGURE_MAP     ? ql_map_describe_key (ql_lab_get_map (self->lab))
                          : kind == FIGURE_ATLAS ? g_strdup (_ ("atlas"))
                          : kind == FIGURE_CURVE ? g_strdup (_ ("faithfulness"))
                          : kind == FIGURE_BEAMS ? g_strdup (_ ("beams"))
                                                 : g_strdup (_ ("trace"));
  char *dot = strrchr (base, '.'), *name;

  if (dot != NULL && dot != base)
    *dot = '\0';
  name = g_strconcat (base, *base != '\0' ? ", " : "", what, ending, NULL);
  return g_strdelimit (name, "/", '-');
}

static void
choose (QlWindow *self, Kind kind, const char *title, const char *ending)
{
  g_autofree char *name = NULL;

  if (ql_lab_get_trace (self->lab) == NULL)
    return;
  if (self->saver != NULL)
    gtk_native_dialog_destroy (GTK_NATIVE_DIALOG (self->saver));
  g_clear_object (&self->saver);
  name = file_name (self, kind, ending);
  self->saver = gtk_file_chooser_native_new (title, GTK_WINDOW (self), GTK_FILE_CHOOSER_ACTION_SAVE,
                                             _ ("_Save"), _ ("_Cancel"));
  g_object_set_data (G_OBJECT (self->saver), "kind", GINT_TO_POINTER (kind));
  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (self->saver), name);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (self->saver), TRUE);
  g_signal_connect_object (self->saver, "response", G_CALLBACK (response_cb), self, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->saver));
}

/* Both actions of each: one asks for a file, the other one, for other programs, is given its address. */
static const struct
{
  const char *action, *save_as; /* (nullable) */
  Kind kind;
  const char *title, *ending;
} exports[] = {
  { "export-figure", "save-figure-as", FIGURE_MAP, N_ ("Export the Figure"), ".svg" },
  { "export-values", NULL, FIGURE_MAP, N_ ("Export the Values"), ".csv" },
  { "export-atlas", "save-atlas-as", FIGURE_ATLAS, N_ ("Export the Atlas"), ".svg" },
  { "export-beams", "save-beams-as", FIGURE_BEAMS, N_ ("Export the Tree of Beams"), ".svg" },
  { "save-trace", "save-trace-as", FIGURE_TRACE, N_ ("Save the Trace"), ".qtrace.safetensors" },
};

static void
export_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  for (guint i = 0; i < G_N_ELEMENTS (exports); i++)
    if (g_str_equal (exports[i].action, g_action_get_name (G_ACTION (action))))
      choose (data, exports[i].kind, _ (exports[i].title), exports[i].ending);
}

/* An address of this computer, and nothing else. */
static void
save_as_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  g_autoptr (GFile) file = g_file_new_for_uri (g_variant_get_string (parameter, NULL));

  for (guint i = 0; i < G_N_ELEMENTS (exports) && g_file_is_native (file); i++)
    if (g_strcmp0 (exports[i].save_as, g_action_get_name (G_ACTION (action))) == 0)
      save (data, exports[i].kind, file);
}

gboolean
ql_window_export_curve (QlWindow *self)
{
  if (ql_lab_test_get_curve (ql_lab_get_test (self->lab)) == NULL)
    return FALSE;
  choose (self, FIGURE_CURVE, _ ("Export the Curve"), ".svg");
  return TRUE;
}

void
ql_window_save_curve (QlWindow *self, GFile *file)
{
  save (self, FIGURE_CURVE, file);
}

/* ---- clipboard ---- */

GdkContentProvider *
ql_window_figure_content (QlWindow *self)
{
  g_autoptr (QlFigure) figure = make_figure (self, FIGURE_MAP);

  return figure != NULL ? ql_figure_content (figure) : NULL;
}

static void
copy_figure_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  g_autoptr (GdkContentProvider) content = ql_window_figure_content (data);

  if (content != NULL)
    gdk_clipboard_set_content (gtk_widget_get_clipboard (data), content);
}

static const GActionEntry entries[] = {
  { "export-figure", export_action, NULL, NULL, NULL },
  { "save-figure-as", save_as_action, "s", NULL, NULL },
  { "export-values", export_action, NULL, NULL, NULL },
  { "export-atlas", export_action, NULL, NULL, NULL },
  { "save-atlas-as", save_as_action, "s", NULL, NULL },
  { "export-beams", export_action, NULL, NULL, NULL },
  { "save-beams-as", save_as_action, "s", NULL, NULL },
  { "save-trace", export_action, NULL, NULL, NULL },
  { "save-trace-as", save_as_action, "s", NULL, NULL },
  { "copy-figure", copy_figure_action, NULL, NULL, NULL },
};

void
ql_window_add_figure_actions (QlWindow *self)
{
  g_action_map_add_action_entries (G_ACTION_MAP (self), entries, G_N_ELEMENTS (entries), self);
}

void
ql_window_update_figure_actions (QlWindow *self)
{
  gboolean any = ql_window_looks_at_attention (self) && ql_lab_get_trace (self->lab) != NULL;

  for (guint i = 0; i < G_N_ELEMENTS (entries); i++)
    ql_window_set_enabled (self, entries[i].name, any);
}
