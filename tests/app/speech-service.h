#pragma once

#include <gio/gio.h>

/**
 * SpeechService:
 *
 * A real speech-dispatcher of the test's own, with a voice that writes down what it is to say,
 * and does not come to an end before it is told to. SPEECHD_ADDRESS leads to it.
 */
typedef struct
{
  char *root;
  GSubprocess *process; /* nullable: does not run */
} SpeechService;

/** speech_service_is_installed: whether there is a speech-dispatcher to test with */
gboolean speech_service_is_installed (void);
/** speech_service_skip: a test that says that there is none */
void speech_service_skip (void);

SpeechService *speech_service_new (void);
void speech_service_start (SpeechService *self);
/** speech_service_signal: @signal: SIGKILL also waits for its end */
void speech_service_signal (SpeechService *self, int signal);
void speech_service_free (SpeechService *self);

/** speech_service_spoken: Returns: (transfer full): a line "LANGUAGE|TEXT" for each that was begun */
char *speech_service_spoken (SpeechService *self);
/** speech_service_is_speaking: whether the voice is at work */
gboolean speech_service_is_speaking (SpeechService *self);
/** speech_service_finish: lets what is being said, and all that follows, come to its end */
void speech_service_finish (SpeechService *self);
