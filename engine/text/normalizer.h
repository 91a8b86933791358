#pragma once

#include <glib.h>

#include "engine/text/charsmap.h"

/* Text may not grow beyond this while it is normalised. */
#define B2_NORMALIZED_MAX_BYTES ((gsize) 16 << 20)

typedef enum
{
  B2_NORMALIZE_CHARSMAP, /* Precompiled */
  B2_NORMALIZE_BERT, /* BertNormalizer */
  B2_NORMALIZE_STRIP, /* Strip */
  B2_NORMALIZE_REPLACE, /* Replace of a string */
  B2_NORMALIZE_SPACE_RUNS, /* Replace of the regex " {2,}" */
  B2_NORMALIZE_LOWERCASE, /* Lowercase */
  B2_NORMALIZE_PREPEND, /* Prepend */
} B2NormalizeKind;

/** B2NormalizeStep: one normaliser; which fields count depends on @kind. */
typedef struct
{
  B2NormalizeKind kind;
  B2Charsmap *charsmap;
  gboolean clean_text, handle_cjk, strip_accents, lowercase; /* BERT */
  gboolean left, right; /* STRIP */
  char *pattern; /* REPLACE; not empty */
  char *content; /* REPLACE, SPACE_RUNS, PREPEND */
} B2NormalizeStep;

/** b2_normalize_step_clear: a GDestroyNotify for arrays of steps. */
void b2_normalize_step_clear (gpointer step);

/**
 * b2_normalize:
 * @steps: (element-type B2NormalizeStep)
 * @text: UTF-8, [len]
 * @out: overwritten
 *
 * Returns: %FALSE with B2_ERROR_LIMIT if the text grows beyond B2_NORMALIZED_MAX_BYTES
 */
gboolean b2_normalize (const GArray *steps, const char *text, gsize len, GString *out, GError **error);
