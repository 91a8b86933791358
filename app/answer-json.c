#include "app/answer-json.h"

#include <math.h>
#include <stdlib.h>

/* Digits that bring any float back. */
#define REAL_DIGITS 9

json_t *
ql_json_string (const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);

  return json_string (valid);
}

json_t *
ql_json_real (double value)
{
  return isfinite (value) ? json_real (value) : json_null ();
}

json_t *
ql_json_ms (double ms)
{
  return ql_json_real (round (ms * 1e3) / 1e3);
}

char *
ql_json_line (json_t *object)
{
  char *line = json_dumps (object, JSON_COMPACT | JSON_REAL_PRECISION (REAL_DIGITS));
  char *copy = g_strdup (line);

  g_assert (line != NULL);
  free (line);
  return copy;
}

static json_t *
timings_json (const B2Timings *timings, double open_ms)
{
  json_t *object = json_object ();

  json_object_set_new (object, "open", ql_json_ms (open_ms));
  json_object_set_new (object, "preprocess", ql_json_ms (timings->preprocess));
  json_object_set_new (object, "vision", ql_json_ms (timings->vision));
  json_object_set_new (object, "qformer", ql_json_ms (timings->qformer));
  json_object_set_new (object, "prefill", ql_json_ms (timings->prefill));
  json_object_set_new (object, "decode", ql_json_ms (timings->decode));
  json_object_set_new (object, "total", ql_json_ms (timings->total));
  return object;
}

json_t *
ql_answer_json (const char *image, const char *question, const B2Answer *answer, double open_ms)
{
  json_t *object = json_object ();
  json_t *ids = json_array ();

  for (int i = 0; i < answer->n_tokens; i++)
    json_array_append_new (ids, json_integer (answer->tokens[i].id));
  json_object_set_new (object, "image", ql_json_string (image));
  if (question != NULL)
    json_object_set_new (object, "question", ql_json_string (question));
  /* With its length: a model may say NUL. */
  json_object_set_new (object, "text", json_stringn (answer->text, answer->text_bytes));
  json_object_set_new (object, "token_ids", ids);
  json_object_set_new (object, "score", ql_json_real (answer->score));
  json_object_set_new (object, "timings_ms", timings_json (&answer->timings, open_ms));
  return object;
}
