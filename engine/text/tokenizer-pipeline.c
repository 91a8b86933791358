#include <string.h>

#include "engine/text/tokenizer-private.h"

/* Sequences inside sequences go no deeper, and all in all there are no more parts. */
#define MAX_DEPTH 4
#define MAX_PARTS 16

/* Replacements may not make a text grow out of bounds in one step. */
#define MAX_CONTENT_BYTES 64

static gboolean
fail_type (GError **error, const char *name, const char *part, const char *type)
{
  return b2_tokenizer_fail (error, B2_ERROR_UNSUPPORTED, name, "%s of type '%s' is not supported", part,
                            type == NULL ? "(none)" : type);
}

/* The array of a Sequence, or NULL with an error. */
static json_t *
sequence_parts (json_t *value, const char *key, guint depth, const char *name, GError **error)
{
  json_t *parts = json_object_get (value, key);

  if (!json_is_array (parts) || depth >= MAX_DEPTH || json_array_size (parts) > MAX_PARTS)
    {
      b2_tokenizer_fail (error, B2_ERROR_UNSUPPORTED, name,
                         "%s: expected an array of at most %d parts, nested at most %d deep", key, MAX_PARTS,
                         MAX_DEPTH);
      return NULL;
    }
  return parts;
}

static gboolean
load_charsmap (B2NormalizeStep *step, json_t *value, const char *name, GError **error)
{
  const char *base64 = b2_tokenizer_json_string (value, "precompiled_charsmap");
  g_autofree guchar *data = NULL;
  gsize len;

  if (base64 == NULL)
    return b2_tokenizer_fail (error, B2_ERROR_FORMAT, name,
                              "precompiled_charsmap: expected a string in base64");
  data = g_base64_decode (base64, &len);
  step->charsmap = b2_charsmap_new (data, len, name, error);
  return step->charsmap != NULL;
}

static gboolean
load_bert (B2NormalizeStep *step, json_t *value, const char *name, GError **error)
{
  step->clean_text = step->handle_cjk = step->lowercase = TRUE;
  if (!b2_tokenizer_json_bool (value, "clean_text", &step->clean_text, name, error)
      || !b2_tokenizer_json_bool (value, "handle_chinese_chars", &step->handle_cjk, name, error)
      || !b2_tokenizer_json_bool (value, "lowercase", &step->lowercase, name, error))
    return FALSE;
  /* Absent or null, it follows lowercase. */
  step->strip_accents = step->lowercase;
  return b2_tokenizer_json_bool (value, "strip_accents", &step->strip_accents, name, error);
}

static gboolean
load_replace (B2NormalizeStep *step, json_t *value, const char *name, GError **error)
{
  json_t *pattern = json_object_get (value, "pattern");
  const char *string = b2_tokenizer_json_string (pattern, "String");
  const char *regex = b2_tokenizer_json_string (pattern, "Regex");
  const char *content = b2_tokenizer_json_string (value, "content");

  if (content == NULL || strlen (content) > MAX_CONTENT_BYTES)
    return b2_tokenizer_fail (error, B2_ERROR_UNSUPPORTED, name,
                              "normalizer Replace: content: expected a string of at most %d bytes",
                              MAX_CONTENT_BYTES);
  step->content = g_strdup (content);
  if (string != NULL && *string != '\0')
    {
      step->pattern = g_strdup (string);
      return TRUE;
    }
  if (regex == NULL || strcmp (regex, " {2,}") != 0)
    return b2_tokenizer_fail (
        error, B2_ERROR_UNSUPPORTED, name,
        "normalizer Replace: pattern: expected a string or the regex ' {2,}', found '%s'",
        regex == NULL ? "(none)" : regex);
  step->kind = B2_NORMALIZE_SPACE_RUNS;
  return TRUE;
}

static gboolean
load_normalizer_step (B2NormalizeStep *step, json_t *value, const char *type, const char *name,
                      GError **error)
{
  if (strcmp (type, "Precompiled") == 0)
    {
      step->kind = B2_NORMALIZE_CHARSMAP;
      return load_charsmap (step, value, name, error);
    }
  if (strcmp (type, "BertNormalizer") == 0)
    {
      step->kind = B2_NORMALIZE_BERT;
      return load_bert (step, value, name, error);
    }
  if (strcmp (type, "Strip") == 0)
    {
      step->kind = B2_NORMALIZE_STRIP;
      step->left = step->right = TRUE;
      return b2_tokenizer_json_bool (value, "strip_left", &step->left, name, error)
             && b2_tokenizer_json_bool (value, "strip_right", &step->right, name, error);
    }
  if (strcmp (type, "Replace") == 0)
    {
      step->kind = B2_NORMALIZE_REPLACE;
      return load_replace (step, value, name, error);
    }
  if (strcmp (type, "Lowercase") == 0)
    {
      step->kind = B2_NORMALIZE_LOWERCASE;
      return TRUE;
    }
  if (strcmp (type, "Prepend") == 0)
    {
      const char *content = b2_tokenizer_json_string (value, "prepend");

      if (content == NULL || strlen (content) > MAX_CONTENT_BYTES)
        return b2_tokenizer_fail (error, B2_ERROR_UNSUPPORTED, name,
                                  "normalizer Prepend: expected a string of at most %d bytes",
                                  MAX_CONTENT_BYTES);
      step->kind = B2_NORMALIZE_PREPEND;
      step->content = g_strdup (content);
      return TRUE;
    }
  return fail_type (error, name, "normalizer", type);
}

static gboolean
load_normalizer (B2Tokenizer *self, json_t *value, guint depth, const char *name, GError **error)
{
  const char *type = b2_tokenizer_json_string (value, "type");
  B2NormalizeStep step = { 0 };
  json_t *parts;
  json_t *part;
  size_t i;

  if (type == NULL || self->normalize_steps->len >= MAX_PARTS)
    return fail_type (error, name, "normalizer", type);
  if (strcmp (type, "Sequence") == 0)
    {
      parts = sequence_parts (value, "normalizers", depth, name, error);
      if (parts == NULL)
        return FALSE;
      json_array_foreach (parts, i,
                          part) if (!load_normalizer (self, part, depth + 1, name, error)) return FALSE;
      return TRUE;
    }
  if (!load_normalizer_step (&step, value, type, name, error))
    {
      b2_normalize_step_clear (&step);
      return FALSE;
    }
  g_array_append_val (self->normalize_steps, step);
  return TRUE;
}

gboolean
b2_tokenizer_load_normalizer (B2Tokenizer *self, json_t *value, const char *name, GError **error)
{
  if (value == NULL || json_is_null (value))
    return TRUE;
  return load_normalizer (self, value, 0, name, error);
}

/* Also reads the older form, with add_prefix_space in place of prepend_scheme. */
static gboolean
load_metaspace (B2SplitStep *step, json_t *value, const char *name, GError **error)
{
  static const char *const schemes[] = { "always", "first", "never" };
  const char *replacement = b2_tokenizer_json_string (value, "replacement");
  json_t *scheme = json_object_get (value, "prepend_scheme");
  gboolean add_prefix_space = TRUE;

  if (replacement == NULL || g_utf8_strlen (replacement, -1) != 1 || *replacement == ' ')
    return b2_tokenizer_fail (error, B2_ERROR_FORMAT, name, "Metaspace: replacement: expected one character");
  *step = (B2SplitStep){ .kind = B2_SPLIT_METASPACE,
                         .replacement = g_utf8_get_char (replacement),
                         .split = TRUE };
  if (!b2_tokenizer_json_bool (value, "add_prefix_space", &add_prefix_space, name, error)
      || !b2_tokenizer_json_bool (value, "split", &step->split, name, error))
    return FALSE;
  if (scheme != NULL && !json_is_null (scheme))
    {
      gsize i = 0;

      while (i < G_N_ELEMENTS (schemes) && g_strcmp0 (json_string_value (scheme), schemes[i]) != 0)
        i++;
      if (i == G_N_ELEMENTS (schemes))
        return b2_tokenizer_fail (error, B2_ERROR_FORMAT, name,
                                  "Metaspace: prepend_scheme: expected always, first or never, found '%s'",
                                  json_is_string (scheme) ? json_string_value (scheme) : "(no string)");
      step->prepend = (B2PrependScheme) i;
    }
  if (!add_prefix_space)
    {
      if (json_is_string (scheme) && step->prepend != B2_PREPEND_NEVER)
        return b2_tokenizer_fail (error, B2_ERROR_FORMAT, name,
                                  "Metaspace: add_prefix_space is false but prepend_scheme is '%s'",
                                  json_string_value (scheme));
      step->prepend = B2_PREPEND_NEVER;
    }
  return TRUE;
}

static gboolean
load_pre_tokenizer (B2Tokenizer *self, json_t *value, guint depth, const char *name, GError **error)
{
  const char *type = b2_tokenizer_json_string (value, "type");
  B2SplitStep step = { 0 };
  json_t *parts;
  json_t *part;
  size_t i;

  if (type == NULL || self->split_steps->len >= B2_SPLIT_MAX_STEPS)
    return fail_type (error, name, "pre_tokenizer", type);
  if (strcmp (type, "Sequence") == 0)
    {
      parts = sequence_parts (value, "pretokenizers", depth, name, error);
      if (parts == NULL)
        return FALSE;
      json_array_foreach (parts, i,
                          part) if (!load_pre_tokenizer (self, part, depth + 1, name, error)) return FALSE;
      return TRUE;
    }
  if (strcmp (type, "ByteLevel") == 0)
    {
      step = (B2SplitStep){ .kind = B2_SPLIT_BYTE_LEVEL, .add_prefix_space = TRUE, .use_regex = TRUE };
      if (!b2_tokenizer_json_bool (value, "add_prefix_space", &step.add_prefix_space, name, error)
          || !b2_tokenizer_json_bool (value, "use_regex", &step.use_regex, name, error))
        return FALSE;
    }
  else if (strcmp (type, "BertPreTokenizer") == 0)
    step.kind = B2_SPLIT_BERT;
  else if (strcmp (type, "WhitespaceSplit") == 0)
    step.kind = B2_SPLIT_WHITESPACE;
  else if (strcmp (type, "Metaspace") == 0)
    {
      if (!load_metaspace (&step, value, name, error))
        return FALSE;
    }
  else
    return fail_type (error, name, "pre_tokenizer", type);
  g_array_append_val (self->split_steps, step);
  return TRUE;
}

gboolean
b2_tokenizer_load_pre_tokenizer (B2Tokenizer *self, json_t *value, const char *name, GError **error)
{
  if (value == NULL || json_is_null (value))
    return TRUE;
  return load_pre_tokenizer (self, value, 0, name, error);
}

/* Appends the ids that a template's special token stands for. */
static gboolean
append_template_ids (GArray *ids, json_t *special_tokens, const char *key, const char *name, GError **error)
{
  json_t *listed = key == NULL ? NULL : json_object_get (json_object_get (special_tokens, key), "ids");
  json_t *value;
  size_t i;

  if (!json_is_array (listed) || json_array_size (listed) + ids->len > MAX_PARTS)
    return b2_tokenizer_fail (error, B2_ERROR_FORMAT, name,
                              "post_processor: special token '%s': expected an array of at most %d ids",
                              key == NULL ? "(none)" : key, MAX_PARTS);
  json_array_foreach (listed, i, value)
  {
    gint32 id = b2_tokenizer_json_id (value);

    if (id < 0)
      return b2_tokenizer_fail (error, B2_ERROR_FORMAT, name,
                                "post_processor: special token '%s': expected ids", key);
    g_array_append_val (ids, id);
  }
  return TRUE;
}

static gboolean
load_template (B2Tokenizer *self, json_t *value, const char *name, GError **error)
{
  json_t *single = json_object_get (value, "single");
  json_t *special_tokens = json_object_get (value, "special_tokens");
  gboolean seen = FALSE;
  json_t *part;
  size_t i;

  if (!json_is_array (single) || self->prefix->len + self->suffix->len > 0)
    return b2_tokenizer_fail (error, B2_ERROR_UNSUPPORTED, name,
                              "post_processor: expected one template, its 'single' an array");
  json_array_foreach (single, i, part)
  {
    json_t *special = json_object_get (part, "SpecialToken");
    const char *sequence = b2_tokenizer_json_string (json_object_get (part, "Sequence"), "id");

    if (special != NULL)
      {
        if (!append_template_ids (seen ? self->suffix : self->prefix, special_tokens,
                                  b2_tokenizer_json_string (special, "id"), name, error))
          return FALSE;
      }
    else if (g_strcmp0 (sequence, "A") == 0 && !seen)
      seen = TRUE;
    else
      return b2_tokenizer_fail (error, B2_ERROR_UNSUPPORTED, name,
                                "post_processor: single: expected special tokens and sequence A once");
  }
  return seen
         || b2_tokenizer_fail (error, B2_ERROR_UNSUPPORTED, name,
                               "post_processor: single: sequence A is missing");
}

static gboolean
load_cls_and_sep (B2Tokenizer *self, json_t *value, const char *name, GError **error)
{
  gint32 cls = b2_tokenizer_json_id (json_array_get (json_object_get (value, "cls"), 1));
  gint32 sep = b2_tokenizer_json_id (json_array_get (json_object_get (value, "sep"), 1));

  if (cls < 0 || sep < 0 || self->prefix->len + self->suffix->len > 0)
    return b2_tokenizer_fail (error, B2_ERROR_FORMAT, name,
                              "post_processor: cls and sep: expected [token, id]");
  g_array_append_val (self->prefix, cls);
  g_array_append_val (self->suffix, sep);
  return TRUE;
}

static gboolean
load_post_processor (B2Tokenizer *self, json_t *value, guint depth, const char *name, GError **error)
{
  const char *type = b2_tokenizer_json_string (value, "type");
  json_t *parts;
  json_t *part;
  size_t i;

  if (type == NULL)
    return fail_type (error, name, "post_processor", type);
  if (strcmp (type, "TemplateProcessing") == 0)
    return load_template (self, value, name, error);
  if (strcmp (type, "BertProcessing") == 0 || strcmp (type, "RobertaProcessing") == 0)
    return load_cls_and_sep (self, value, name, error);
  /* Only moves offsets. */
  if (strcmp (type, "ByteLevel") == 0)
    return TRUE;
  if (strcmp (type, "Sequence") != 0)
    return fail_type (error, name, "post_processor", type);
  parts = sequence_parts (value, "processors", depth, name, error);
  if (parts == NULL)
    return FALSE;
  json_array_foreach (parts, i,
                      part) if (!load_post_processor (self, part, depth + 1, name, error)) return FALSE;
  return TRUE;
}

gboolean
b2_tokenizer_load_post_processor (B2Tokenizer *self, json_t *value, const char *name, GError **error)
{
  if (value == NULL || json_is_null (value))
    return TRUE;
  return load_post_processor (self, value, 0, name, error);
}

gboolean
b2_tokenizer_load_decoder (B2Tokenizer *self, json_t *value, const char *name, GError **error)
{
  const char *type = b2_tokenizer_json_string (value, "type");
  B2SplitStep metaspace;

  if (value == NULL || json_is_null (value))
    {
      self->decoder.kind = B2_DECODER_JOIN;
      return TRUE;
    }
  if (g_strcmp0 (type, "Sequence") == 0 && json_array_size (json_object_get (value, "decoders")) == 1)
    {
      value = json_array_get (json_object_get (value, "decoders"), 0);
      type = b2_tokenizer_json_string (value, "type");
    }
  if (g_strcmp0 (type, "ByteLevel") == 0)
    self->decoder.kind = B2_DECODER_BYTE_LEVEL;
  else if (g_strcmp0 (type, "Metaspace") == 0)
    {
      if (!load_metaspace (&metaspace, value, name, error))
        return FALSE;
      self->decoder.kind = B2_DECODER_METASPACE;
      self->decoder.replacement = metaspace.replacement;
      self->decoder.drops_leading = metaspace.prepend != B2_PREPEND_NEVER;
    }
  else if (g_strcmp0 (type, "WordPiece") == 0)
    {
      const char *prefix = b2_tokenizer_json_string (value, "prefix");

      self->decoder.kind = B2_DECODER_WORDPIECE;
      self->decoder.prefix = g_strdup (prefix == NULL ? "##" : prefix);
      self->decoder.cleanup = TRUE;
      return b2_tokenizer_json_bool (value, "cleanup", &self->decoder.cleanup, name, error);
    }
  else
    return fail_type (error, name, "decoder", type);
  return TRUE;
}
