#pragma once

#include <gio/gio.h>

#include "app/model-facts.h"

/** QlModelState: whether the engine takes the folder. */
typedef enum
{
  QL_MODEL_UNTRIED, /* not opened since the program started */
  QL_MODEL_SOUND,
  QL_MODEL_BROKEN, /* ql_model_entry_get_error() tells why */
} QlModelState;

/** QlVerification: what is known of the files' sums. */
typedef enum
{
  QL_VERIFICATION_NONE, /* never hashed */
  QL_VERIFICATION_RUNNING,
  QL_VERIFICATION_FIRST_SEEN, /* hashed once; nothing to compare with until the next time */
  QL_VERIFICATION_SOUND, /* as expected */
  QL_VERIFICATION_CHANGED, /* ql_model_entry_get_verification_text() names the files */
  QL_VERIFICATION_FAILED, /* could not be hashed */
} QlVerification;

#define QL_TYPE_MODEL_ENTRY (ql_model_entry_get_type ())
G_DECLARE_FINAL_TYPE (QlModelEntry, ql_model_entry, QL, MODEL_ENTRY, GObject)

/**
 * QlModelEntry:
 *
 * A row of QlModelStore: a model folder and what is known of it. Changed by the store
 * alone; any change is announced by the signal "changed".
 */

/** ql_model_entry_get_id: the folder's URI; of a demo model "demo:NAME", as installed paths change */
const char *ql_model_entry_get_id (QlModelEntry *self);
/** ql_model_entry_get_name: for people, as ql_model_name() */
const char *ql_model_entry_get_name (QlModelEntry *self);
const char *ql_model_entry_get_dir (QlModelEntry *self);
gboolean ql_model_entry_is_demo (QlModelEntry *self);
gboolean ql_model_entry_is_default (QlModelEntry *self);
QlModelState ql_model_entry_get_state (QlModelEntry *self);
/** ql_model_entry_get_error: Returns: (nullable): the engine's error, where the state is BROKEN */
const GError *ql_model_entry_get_error (QlModelEntry *self);
/** ql_model_entry_get_facts: Returns: (nullable) (transfer none): %NULL where it was never opened */
const QlModelFacts *ql_model_entry_get_facts (QlModelEntry *self);
QlVerification ql_model_entry_get_verification (QlModelEntry *self);
/** ql_model_entry_get_verification_fraction: 0…1 while it runs */
double ql_model_entry_get_verification_fraction (QlModelEntry *self);
/** ql_model_entry_get_verified_at: seconds since 1970 of the last verification; 0: never */
gint64 ql_model_entry_get_verified_at (QlModelEntry *self);
/** ql_model_entry_get_verification_text: Returns: (nullable): the outcome for people */
const char *ql_model_entry_get_verification_text (QlModelEntry *self);
