#include "app/session.h"

struct _QlSession
{
  GObject parent_instance;

  QlSessionHead *head;
  char *thumbnail;
};

enum
{
  PROP_TITLE = 1,
  PROP_THUMBNAIL,
  PROP_N_TURNS,
  PROP_CHANGED,
  PROP_UNFINISHED,
  PROP_PROBLEM,
  N_PROPS,
};

static GParamSpec *props[N_PROPS];

G_DEFINE_FINAL_TYPE (QlSession, ql_session, G_TYPE_OBJECT)

static void
ql_session_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  QlSession *self = QL_SESSION (object);

  switch (id)
    {
    case PROP_TITLE:
      g_value_set_string (value, self->head->title);
      break;
    case PROP_THUMBNAIL:
      g_value_set_string (value, self->thumbnail);
      break;
    case PROP_N_TURNS:
      g_value_set_uint (value, self->head->n_turns);
      break;
    case PROP_CHANGED:
      g_value_set_int64 (value, self->head->changed_ms);
      break;
    case PROP_UNFINISHED:
      g_value_set_boolean (value, self->head->unfinished);
      break;
    case PROP_PROBLEM:
      g_value_set_string (value, self->head->problem);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
ql_session_finalize (GObject *object)
{
  QlSession *self = QL_SESSION (object);

  ql_session_head_free (self->head);
  g_free (self->thumbnail);
  G_OBJECT_CLASS (ql_session_parent_class)->finalize (object);
}

static void
ql_session_class_init (QlSessionClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->get_property = ql_session_get_property;
  object_class->finalize = ql_session_finalize;
  props[PROP_TITLE] = g_param_spec_string ("title", NULL, NULL, "", flags);
  props[PROP_THUMBNAIL] = g_param_spec_string ("thumbnail", NULL, NULL, NULL, flags);
  props[PROP_N_TURNS] = g_param_spec_uint ("n-turns", NULL, NULL, 0, G_MAXUINT, 0, flags);
  props[PROP_CHANGED] = g_param_spec_int64 ("changed", NULL, NULL, 0, G_MAXINT64, 0, flags);
  props[PROP_UNFINISHED] = g_param_spec_boolean ("unfinished", NULL, NULL, FALSE, flags);
  props[PROP_PROBLEM] = g_param_spec_string ("problem", NULL, NULL, NULL, flags);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
ql_session_init (QlSession *self)
{
}

QlSession *
ql_session_new (QlSessionHead *head)
{
  QlSession *self = g_object_new (QL_TYPE_SESSION, NULL);

  self->head = head;
  return self;
}

const char *
ql_session_get_id (QlSession *self)
{
  return self->head->id;
}

const char *
ql_session_get_title (QlSession *self)
{
  return self->head->title;
}

const char *
ql_session_get_thumbnail (QlSession *self)
{
  return self->thumbnail;
}

guint
ql_session_get_n_turns (QlSession *self)
{
  return self->head->n_turns;
}

gint64
ql_session_get_changed_ms (QlSession *self)
{
  return self->head->changed_ms;
}

gboolean
ql_session_get_unfinished (QlSession *self)
{
  return self->head->unfinished;
}

const char *
ql_session_get_problem (QlSession *self)
{
  return self->head->problem;
}

gboolean
ql_session_get_is_read (QlSession *self)
{
  return self->head->is_read;
}

const QlSavedPicture *
ql_session_get_picture (QlSession *self)
{
  return self->head->picture;
}

gboolean
ql_session_matches (QlSession *self, const QlTextQuery *query)
{
  return ql_text_query_matches (query, self->head->text);
}

const QlSessionHead *
ql_session_get_head (QlSession *self)
{
  return self->head;
}

void
ql_session_set_head (QlSession *self, QlSessionHead *head)
{
  g_autoptr (QlSessionHead) before = self->head;

  self->head = head;
  g_object_freeze_notify (G_OBJECT (self));
  if (g_strcmp0 (before->title, head->title) != 0)
    g_object_notify_by_pspec (G_OBJECT (self), props[PROP_TITLE]);
  if (before->n_turns != head->n_turns)
    g_object_notify_by_pspec (G_OBJECT (self), props[PROP_N_TURNS]);
  if (before->changed_ms != head->changed_ms)
    g_object_notify_by_pspec (G_OBJECT (self), props[PROP_CHANGED]);
  if (before->unfinished != head->unfinished)
    g_object_notify_by_pspec (G_OBJECT (self), props[PROP_UNFINISHED]);
  if (g_strcmp0 (before->problem, head->problem) != 0)
    g_object_notify_by_pspec (G_OBJECT (self), props[PROP_PROBLEM]);
  /* Of another picture. */
  if (before->picture != NULL
      && (head->picture == NULL || g_strcmp0 (before->picture->sha256, head->picture->sha256) != 0))
    ql_session_set_thumbnail (self, NULL);
  g_object_thaw_notify (G_OBJECT (self));
}

void
ql_session_set_thumbnail (QlSession *self, const char *path)
{
  if (g_strcmp0 (self->thumbnail, path) == 0)
    return;
  g_free (self->thumbnail);
  self->thumbnail = g_strdup (path);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_THUMBNAIL]);
}
