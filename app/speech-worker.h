#pragma once

#include "app/speech.h"

/*
 * The thread behind QlSpeech, which alone knows libspeechd; or, in a build without it, what
 * says so. Private to QlSpeech.
 */
typedef struct QlSpeechWorker QlSpeechWorker;

/**
 * QlSpeechDone:
 * @text: the number that ql_speech_worker_say() was given
 * @error: (nullable): %NULL if it was read, or stopped from elsewhere
 *
 * In the main context that the worker was made in; not after ql_speech_worker_free().
 */
typedef void (*QlSpeechDone) (guint text, const GError *error, gpointer data);

gboolean ql_speech_worker_is_built (void);
QlSpeechWorker *ql_speech_worker_new (QlSpeechDone done, gpointer data);

/** ql_speech_worker_say: @text: a new number, greater than all before. Stops what is being read. */
void ql_speech_worker_say (QlSpeechWorker *self, guint text, const char *words, const char *language);
void ql_speech_worker_stop (QlSpeechWorker *self);

/**
 * ql_speech_worker_free:
 *
 * Falls silent. Waits for that half a second at most: a service that hangs must not keep the
 * program from ending.
 */
void ql_speech_worker_free (QlSpeechWorker *self);
