#pragma once

/* For model-store*.c alone. */

#include <jansson.h>

#include "app/model-entry.h"

struct _QlModelEntry
{
  GObject parent_instance;

  char *id, *name, *dir;
  gboolean is_demo, is_default;
  QlModelState state;
  GError *error;
  QlModelFacts *facts;

  QlVerification verification;
  double fraction;
  char *text;
  gint64 verified_at;
  GHashTable *found_sums; /* (nullable): of the last verification, for accepting what changed */
  GCancellable *verifying; /* (nullable) */
  guint removed_from; /* its place in the list, once it is removed */
  gboolean removed_default; /* it was the one chosen then */

  json_t *record; /* as in models.json, with keys that this version does not know */
};

QlModelEntry *ql_model_entry_new (const char *id, const char *dir, gboolean is_demo, json_t *record);
void ql_model_entry_changed (QlModelEntry *self);

/** ql_model_entry_set_sound: @facts: (transfer full) */
void ql_model_entry_set_sound (QlModelEntry *self, QlModelFacts *facts);
/** ql_model_entry_set_broken: @error: (transfer full) */
void ql_model_entry_set_broken (QlModelEntry *self, GError *error);
void ql_model_entry_set_default (QlModelEntry *self, gboolean is_default);
void ql_model_entry_set_verification (QlModelEntry *self, QlVerification verification, double fraction,
                                      const char *text);
/** ql_model_entry_keep_verification: the state as it is now, for the next run of the program */
void ql_model_entry_keep_verification (QlModelEntry *self);

/** ql_model_entry_get_sums: recorded earlier. Returns: (transfer full): empty where there are none */
GHashTable *ql_model_entry_get_sums (QlModelEntry *self);
/** ql_model_entry_set_sums: @sums: (nullable): %NULL forgets them */
void ql_model_entry_set_sums (QlModelEntry *self, GHashTable *sums);
