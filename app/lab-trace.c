#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <glib/gi18n.h>

#include "app/intervention.h"
#include "app/lab-trace-private.h"
#include "app/lab-trace-store.h"
#include "app/lab-trace-tokens.h"

/* Of a picture, as a trace tells it: what is computed from both sides stays a number. */
#define MAX_SIDE_PX (1 << 20)

G_DEFINE_FINAL_TYPE (QlTrace, ql_trace, G_TYPE_OBJECT)

static void
ql_trace_finalize (GObject *object)
{
  QlTrace *self = QL_TRACE (object);

  g_clear_pointer (&self->trace, b2_trace_unref);
  g_clear_object (&self->picture);
  g_clear_pointer (&self->layer_numbers, g_free);
  g_clear_pointer (&self->outliers, g_free);
  g_clear_pointer (&self->tokens, g_array_unref);
  g_clear_pointer (&self->words, g_array_unref);
  g_clear_pointer (&self->word_texts, g_ptr_array_unref);
  g_clear_pointer (&self->intervention, ql_intervention_unref);
  for (int i = 0; i < QL_TRACE_N_MADE; i++)
    g_free (self->made[i].values);
  g_free (self->word_weights);
  g_mutex_clear (&self->save_lock);
  g_mutex_clear (&self->lock);
  G_OBJECT_CLASS (ql_trace_parent_class)->finalize (object);
}

static void
ql_trace_class_init (QlTraceClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ql_trace_finalize;
}

static void
ql_trace_init (QlTrace *self)
{
  g_mutex_init (&self->save_lock);
  g_mutex_init (&self->lock);
  for (int i = 0; i <= QL_TRACE_N_MADE; i++)
    self->peaks[i][0] = self->peaks[i][1] = -1;
}

/* ---- words ---------------------------------------------------------------------------- */

static void
make_words (QlTrace *self)
{
  const char *text = ql_trace_get_text (self);

  self->words = ql_answer_words_of_saved (text, self->tokens);
  self->word_texts = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < self->words->len; i++)
    {
      const QlWord *word = &g_array_index (self->words, QlWord, i);

      g_ptr_array_add (self->word_texts, g_strndup (text + word->start, word->end - word->start));
    }
}

/* ---- making ----------------------------------------------------------------------------- */

static gboolean
take_metadata (QlTrace *self, const char *name, GError **error)
{
  const char *size = b2_trace_metadata (self->trace, "image.size");

  self->tokens = ql_trace_tokens_parse (b2_trace_metadata (self->trace, "tokens"), error);
  if (self->tokens == NULL)
    {
      g_prefix_error (error, "%s: ", name);
      return FALSE;
    }
  if (size != NULL)
    {
      char *end;
      gint64 width = g_ascii_strtoll (size, &end, 10);
      gint64 height = g_str_has_prefix (end, "×") ? g_ascii_strtoll (end + strlen ("×"), NULL, 10) : 0;

      if (width > 0 && height > 0 && width <= MAX_SIDE_PX && height <= MAX_SIDE_PX)
        {
          self->picture_width = (int) width;
          self->picture_height = (int) height;
        }
    }
  return TRUE;
}

static void
read_intervention (QlTrace *self)
{
  const char *json = b2_trace_metadata (self->trace, "intervention");
  QlInterventionSizes sizes;

  ql_intervention_sizes_of (self, &sizes);
  if (json != NULL)
    self->intervention = ql_intervention_from_json (json, &sizes);
}

QlTrace *
ql_trace_new (B2Trace *trace, QlPicture *picture, const char *name, GError **error)
{
  g_autoptr (QlTrace) self = g_object_new (QL_TYPE_TRACE, NULL);

  self->trace = trace;
  if (picture != NULL)
    self->picture = g_object_ref (picture);
  if (!take_metadata (self, name, error) || !ql_trace_check (self, name, error))
    return NULL;
  make_words (self);
  read_intervention (self);
  return g_steal_pointer (&self);
}

QlTrace *
ql_trace_new_for_answer (B2Model *model, const B2Answer *answer, QlPicture *picture, GError **error)
{
  g_autofree char *tokens = ql_trace_tokens_json (model, answer);

  b2_trace_set_metadata (answer->trace, "tokens", tokens);
  return ql_trace_new (b2_trace_ref (answer->trace), picture, "the answer's trace", error);
}

QlTrace *
ql_trace_new_for_tokens (B2Trace *trace, const GArray *tokens, QlPicture *picture, GError **error)
{
  g_autofree char *json = ql_trace_tokens_json_of_saved (tokens);

  b2_trace_set_metadata (trace, "tokens", json);
  return ql_trace_new (trace, picture, "the answer's trace", error);
}

/* ---- getters ------------------------------------------------------------------------------- */

static const char *
metadata (QlTrace *self, const char *key)
{
  const char *value = b2_trace_metadata (self->trace, key);

  return value != NULL ? value : "";
}

const char *
ql_trace_get_text (QlTrace *self)
{
  return metadata (self, "text");
}

QlIntervention *
ql_trace_get_intervention (QlTrace *self)
{
  return self->intervention;
}

char *
ql_trace_describe_intervention (QlTrace *self)
{
  if (self->intervention != NULL)
    return ql_intervention_describe (self->intervention);
  /* Whatever a file says there, the run was not the plain one. */
  return *metadata (self, "intervention") != '\0' ? g_strdup (_ ("changed in a way that is not known"))
                                                  : NULL;
}

const char *
ql_trace_get_prompt (QlTrace *self)
{
  return metadata (self, "prompt");
}

const char *
ql_trace_get_model_name (QlTrace *self)
{
  return metadata (self, "model.name");
}

const char *
ql_trace_get_fingerprint (QlTrace *self)
{
  return metadata (self, "model.fingerprint");
}

const char *
ql_trace_get_settings (QlTrace *self)
{
  return metadata (self, "settings");
}

const char *
ql_trace_get_intervention_json (QlTrace *self)
{
  return metadata (self, "intervention");
}

QlPicture *
ql_trace_get_picture (QlTrace *self)
{
  return self->picture;
}

void
ql_trace_get_picture_size (QlTrace *self, int *width, int *height)
{
  *width = self->picture_width;
  *height = self->picture_height;
}

B2Trace *
ql_trace_get_tensors (QlTrace *self)
{
  return self->trace;
}

const QlTraceData *
ql_trace_data (QlTrace *self)
{
  return &self->data;
}

int
ql_trace_get_n_queries (QlTrace *self)
{
  return self->data.n_queries;
}

int
ql_trace_get_n_layers (QlTrace *self)
{
  return self->data.n_layers;
}

int
ql_trace_get_n_heads (QlTrace *self)
{
  return self->data.n_heads;
}

int
ql_trace_get_layer_number (QlTrace *self, int nth)
{
  g_return_val_if_fail (nth >= 0 && nth < self->data.n_layers, -1);
  return self->layer_numbers[nth];
}

int
ql_trace_find_layer (QlTrace *self, int number)
{
  for (int i = 0; i < self->data.n_layers; i++)
    if (self->layer_numbers[i] == number)
      return i;
  return -1;
}

int
ql_trace_get_columns (QlTrace *self)
{
  return self->data.columns;
}

int
ql_trace_get_rows (QlTrace *self)
{
  return self->data.rows;
}

int
ql_trace_get_n_lm_layers (QlTrace *self)
{
  return self->data.n_lm_layers;
}

gboolean
ql_trace_has_norms (QlTrace *self)
{
  return self->has_norms;
}

int
ql_trace_get_n_outliers (QlTrace *self)
{
  return self->n_outliers;
}

const guint8 *
ql_trace_outliers (QlTrace *self)
{
  return self->n_outliers > 0 ? self->outliers : NULL;
}

gboolean
ql_trace_is_outlier (QlTrace *self, int column, int row)
{
  g_return_val_if_fail (column >= 0 && column < self->data.columns && row >= 0 && row < self->data.rows,
                        FALSE);
  return self->n_outliers > 0 && self->outliers[row * self->data.columns + column];
}

int
ql_trace_get_n_tokens (QlTrace *self)
{
  return (int) self->tokens->len;
}

const QlSavedToken *
ql_trace_get_token (QlTrace *self, int token)
{
  g_return_val_if_fail (token >= 0 && (guint) token < self->tokens->len, NULL);
  return &g_array_index (self->tokens, QlSavedToken, token);
}

int
ql_trace_get_n_words (QlTrace *self)
{
  return (int) self->words->len;
}

const QlWord *
ql_trace_get_word (QlTrace *self, int word)
{
  g_return_val_if_fail (word >= 0 && (guint) word < self->words->len, NULL);
  return &g_array_index (self->words, QlWord, word);
}

const char *
ql_trace_get_word_text (QlTrace *self, int word)
{
  g_return_val_if_fail (word >= 0 && (guint) word < self->words->len, NULL);
  return self->word_texts->pdata[word];
}
