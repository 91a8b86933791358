#include "ui/batch-view-private.h"

#include <glib/gi18n.h>

#include "app/batch-choices.h"
#include "ui/announce.h"
#include "ui/batch-guard.h"
#include "ui/batch-words.h"

/* From start to end: what is set, how far it is, what came of it. */

void
ql_batch_view_apply_settings (QlBatchView *self)
{
  QlAnswerStyle style;
  QlBatchTargets targets;

  if (ql_batch_get_state (self->batch) != QL_BATCH_IDLE)
    return; /* a run, and edits meanwhile, write where it began to */
  ql_batch_choices_load (self->settings, self->folder, &targets);
  ql_batch_set_targets (self->batch, &targets);
  ql_batch_targets_clear (&targets);
  ql_answer_style_load (&style, self->settings, QL_PRESET_DESCRIBE);
  ql_batch_set_style (self->batch, &style);
  if (self->settings != NULL)
    {
      ql_batch_set_n_threads (self->batch, g_settings_get_int (self->settings, "threads"));
      ql_batch_set_exact (self->batch, g_settings_get_boolean (self->settings, "exact"));
    }
  if (self->engine != NULL && ql_engine_service_get_model_dir (self->engine) != NULL)
    ql_batch_set_model_dir (self->batch, ql_engine_service_get_model_dir (self->engine));
  if (self->engine != NULL)
    ql_batch_set_encoding_cache (self->batch, ql_engine_service_get_encoding_cache (self->engine));
}

static gboolean
has_places (QlBatchView *self)
{
  QlBatchTargets targets;
  gboolean ok = ql_batch_choices_load (self->settings, self->folder, &targets);

  ql_batch_targets_clear (&targets);
  return ok;
}

gboolean
ql_batch_view_can_start (QlBatchView *self)
{
  QlBatchState state = ql_batch_get_state (self->batch);

  return state == QL_BATCH_PAUSED
         || (state == QL_BATCH_IDLE && ql_batch_get_progress (self->batch).n_items > 0 && has_places (self));
}

/* Whether a start would find nothing to do. */
static gboolean
is_over (const QlBatchProgress *progress)
{
  return progress->n_items > 0 && progress->n_over - progress->n_failed == progress->n_items;
}

static const char *
start_label (QlBatchState state, const QlBatchProgress *progress)
{
  if (state == QL_BATCH_PAUSED)
    return _ ("Go On");
  if (is_over (progress))
    return _ ("Run Again");
  if (progress->n_over > 0 && progress->n_over == progress->n_items)
    return _ ("Try Failed Again");
  return progress->n_over > 0 ? _ ("Go On") : _ ("Start");
}

static void
start (QlBatchView *self, gboolean if_room)
{
  QlBatchProgress progress = ql_batch_get_progress (self->batch);

  if (!ql_batch_view_can_start (self))
    return;
  ql_message_bar_dismiss (self->message_bar);
  if (ql_batch_get_state (self->batch) == QL_BATCH_IDLE)
    {
      ql_batch_view_apply_settings (self);
      if (is_over (&progress))
        ql_batch_reset (self->batch);
      ql_batch_set_if_room (self->batch, if_room);
    }
  ql_batch_start (self->batch);
}

void
ql_batch_view_start (QlBatchView *self)
{
  start (self, TRUE);
}

void
ql_batch_view_start_anyway (QlBatchView *self)
{
  start (self, FALSE);
}

void
ql_batch_view_start_over (QlBatchView *self)
{
  if (ql_batch_get_state (self->batch) != QL_BATCH_IDLE || !ql_batch_view_can_start (self))
    return;
  ql_batch_reset (self->batch);
  ql_batch_view_start (self);
}

/* ---- what is shown ------------------------------------------------------------------------------ */

static void
show_label (GtkLabel *label, char *text)
{
  g_autofree char *own = text;

  gtk_label_set_text (label, own);
}

static void
update_labels (QlBatchView *self, QlBatchState state, const QlBatchProgress *progress)
{
  gboolean adding = self->adding != NULL;
  gboolean runs = state != QL_BATCH_IDLE;

  if (adding)
    show_label (self->progress_label, ql_batch_view_get_adding_text (self));
  else if (runs)
    show_label (self->progress_label, ql_batch_progress_text (progress, state));
  else if (progress->n_over > 0)
    show_label (self->progress_label, ql_batch_summary_text (progress));
  else
    show_label (
        self->progress_label,
        g_strdup_printf (ngettext ("%u picture", "%u pictures", progress->n_items), progress->n_items));
  if (has_places (self))
    show_label (self->plan_label, ql_batch_choices_plan (self->settings));
  else
    gtk_label_set_text (self->plan_label, _ ("Captions go nowhere: choose where in Options."));
  gtk_widget_set_visible (self->failed_button, !adding && progress->n_failed > 0);
}

void
ql_batch_view_update_run (QlBatchView *self)
{
  QlBatchState state = ql_batch_get_state (self->batch);
  QlBatchProgress progress = ql_batch_get_progress (self->batch);
  gboolean running = state == QL_BATCH_RUNNING;

  update_labels (self, state, &progress);
  gtk_widget_set_visible (GTK_WIDGET (self->progress), state != QL_BATCH_IDLE);
  gtk_progress_bar_set_fraction (self->progress,
                                 progress.n_items > 0 ? (double) progress.n_over / progress.n_items : 0);
  gtk_button_set_label (GTK_BUTTON (self->start_button), start_label (state, &progress));
  /* Start and Pause share a place. */
  gtk_widget_set_visible (self->start_button, !running);
  gtk_widget_set_visible (self->pause_button, running);
  gtk_widget_set_visible (self->stop_button, state != QL_BATCH_IDLE);
  gtk_widget_set_visible (self->cancel_button, self->adding != NULL);
}

/* ---- what the batch tells ------------------------------------------------------------------------ */

static void
state_cb (QlBatchView *self)
{
  QlBatchState state = ql_batch_get_state (self->batch);
  GtkWidget *focus_to = state == QL_BATCH_RUNNING ? self->pause_button : self->start_button;
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));
  GtkWidget *focus = root != NULL ? gtk_root_get_focus (root) : NULL;
  gboolean had_focus
      = focus == self->start_button || focus == self->pause_button || focus == self->stop_button;

  ql_batch_view_update (self);
  /* The button that was pressed is gone; the one in its place has the focus. */
  if (had_focus && !gtk_widget_get_mapped (focus))
    gtk_widget_grab_focus (focus_to);
}

static void
show_failure (QlBatchView *self, const GError *error)
{
  g_autoptr (QlErrorText) text = NULL;

  if (error->domain == G_FILE_ERROR)
    {
      text = g_new0 (QlErrorText, 1);
      text->what = g_strdup (_ ("A table of captions cannot be written, so the batch has stopped."));
      text->advice = g_strdup (error->message);
      text->details = g_strdup (error->message);
    }
  else
    text = ql_error_text_new (QL_ERROR_TASK_OPEN_MODEL, NULL, error);
  ql_message_bar_show_error (self->message_bar, text);
  if (g_error_matches (error, QL_MODEL_ERROR, QL_MODEL_ERROR_NO_ROOM))
    ql_message_bar_set_action (self->message_bar, _ ("Load Anyway"), "win.batch-start-anyway");
  else
    ql_message_bar_set_action (self->message_bar, _ ("Try Again"), "win.batch-start");
}

static void
finished_cb (QlBatchView *self, const GError *error)
{
  QlBatchProgress progress = ql_batch_get_progress (self->batch);
  g_autofree char *summary = ql_batch_summary_text (&progress);

  if (self->closed)
    return;
  if (error != NULL)
    show_failure (self, error);
  ql_batch_view_apply_settings (self); /* what was changed meanwhile */
  ql_batch_view_sort_again (self);
  ql_batch_view_update (self);
  ql_announce_text (self->live, error != NULL ? ql_message_bar_get_what (self->message_bar) : summary);
}

static void
settings_cb (QlBatchView *self, const char *key)
{
  if (!g_str_has_prefix (key, "batch-") && !g_str_has_prefix (key, "style-") && !g_str_equal (key, "threads")
      && !g_str_equal (key, "exact"))
    return;
  ql_batch_view_apply_settings (self);
  ql_batch_view_update (self);
}

void
ql_batch_view_add_run (QlBatchView *self)
{
  g_signal_connect_object (self->batch, "notify::state", G_CALLBACK (state_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->batch, "progress", G_CALLBACK (ql_batch_view_update), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->batch, "finished", G_CALLBACK (finished_cb), self, G_CONNECT_SWAPPED);
  if (self->settings != NULL)
    g_signal_connect_object (self->settings, "changed", G_CALLBACK (settings_cb), self, G_CONNECT_SWAPPED);
  if (self->app != NULL)
    ql_batch_guard_attach (self->batch, self->app, self->settings);
}
