#pragma once

#include <glib.h>

/** QlModelFacts: what opening a model folder told; kept between runs, so that lists need not open it again. */
typedef struct
{
  char *architecture; /* "Blip2ForConditionalGeneration"… */
  char *family; /* "opt", "t5", … or "" */
  char *types; /* "F16", "F32, F16" */
  char *fingerprint; /* 64 hexadecimal digits; (nullable): not kept between runs */
  guint64 n_parameters;
  guint64 n_bytes; /* of weights */
  guint64 memory_bytes; /* estimate: needed to run it */
  gboolean can_write; /* captions and answers */
  gboolean can_match;
} QlModelFacts;

/** ql_model_facts_copy: Returns: (transfer full) */
QlModelFacts *ql_model_facts_copy (const QlModelFacts *facts);
void ql_model_facts_free (QlModelFacts *facts);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (QlModelFacts, ql_model_facts_free)
