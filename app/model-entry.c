#include "app/model-entry-private.h"

#include <string.h>

#include "app/model-name.h"
#include "app/model-sums.h"

enum
{
  CHANGED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (QlModelEntry, ql_model_entry, G_TYPE_OBJECT)

static void
ql_model_entry_finalize (GObject *object)
{
  QlModelEntry *self = QL_MODEL_ENTRY (object);

  g_free (self->id);
  g_free (self->name);
  g_free (self->dir);
  g_clear_error (&self->error);
  ql_model_facts_free (self->facts);
  g_free (self->text);
  g_clear_pointer (&self->found_sums, g_hash_table_unref);
  g_clear_object (&self->verifying);
  json_decref (self->record);
  G_OBJECT_CLASS (ql_model_entry_parent_class)->finalize (object);
}

static void
ql_model_entry_class_init (QlModelEntryClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ql_model_entry_finalize;
  signals[CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 0);
}

static void
ql_model_entry_init (QlModelEntry *self)
{
}

/* ---- the record kept between runs ------------------------------------------------- */

static const char *
record_string (json_t *object, const char *key)
{
  const char *value = json_string_value (json_object_get (object, key));

  return value != NULL ? value : "";
}

static guint64
record_number (json_t *object, const char *key)
{
  json_int_t value = json_integer_value (json_object_get (object, key));

  return value > 0 ? (guint64) value : 0;
}

static QlModelFacts *
facts_from_record (json_t *record)
{
  json_t *object = json_object_get (record, "facts");
  QlModelFacts *facts;

  if (!json_is_object (object))
    return NULL;
  facts = g_new0 (QlModelFacts, 1);
  facts->architecture = g_strdup (record_string (object, "architecture"));
  facts->family = g_strdup (record_string (object, "family"));
  facts->types = g_strdup (record_string (object, "types"));
  facts->n_parameters = record_number (object, "parameters");
  facts->n_bytes = record_number (object, "bytes");
  facts->memory_bytes = record_number (object, "memory_bytes");
  facts->can_write = json_is_true (json_object_get (object, "can_write"));
  facts->can_match = json_is_true (json_object_get (object, "can_match"));
  return facts;
}

static void
facts_to_record (const QlModelFacts *facts, json_t *record)
{
  json_object_set_new (
      record, "facts",
      json_pack ("{s:s, s:s, s:s, s:I, s:I, s:I, s:b, s:b}", "architecture", facts->architecture, "family",
                 facts->family, "types", facts->types, "parameters", (json_int_t) facts->n_parameters,
                 "bytes", (json_int_t) facts->n_bytes, "memory_bytes", (json_int_t) facts->memory_bytes,
                 "can_write", facts->can_write, "can_match", facts->can_match));
}

GHashTable *
ql_model_entry_get_sums (QlModelEntry *self)
{
  GHashTable *sums = ql_model_sums_new ();
  const char *name;
  json_t *sum;

  json_object_foreach (json_object_get (self->record, "sha256"), name, sum) if (json_is_string (sum))
      ql_model_sums_put (sums, name, json_string_value (sum));
  return sums;
}

void
ql_model_entry_set_sums (QlModelEntry *self, GHashTable *sums)
{
  json_t *object;
  GHashTableIter iter;
  gpointer name, sum;

  if (sums == NULL)
    {
      json_object_del (self->record, "sha256");
      return;
    }
  object = json_object ();
  g_hash_table_iter_init (&iter, sums);
  while (g_hash_table_iter_next (&iter, &name, &sum))
    json_object_set_new (object, name, json_string (sum));
  json_object_set_new (self->record, "sha256", object);
}

static const struct
{
  QlVerification verification;
  const char *name;
} kept[] = {
  { QL_VERIFICATION_FIRST_SEEN, "first-seen" },
  { QL_VERIFICATION_SOUND, "sound" },
  { QL_VERIFICATION_CHANGED, "changed" },
};

void
ql_model_entry_keep_verification (QlModelEntry *self)
{
  json_object_del (self->record, "verification");
  for (gsize i = 0; i < G_N_ELEMENTS (kept); i++)
    if (kept[i].verification == self->verification)
      json_object_set_new (self->record, "verification",
                           json_pack ("{s:s, s:I, s:s}", "outcome", kept[i].name, "time",
                                      (json_int_t) self->verified_at, "text",
                                      self->text != NULL ? self->text : ""));
}

static void
read_verification (QlModelEntry *self)
{
  json_t *object = json_object_get (self->record, "verification");
  const char *outcome = record_string (object, "outcome");

  for (gsize i = 0; i < G_N_ELEMENTS (kept); i++)
    if (strcmp (kept[i].name, outcome) == 0)
      {
        self->verification = kept[i].verification;
        self->verified_at = (gint64) record_number (object, "time");
        self->text = g_strdup (record_string (object, "text"));
      }
}

/* ---- made and changed by the store ------------------------------------------------ */

QlModelEntry *
ql_model_entry_new (const char *id, const char *dir, gboolean is_demo, json_t *record)
{
  QlModelEntry *self = g_object_new (QL_TYPE_MODEL_ENTRY, NULL);

  self->id = g_strdup (id);
  self->dir = g_strdup (dir);
  self->name = ql_model_name (dir);
  self->is_demo = is_demo;
  self->record = record != NULL ? json_incref (record) : json_object ();
  self->facts = facts_from_record (self->record);
  read_verification (self);
  return self;
}

void
ql_model_entry_changed (QlModelEntry *self)
{
  g_signal_emit (self, signals[CHANGED], 0);
}

void
ql_model_entry_set_sound (QlModelEntry *self, QlModelFacts *facts)
{
  g_clear_error (&self->error);
  ql_model_facts_free (self->facts);
  self->facts = facts;
  self->state = QL_MODEL_SOUND;
  facts_to_record (facts, self->record);
  ql_model_entry_changed (self);
}

void
ql_model_entry_set_broken (QlModelEntry *self, GError *error)
{
  g_clear_error (&self->error);
  self->error = error;
  self->state = QL_MODEL_BROKEN;
  ql_model_entry_changed (self);
}

void
ql_model_entry_set_default (QlModelEntry *self, gboolean is_default)
{
  if (self->is_default == is_default)
    return;
  self->is_default = is_default;
  ql_model_entry_changed (self);
}

void
ql_model_entry_set_verification (QlModelEntry *self, QlVerification verification, double fraction,
                                 const char *text)
{
  self->verification = verification;
  self->fraction = fraction;
  g_free (self->text);
  self->text = g_strdup (text);
  ql_model_entry_changed (self);
}

/* ---- read by everybody ------------------------------------------------------------ */

const char *
ql_model_entry_get_id (QlModelEntry *self)
{
  return self->id;
}

const char *
ql_model_entry_get_name (QlModelEntry *self)
{
  return self->name;
}

const char *
ql_model_entry_get_dir (QlModelEntry *self)
{
  return self->dir;
}

gboolean
ql_model_entry_is_demo (QlModelEntry *self)
{
  return self->is_demo;
}

gboolean
ql_model_entry_is_default (QlModelEntry *self)
{
  return self->is_default;
}

QlModelState
ql_model_entry_get_state (QlModelEntry *self)
{
  return self->state;
}

const GError *
ql_model_entry_get_error (QlModelEntry *self)
{
  return self->error;
}

const QlModelFacts *
ql_model_entry_get_facts (QlModelEntry *self)
{
  return self->facts;
}

QlVerification
ql_model_entry_get_verification (QlModelEntry *self)
{
  return self->verification;
}

double
ql_model_entry_get_verification_fraction (QlModelEntry *self)
{
  return self->fraction;
}

const char *
ql_model_entry_get_verification_text (QlModelEntry *self)
{
  return self->text;
}

gint64
ql_model_entry_get_verified_at (QlModelEntry *self)
{
  return self->verified_at;
}
