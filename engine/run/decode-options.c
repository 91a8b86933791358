#include "engine/b2.h"

#include <math.h>

#define MAX_BEAMS 32
#define MAX_NEW_TOKENS 4096

void
b2_decode_options_init (B2DecodeOptions *self, B2Preset preset)
{
  *self = (B2DecodeOptions){
    .n_beams = 5,
    .length_penalty = 1.0f,
    .max_new_tokens = 30,
    .min_new_tokens = 0,
    .repetition_penalty = 1.0f,
    .no_repeat_ngram = 0,
    .sample = FALSE,
    .temperature = 1.0f,
    .top_k = 0,
    .top_p = 1.0f,
    .seed = 0,
  };
  switch (preset)
    {
    case B2_PRESET_CAPTION:
      break;
    case B2_PRESET_QUESTION:
      self->length_penalty = -1.0f;
      self->max_new_tokens = 10;
      break;
    case B2_PRESET_CREATIVE:
      self->n_beams = 1;
      self->sample = TRUE;
      self->temperature = 0.9f;
      self->top_k = 50;
      self->top_p = 0.9f;
      self->max_new_tokens = 40;
      break;
    }
}

static gboolean
check_int (const char *name, int value, int from, int to, GError **error)
{
  if (value >= from && value <= to)
    return TRUE;
  g_set_error (error, B2_ERROR, B2_ERROR_ARGUMENT, "%s is %d; it must be from %d to %d", name, value, from,
               to);
  return FALSE;
}

static gboolean
check_float (const char *name, float value, float from, float to, GError **error)
{
  if (isfinite (value) && value >= from && value <= to)
    return TRUE;
  g_set_error (error, B2_ERROR, B2_ERROR_ARGUMENT, "%s is %g; it must be from %g to %g", name, (double) value,
               (double) from, (double) to);
  return FALSE;
}

gboolean
b2_decode_options_check (const B2DecodeOptions *self, GError **error)
{
  if (!check_int ("The number of beams", self->n_beams, 1, MAX_BEAMS, error)
      || !check_float ("The length penalty", self->length_penalty, -10, 10, error)
      || !check_int ("The number of new tokens", self->max_new_tokens, 1, MAX_NEW_TOKENS, error)
      || !check_int ("The least number of new tokens", self->min_new_tokens, 0, self->max_new_tokens, error)
      || !check_float ("The repetition penalty", self->repetition_penalty, 0.01f, 100, error)
      || !check_int ("The n-gram length", self->no_repeat_ngram, 0, 1024, error)
      || !check_float ("The temperature", self->temperature, 0.001f, 1000, error)
      || !check_int ("Top-k", self->top_k, 0, G_MAXINT, error)
      || !check_float ("Top-p", self->top_p, 1e-6f, 1, error))
    return FALSE;
  if (self->sample && self->n_beams > 1)
    {
      g_set_error_literal (error, B2_ERROR, B2_ERROR_ARGUMENT,
                           "Sampling and beam search exclude each other; set the number of beams to 1");
      return FALSE;
    }
  return TRUE;
}
