#include "app/recorder.h"

#include "app/session-write.h"

/* Half of what is promised: the disk takes its time, too. */
#define WORDS_INTERVAL_US G_USEC_PER_SEC
#define RETRY_US (5 * G_USEC_PER_SEC)
/* Half a frame. Longer than any kernel takes for a line, unless it waits for the disk. */
#define BEGIN_WAIT_US 8000

struct _QlRecorder
{
  GObject parent_instance;

  GThread *thread; /* NULL: closed */
  GMainContext *context;
  char *id;
  guint next_turn;
  GError *shown; /* what the main context knows of @error */

  GMutex lock;
  GCond wake; /* there is work */
  GCond written; /* @n_written has grown, or writing fails */
  GQueue lines; /* char * */
  guint64 n_pushed, n_written;
  guint words_turn; /* 0: none */
  char *words;
  gint64 words_due_us;
  gint64 words_written_us;
  gint64 retry_us; /* with @error: not before */
  GError *error;
  GError *dropped; /* for which a line was given up */
  gboolean quit;
  gboolean notify_pending;
  gboolean written_pending; /* to be told with the next notification */
  QlRecorderProbe probe;
  gpointer probe_data;

  QlJournal *journal; /* of the thread alone */
};

enum
{
  FAILED,
  RECOVERED,
  WRITTEN,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (QlRecorder, ql_recorder, G_TYPE_OBJECT)

/* In the main context: the newest word on whether writing works. */
static gboolean
notify_cb (gpointer data)
{
  QlRecorder *self = data;
  g_autoptr (GError) before = g_steal_pointer (&self->shown);
  g_autoptr (GError) dropped = NULL;
  gboolean written;

  g_mutex_lock (&self->lock);
  self->notify_pending = FALSE;
  written = self->written_pending;
  self->written_pending = FALSE;
  dropped = g_steal_pointer (&self->dropped);
  self->shown = self->error != NULL ? g_error_copy (self->error) : NULL;
  g_mutex_unlock (&self->lock);
  if (dropped != NULL)
    g_signal_emit (self, signals[FAILED], 0, dropped);
  if (self->shown != NULL
      && (before == NULL || !g_error_matches (before, self->shown->domain, self->shown->code)))
    g_signal_emit (self, signals[FAILED], 0, self->shown);
  else if (self->shown == NULL && before != NULL)
    g_signal_emit (self, signals[RECOVERED], 0);
  if (written)
    g_signal_emit (self, signals[WRITTEN], 0);
  return G_SOURCE_REMOVE;
}

/* With the lock held. */
static void
notify (QlRecorder *self)
{
  g_autoptr (GSource) source = NULL;

  if (self->notify_pending || self->quit)
    return;
  self->notify_pending = TRUE;
  source = g_idle_source_new ();
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, notify_cb, g_object_ref (self), g_object_unref);
  g_source_attach (source, self->context);
}

/* With the lock held. @error: (transfer full) (nullable) */
static void
set_result (QlRecorder *self, GError *error)
{
  gboolean changed = (error == NULL) != (self->error == NULL);

  g_clear_error (&self->error);
  self->error = error;
  if (error != NULL)
    {
      self->retry_us = g_get_monotonic_time () + RETRY_US;
      g_cond_broadcast (&self->written);
    }
  if (changed)
    notify (self);
}

/* With the lock held, which is given back while the disk works. */
static gboolean
write_line (QlRecorder *self, const char *line)
{
  QlRecorderProbe probe = self->probe;
  gpointer data = self->probe_data;
  GError *error = NULL;
  gboolean ok;

  g_mutex_unlock (&self->lock);
  ok = ql_journal_append (self->journal, line, &error);
  if (ok && probe != NULL)
    probe (FALSE, line, data);
  g_mutex_lock (&self->lock);
  if (!ok)
    set_result (self, error);
  return ok;
}

static gboolean
sync_journal (QlRecorder *self)
{
  QlRecorderProbe probe = self->probe;
  gpointer data = self->probe_data;
  GError *error = NULL;
  gboolean ok;

  g_mutex_unlock (&self->lock);
  ok = ql_journal_sync (self->journal, &error);
  if (ok && probe != NULL)
    probe (TRUE, NULL, data);
  g_mutex_lock (&self->lock);
  if (!ok)
    set_result (self, error);
  return ok;
}

/* Returns: %FALSE if it has to be tried again later */
static gboolean
write_queue (QlRecorder *self)
{
  while (!g_queue_is_empty (&self->lines))
    {
      /* Only this thread takes lines out. */
      char *line = g_queue_peek_head (&self->lines);

      if (!write_line (self, line))
        {
          if (!g_error_matches (self->error, QL_SESSION_ERROR, QL_SESSION_ERROR_TOO_LARGE))
            return FALSE;
          /* This one never will be; those behind it may. */
          g_clear_error (&self->dropped);
          self->dropped = g_steal_pointer (&self->error);
          notify (self);
        }
      g_free (g_queue_pop_head (&self->lines));
      self->n_written++;
      g_cond_broadcast (&self->written);
      self->written_pending = TRUE;
    }
  if (self->written_pending)
    notify (self);
  return TRUE;
}

static gboolean
write_words (QlRecorder *self)
{
  g_autofree char *words = g_steal_pointer (&self->words);
  guint turn = self->words_turn;
  g_autofree char *line = ql_session_line_words (turn, words, 0);

  if (!write_line (self, line))
    {
      /* Unless there are newer ones by now, or the answer is over. */
      if (self->words == NULL && self->words_turn == turn)
        self->words = g_steal_pointer (&words);
      self->words_due_us = self->retry_us;
      return FALSE;
    }
  self->words_written_us = g_get_monotonic_time ();
  return TRUE;
}

/* With the lock held: until there is something to do. */
static void
wait_for_work (QlRecorder *self)
{
  for (;;)
    {
      gint64 now = g_get_monotonic_time (), until = G_MAXINT64;

      if (self->quit)
        return;
      if (!g_queue_is_empty (&self->lines))
        until = self->error != NULL ? self->retry_us : now;
      else if (self->words != NULL)
        until = self->words_due_us;
      if (until <= now)
        return;
      if (until == G_MAXINT64)
        g_cond_wait (&self->wake, &self->lock);
      else
        g_cond_wait_until (&self->wake, &self->lock, until);
    }
}

static gpointer
recorder_thread (gpointer data)
{
  QlRecorder *self = data;
  gboolean quit;

  g_mutex_lock (&self->lock);
  do
    {
      gboolean ok;

      wait_for_work (self);
      quit = self->quit;
      ok = write_queue (self);
      if (ok && self->words != NULL && (quit || g_get_monotonic_time () >= self->words_due_us))
        ok = write_words (self);
      if (sync_journal (self) && ok && g_queue_is_empty (&self->lines))
        set_result (self, NULL);
    }
  while (!quit);
  g_mutex_unlock (&self->lock);
  return NULL;
}

static void
ql_recorder_finalize (GObject *object)
{
  QlRecorder *self = QL_RECORDER (object);

  ql_recorder_close (self, NULL);
  g_main_context_unref (self->context);
  g_queue_clear_full (&self->lines, g_free);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->wake);
  g_cond_clear (&self->written);
  g_clear_error (&self->error);
  g_clear_error (&self->dropped);
  g_clear_error (&self->shown);
  g_free (self->words);
  g_free (self->id);
  G_OBJECT_CLASS (ql_recorder_parent_class)->finalize (object);
}

static void
ql_recorder_class_init (QlRecorderClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ql_recorder_finalize;
  signals[FAILED] = g_signal_new ("failed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                  G_TYPE_NONE, 1, G_TYPE_ERROR | G_SIGNAL_TYPE_STATIC_SCOPE);
  signals[RECOVERED] = g_signal_new ("recovered", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                     NULL, G_TYPE_NONE, 0);
  signals[WRITTEN] = g_signal_new ("written", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 0);
}

static void
ql_recorder_init (QlRecorder *self)
{
  g_mutex_init (&self->lock);
  g_cond_init (&self->wake);
  g_cond_init (&self->written);
  g_queue_init (&self->lines);
  self->context = g_main_context_ref_thread_default ();
}

QlRecorder *
ql_recorder_new (QlJournal *journal, guint next_turn)
{
  QlRecorder *self = g_object_new (QL_TYPE_RECORDER, NULL);

  self->journal = journal;
  self->id = g_strdup (ql_journal_get_id (journal));
  self->next_turn = MAX (next_turn, 1);
  self->thread = g_thread_new ("qlens-journal", recorder_thread, self);
  return self;
}

const char *
ql_recorder_get_id (QlRecorder *self)
{
  return self->id;
}

const GError *
ql_recorder_get_error (QlRecorder *self)
{
  return self->shown;
}

void
ql_recorder_set_probe (QlRecorder *self, QlRecorderProbe probe, gpointer data)
{
  g_mutex_lock (&self->lock);
  self->probe = probe;
  self->probe_data = data;
  g_mutex_unlock (&self->lock);
}

/* Takes @line. With the lock held. Returns: how many there will have been when it is written */
static guint64
push (QlRecorder *self, char *line)
{
  g_queue_push_tail (&self->lines, line);
  self->retry_us = 0;
  g_cond_signal (&self->wake);
  return ++self->n_pushed;
}

static void
push_line (QlRecorder *self, char *line)
{
  g_return_if_fail (self->thread != NULL);
  g_mutex_lock (&self->lock);
  push (self, line);
  g_mutex_unlock (&self->lock);
}

void
ql_recorder_picture (QlRecorder *self, const QlSavedPicture *picture)
{
  push_line (self, ql_session_line_picture (picture));
}

void
ql_recorder_begin (QlRecorder *self, QlSavedTurn *turn)
{
  gint64 until = g_get_monotonic_time () + BEGIN_WAIT_US;
  guint64 number;

  g_return_if_fail (self->thread != NULL);
  turn->id = self->next_turn++;
  turn->begin_ms = g_get_real_time () / 1000;
  g_mutex_lock (&self->lock);
  number = push (self, ql_session_line_begin (turn));
  while (self->n_written < number && self->error == NULL)
    if (!g_cond_wait_until (&self->written, &self->lock, until))
      break;
  g_mutex_unlock (&self->lock);
}

void
ql_recorder_words (QlRecorder *self, guint turn, const char *text)
{
  g_return_if_fail (self->thread != NULL && turn > 0);
  g_mutex_lock (&self->lock);
  /* The due time stands from the first text that is not written yet, however many follow. */
  if (self->words == NULL)
    self->words_due_us
        = MAX (self->words_written_us + WORDS_INTERVAL_US, self->error != NULL ? self->retry_us : 0);
  g_free (self->words);
  self->words = g_strdup (text);
  self->words_turn = turn;
  g_cond_signal (&self->wake);
  g_mutex_unlock (&self->lock);
}

void
ql_recorder_end (QlRecorder *self, QlSavedTurn *turn)
{
  g_return_if_fail (self->thread != NULL && turn->id > 0);
  turn->end_ms = g_get_real_time () / 1000;
  g_mutex_lock (&self->lock);
  if (self->words_turn == turn->id)
    {
      g_clear_pointer (&self->words, g_free);
      self->words_turn = 0;
    }
  push (self, ql_session_line_end (turn));
  g_mutex_unlock (&self->lock);
}

void
ql_recorder_delete_turn (QlRecorder *self, guint turn)
{
  push_line (self, ql_session_line_delete (turn));
}

void
ql_recorder_restore_turn (QlRecorder *self, guint turn)
{
  push_line (self, ql_session_line_restore (turn));
}

void
ql_recorder_title (QlRecorder *self, const char *title)
{
  push_line (self, ql_session_line_title (title));
}

gboolean
ql_recorder_close (QlRecorder *self, GError **error)
{
  if (self->thread == NULL)
    return TRUE;
  g_mutex_lock (&self->lock);
  self->quit = TRUE;
  g_cond_signal (&self->wake);
  g_mutex_unlock (&self->lock);
  g_thread_join (g_steal_pointer (&self->thread));
  g_clear_pointer (&self->journal, ql_journal_free);
  if (self->error == NULL && self->dropped == NULL)
    return TRUE;
  if (error != NULL)
    *error = g_error_copy (self->error != NULL ? self->error : self->dropped);
  return FALSE;
}
