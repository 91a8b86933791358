#include "app/batch-item.h"

struct _QlBatchItem
{
  GObject parent_instance;

  char *path;
  char *sort_key;
  char *caption;
  char *written; /* NULL: none, as far as is known */
  char *error;
  double seconds;
  QlBatchStatus status;
  gboolean unsaved;
};

enum
{
  PROP_PATH = 1,
  PROP_NAME,
  PROP_STATUS,
  PROP_CAPTION,
  PROP_SECONDS,
  PROP_ERROR,
  PROP_UNSAVED,
  N_PROPS,
};

static GParamSpec *props[N_PROPS];

/* clang-format off */
G_DEFINE_ENUM_TYPE (QlBatchStatus, ql_batch_status,
                    G_DEFINE_ENUM_VALUE (QL_BATCH_WAITING, "waiting"),
                    G_DEFINE_ENUM_VALUE (QL_BATCH_WORKING, "working"),
                    G_DEFINE_ENUM_VALUE (QL_BATCH_DONE, "done"),
                    G_DEFINE_ENUM_VALUE (QL_BATCH_SKIPPED, "skipped"),
                    G_DEFINE_ENUM_VALUE (QL_BATCH_FAILED, "failed"))
/* clang-format on */

G_DEFINE_FINAL_TYPE (QlBatchItem, ql_batch_item, G_TYPE_OBJECT)

static void
ql_batch_item_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  QlBatchItem *self = QL_BATCH_ITEM (object);

  switch (id)
    {
    case PROP_PATH:
      g_value_set_string (value, self->path);
      break;
    case PROP_NAME:
      g_value_take_string (value, ql_batch_item_get_name (self));
      break;
    case PROP_STATUS:
      g_value_set_enum (value, (int) self->status);
      break;
    case PROP_CAPTION:
      g_value_set_string (value, self->caption);
      break;
    case PROP_SECONDS:
      g_value_set_double (value, self->seconds);
      break;
    case PROP_ERROR:
      g_value_set_string (value, self->error);
      break;
    case PROP_UNSAVED:
      g_value_set_boolean (value, self->unsaved);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
ql_batch_item_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  if (id == PROP_CAPTION)
    ql_batch_item_set_caption (QL_BATCH_ITEM (object), g_value_get_string (value));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
ql_batch_item_finalize (GObject *object)
{
  QlBatchItem *self = QL_BATCH_ITEM (object);

  g_free (self->path);
  g_free (self->sort_key);
  g_free (self->caption);
  g_free (self->written);
  g_free (self->error);
  G_OBJECT_CLASS (ql_batch_item_parent_class)->finalize (object);
}

static void
ql_batch_item_class_init (QlBatchItemClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags readable = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->get_property = ql_batch_item_get_property;
  object_class->set_property = ql_batch_item_set_property;
  object_class->finalize = ql_batch_item_finalize;
  props[PROP_PATH] = g_param_spec_string ("path", NULL, NULL, NULL, readable);
  props[PROP_NAME] = g_param_spec_string ("name", NULL, NULL, NULL, readable);
  props[PROP_STATUS]
      = g_param_spec_enum ("status", NULL, NULL, QL_TYPE_BATCH_STATUS, QL_BATCH_WAITING, readable);
  props[PROP_CAPTION] = g_param_spec_string ("caption", NULL, NULL, NULL, readable | G_PARAM_WRITABLE);
  props[PROP_SECONDS] = g_param_spec_double ("seconds", NULL, NULL, 0, G_MAXDOUBLE, 0, readable);
  props[PROP_ERROR] = g_param_spec_string ("error", NULL, NULL, NULL, readable);
  props[PROP_UNSAVED] = g_param_spec_boolean ("unsaved", NULL, NULL, FALSE, readable);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
ql_batch_item_init (QlBatchItem *self)
{
}

QlBatchItem *
ql_batch_item_new (const char *path)
{
  QlBatchItem *self = g_object_new (QL_TYPE_BATCH_ITEM, NULL);
  g_autofree char *name = NULL;

  self->path = g_strdup (path);
  name = ql_batch_item_get_name (self);
  /* Rows are made a few at a time, but compared all at once. */
  self->sort_key = g_utf8_collate_key_for_filename (name, -1);
  return self;
}

const char *
ql_batch_item_get_path (QlBatchItem *self)
{
  return self->path;
}

char *
ql_batch_item_get_name (QlBatchItem *self)
{
  return g_filename_display_basename (self->path);
}

const char *
ql_batch_item_get_sort_key (QlBatchItem *self)
{
  return self->sort_key;
}

QlBatchStatus
ql_batch_item_get_status (QlBatchItem *self)
{
  return self->status;
}

const char *
ql_batch_item_get_caption (QlBatchItem *self)
{
  return self->caption;
}

double
ql_batch_item_get_seconds (QlBatchItem *self)
{
  return self->seconds;
}

const char *
ql_batch_item_get_error (QlBatchItem *self)
{
  return self->error;
}

gboolean
ql_batch_item_get_unsaved (QlBatchItem *self)
{
  return self->unsaved;
}

const char *
ql_batch_item_get_written (QlBatchItem *self)
{
  return self->written;
}

static void
set_unsaved (QlBatchItem *self, gboolean unsaved)
{
  if (self->unsaved == unsaved)
    return;
  self->unsaved = unsaved;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_UNSAVED]);
}

void
ql_batch_item_set_written (QlBatchItem *self, const char *written)
{
  g_free (self->written);
  self->written = g_strdup (written);
  set_unsaved (self, FALSE);
}

void
ql_batch_item_set_unsaved (QlBatchItem *self)
{
  set_unsaved (self, TRUE);
}

static void
set_string (QlBatchItem *self, char **field, const char *value, int prop)
{
  if (g_strcmp0 (*field, value) == 0)
    return;
  g_free (*field);
  *field = g_strdup (value);
  g_object_notify_by_pspec (G_OBJECT (self), props[prop]);
}

void
ql_batch_item_set_caption (QlBatchItem *self, const char *caption)
{
  set_string (self, &self->caption, caption, PROP_CAPTION);
}

void
ql_batch_item_update (QlBatchItem *self, QlBatchStatus status, const char *caption, double seconds,
                      const char *error)
{
  g_object_freeze_notify (G_OBJECT (self));
  set_string (self, &self->caption, caption, PROP_CAPTION);
  set_string (self, &self->error, error, PROP_ERROR);
  ql_batch_item_set_written (self, caption); /* of a failed one, where there was a caption: perhaps in part */
  if (self->seconds < seconds || self->seconds > seconds)
    {
      self->seconds = seconds;
      g_object_notify_by_pspec (G_OBJECT (self), props[PROP_SECONDS]);
    }
  if (self->status != status)
    {
      self->status = status;
      g_object_notify_by_pspec (G_OBJECT (self), props[PROP_STATUS]);
    }
  g_object_thaw_notify (G_OBJECT (self));
}
