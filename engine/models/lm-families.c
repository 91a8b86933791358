#include <math.h>
#include <string.h>

#include "engine/core/error.h"
#include "engine/models/lm.h"

/* The one list of families. b2_lm_itg is not in it: it is the Q-Former itself, with a head of its own. */
static const B2LmFamily *const families[] = { &b2_lm_opt, &b2_lm_t5 };

const B2LmFamily *
b2_lm_family_find (const char *model_type)
{
  for (gsize i = 0; i < G_N_ELEMENTS (families); i++)
    if (strcmp (families[i]->model_type, model_type) == 0)
      return families[i];
  return NULL;
}

void
b2_lm_keep_image_columns (const B2LmState *state, const float *map, int n_rows, gsize n_keys, int layer,
                          float *out)
{
  gsize n_heads = (gsize) state->lm->n_heads, n_query = (gsize) state->n_query;

  for (gsize r = 0; r < (gsize) n_rows; r++)
    for (gsize h = 0; h < n_heads; h++)
      memcpy (out + ((r * (gsize) state->lm->n_layers + (gsize) layer) * n_heads + h) * n_query,
              map + (h * (gsize) n_rows + r) * n_keys, n_query * sizeof *out);
}

/* @logits' log-softmax at @id, summed in f64 where the sum is long; NaN where a logit is not finite. */
static double
log_prob (const float *logits, gsize n, gint32 id)
{
  float max = logits[0];
  double sum = 0;

  for (gsize i = 1; i < n; i++)
    max = logits[i] > max ? logits[i] : max;
  for (gsize i = 0; i < n; i++)
    sum += expf (logits[i] - max);
  return (double) (logits[id] - max) - log (sum);
}

gboolean
b2_lm_score_rows (B2Lm *lm, const float *rows, const gint32 *ids, int n, B2LmHeadFunc head, gpointer data,
                  double *log_probs, const B2Watch *watch, GError **error)
{
  gsize vocab = (gsize) lm->vocab_size, d = (gsize) lm->width;
  g_autofree float *logits = g_try_new (float, MIN (n, B2_LM_SCORE_ROWS) * vocab);

  if (logits == NULL)
    {
      g_set_error_literal (error, B2_ERROR, B2_ERROR_NO_MEMORY, "Not enough memory for the words' scores");
      return FALSE;
    }
  for (int from = 0; from < n; from += B2_LM_SCORE_ROWS)
    {
      gsize block = (gsize) MIN (n - from, B2_LM_SCORE_ROWS);

      head (data, rows + (gsize) from * d, block, logits);
      /* A stopped product leaves logits that are nobody's. */
      if (!b2_watch_check (watch, error))
        return FALSE;
      for (gsize r = 0; r < block; r++)
        {
          double value = log_prob (logits + r * vocab, vocab, ids[(gsize) from + r]);

          log_probs[(gsize) from + r] = value;
          if (!isnan (value))
            continue;
          g_set_error_literal (
              error, B2_ERROR, B2_ERROR_FORMAT,
              "The model's output is not a number; its weights are damaged or of a type with "
              "too small a range (float16 T5)");
          return FALSE;
        }
    }
  return TRUE;
}

gsize
b2_lm_untouched_bytes (const B2Linear *table, gsize n_rows)
{
  gsize row = b2_weight_row_bytes (table->type, (size_t) table->n_in), all = row * (gsize) table->n_out;
  gsize touched = n_rows * MAX (row, B2_LM_LOOKUP_BYTES);

  return touched < all ? all - touched : 0;
}
