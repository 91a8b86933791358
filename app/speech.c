#include "app/speech.h"

#include <string.h>

#include "app/speech-worker.h"

/* Many times what a model writes. */
#define MAX_BYTES 20000

struct _QlSpeech
{
  GObject parent_instance;

  QlSpeechWorker *worker; /* NULL until something is read */
  GObject *reading; /* nullable */
  guint text; /* the number of what is, or was, read last */
};

enum
{
  PROP_0,
  PROP_READING,
  N_PROPS,
};

enum
{
  FAILED,
  N_SIGNALS,
};

static GParamSpec *props[N_PROPS];
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (QlSpeech, ql_speech, G_TYPE_OBJECT)
/* clang-format off */
G_DEFINE_QUARK (ql-speech-error-quark, ql_speech_error)
/* clang-format on */

static void
set_reading (QlSpeech *self, GObject *what)
{
  if (g_set_object (&self->reading, what))
    g_object_notify_by_pspec (G_OBJECT (self), props[PROP_READING]);
}

static void
done_cb (guint text, const GError *error, gpointer data)
{
  g_autoptr (QlSpeech) self = g_object_ref (data);
  g_autoptr (GObject) what = NULL;

  /* Of what has been stopped or replaced meanwhile nobody wants to hear. */
  if (text != self->text || self->reading == NULL)
    return;
  what = g_object_ref (self->reading);
  set_reading (self, NULL);
  if (error != NULL)
    g_signal_emit (self, signals[FAILED], 0, what, error);
}

/* Lines would be taken for the protocol's, and control characters for sounds. */
static char *
to_words (const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, (gssize) strnlen (text, MAX_BYTES));
  GString *words = g_string_new (NULL);

  for (const char *p = valid; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      if (!g_unichar_isspace (c) && !g_unichar_iscntrl (c))
        g_string_append_unichar (words, c);
      else if (words->len > 0 && words->str[words->len - 1] != ' ')
        g_string_append_c (words, ' ');
    }
  return g_strchomp (g_string_free (words, FALSE));
}

static void
ql_speech_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  if (id == PROP_READING)
    g_value_set_object (value, QL_SPEECH (object)->reading);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
ql_speech_finalize (GObject *object)
{
  QlSpeech *self = QL_SPEECH (object);

  g_clear_pointer (&self->worker, ql_speech_worker_free);
  g_clear_object (&self->reading);
  G_OBJECT_CLASS (ql_speech_parent_class)->finalize (object);
}

static void
ql_speech_class_init (QlSpeechClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = ql_speech_get_property;
  object_class->finalize = ql_speech_finalize;
  props[PROP_READING]
      = g_param_spec_object ("reading", NULL, NULL, G_TYPE_OBJECT, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, props);
  signals[FAILED] = g_signal_new ("failed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                  G_TYPE_NONE, 2, G_TYPE_OBJECT, G_TYPE_ERROR | G_SIGNAL_TYPE_STATIC_SCOPE);
}

static void
ql_speech_init (QlSpeech *self)
{
}

gboolean
ql_speech_is_built (void)
{
  return ql_speech_worker_is_built ();
}

QlSpeech *
ql_speech_new (void)
{
  return g_object_new (QL_TYPE_SPEECH, NULL);
}

void
ql_speech_read (QlSpeech *self, GObject *what, const char *text, const char *language)
{
  g_autofree char *words = to_words (text);

  if (*words == '\0')
    {
      ql_speech_stop (self);
      return;
    }
  if (self->worker == NULL)
    self->worker = ql_speech_worker_new (done_cb, self);
  self->text++;
  set_reading (self, what);
  ql_speech_worker_say (self->worker, self->text, words, language);
}

void
ql_speech_stop (QlSpeech *self)
{
  if (self->reading == NULL)
    return;
  ql_speech_worker_stop (self->worker);
  set_reading (self, NULL);
}

GObject *
ql_speech_get_reading (QlSpeech *self)
{
  return self->reading;
}
