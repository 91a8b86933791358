/* A build without libspeechd: what speech-worker.c is otherwise. */

#include "app/speech-worker.h"

struct QlSpeechWorker
{
  QlSpeechDone done;
  gpointer data;
  GSource *source; /* nullable: what tells that nothing was read */
  guint text;
};

gboolean
ql_speech_worker_is_built (void)
{
  return FALSE;
}

QlSpeechWorker *
ql_speech_worker_new (QlSpeechDone done, gpointer data)
{
  QlSpeechWorker *self = g_new0 (QlSpeechWorker, 1);

  self->done = done;
  self->data = data;
  return self;
}

static gboolean
tell_cb (gpointer data)
{
  QlSpeechWorker *self = data;
  g_autoptr (GError) error
      = g_error_new_literal (QL_SPEECH_ERROR, QL_SPEECH_ERROR_NOT_BUILT, "built without libspeechd");

  g_clear_pointer (&self->source, g_source_unref);
  self->done (self->text, error, self->data);
  return G_SOURCE_REMOVE;
}

void
ql_speech_worker_stop (QlSpeechWorker *self)
{
  if (self->source == NULL)
    return;
  g_source_destroy (self->source);
  g_clear_pointer (&self->source, g_source_unref);
}

void
ql_speech_worker_say (QlSpeechWorker *self, guint text, const char *words, const char *language)
{
  ql_speech_worker_stop (self);
  self->text = text;
  self->source = g_idle_source_new ();
  g_source_set_callback (self->source, tell_cb, self, NULL);
  g_source_attach (self->source, g_main_context_get_thread_default ());
}

void
ql_speech_worker_free (QlSpeechWorker *self)
{
  ql_speech_worker_stop (self);
  g_free (self);
}
