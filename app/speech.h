#pragma once

#include <gio/gio.h>

/** QL_SPEECH_ERROR: messages are for a report; QL_ERROR_TASK_READ_ALOUD has words for people. */
#define QL_SPEECH_ERROR (ql_speech_error_quark ())

/**
 * QlSpeechError:
 * @QL_SPEECH_ERROR_NOT_BUILT: this build of the program cannot read aloud
 * @QL_SPEECH_ERROR_NOT_INSTALLED: speech-dispatcher is not there
 * @QL_SPEECH_ERROR_NO_START: it is there, but cannot be reached or started
 * @QL_SPEECH_ERROR_REMOTE: it is on another computer, to which Qlens sends nothing
 * @QL_SPEECH_ERROR_BROKEN: it went away, or does not take the text
 */
typedef enum
{
  QL_SPEECH_ERROR_NOT_BUILT,
  QL_SPEECH_ERROR_NOT_INSTALLED,
  QL_SPEECH_ERROR_NO_START,
  QL_SPEECH_ERROR_REMOTE,
  QL_SPEECH_ERROR_BROKEN,
} QlSpeechError;

GQuark ql_speech_error_quark (void);

#define QL_TYPE_SPEECH (ql_speech_get_type ())
G_DECLARE_FINAL_TYPE (QlSpeech, ql_speech, QL, SPEECH, GObject)

/**
 * QlSpeech:
 *
 * Reads text aloud through speech-dispatcher, with the voice, speed and volume that the
 * person has set there. Connects when something is read for the first time, which may start
 * the service; nothing here ever waits for it.
 *
 * Signals: "failed" (GObject *what, const GError *error), when something could not be read, or not
 *   to its end.
 * Properties: "reading", announced by ::notify.
 *
 * Threads: to be used from the thread of the main context it was created in. One at a time in
 * a process: the library's callbacks do not tell whose they are.
 */

/** ql_speech_is_built: whether this build can read aloud */
gboolean ql_speech_is_built (void);

/** ql_speech_new: Returns: (transfer full) */
QlSpeech *ql_speech_new (void);

/**
 * ql_speech_read:
 * @what: what the text belongs to; is "reading" until it was read, stopped, or failed
 * @text: plain, of any length
 * @language: of the text, as in "en" or "de-AT"
 *
 * Takes the place of what is being read.
 */
void ql_speech_read (QlSpeech *self, GObject *what, const char *text, const char *language);

/** ql_speech_stop: falls silent, if something is being read */
void ql_speech_stop (QlSpeech *self);

/** ql_speech_get_reading: Returns: (nullable) (transfer none): what is being read */
GObject *ql_speech_get_reading (QlSpeech *self);
