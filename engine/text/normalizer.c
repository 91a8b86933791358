#include "engine/text/normalizer.h"

#include <stdlib.h>
#include <string.h>

#include "engine/core/error.h"
#include "engine/text/char-classes.h"

void
b2_normalize_step_clear (gpointer data)
{
  B2NormalizeStep *step = data;

  b2_charsmap_free (step->charsmap);
  g_free (step->pattern);
  g_free (step->content);
}

static void
append_lower (GString *out, gunichar c)
{
  gunichar lower[2];
  int n = b2_char_lower (c, lower);

  for (int i = 0; i < n; i++)
    g_string_append_unichar (out, lower[i]);
}

/* A character that waits for its place in canonical order. */
typedef struct
{
  gunichar c;
  gint combining_class;
  guint order;
} Waiting;

static int
compare_waiting (const void *a, const void *b)
{
  const Waiting *x = a;
  const Waiting *y = b;

  if (x->combining_class != y->combining_class)
    return x->combining_class < y->combining_class ? -1 : 1;
  return x->order < y->order ? -1 : 1;
}

static void
flush_waiting (GArray *waiting, GString *out, gboolean lowercase)
{
  if (waiting->len > 1)
    qsort (waiting->data, waiting->len, sizeof (Waiting), compare_waiting);
  for (guint i = 0; i < waiting->len; i++)
    {
      gunichar c = g_array_index (waiting, Waiting, i).c;

      if (lowercase)
        append_lower (out, c);
      else
        g_string_append_unichar (out, c);
    }
  g_array_set_size (waiting, 0);
}

/* NFD without its non-spacing marks. Not g_utf8_normalize(), whose ordering takes
 * quadratic time on a long run of marks. */
static void
append_stripped (const B2NormalizeStep *step, gunichar c, GArray *waiting, GString *out)
{
  gunichar parts[G_UNICHAR_MAX_DECOMPOSITION_LENGTH] = { c };
  gsize n = 1;

  if (c >= 0xc0 && !b2_char_has_late_decomposition (c))
    n = g_unichar_fully_decompose (c, FALSE, parts, G_N_ELEMENTS (parts));
  for (gsize i = 0; i < n; i++)
    {
      Waiting next = { parts[i], b2_char_combining_class (parts[i]), waiting->len };

      if (next.combining_class == 0)
        flush_waiting (waiting, out, step->lowercase);
      if (parts[i] >= 0x300 && b2_char_is_bert_mark (parts[i]))
        continue;
      if (next.combining_class != 0)
        g_array_append_val (waiting, next);
      else if (step->lowercase)
        append_lower (out, parts[i]);
      else
        g_string_append_unichar (out, parts[i]);
    }
}

static void
run_bert (const B2NormalizeStep *step, const char *text, gsize len, GString *out)
{
  g_autoptr (GArray) waiting = g_array_new (FALSE, FALSE, sizeof (Waiting));

  for (const char *p = text; p < text + len && out->len <= B2_NORMALIZED_MAX_BYTES; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);
      gboolean is_cjk;

      if (step->clean_text && b2_char_is_bert_control (c))
        continue;
      if (step->clean_text && b2_char_is_space (c))
        c = ' ';
      is_cjk = step->handle_cjk && b2_char_is_cjk (c);
      if (step->strip_accents)
        {
          if (is_cjk)
            append_stripped (step, ' ', waiting, out);
          append_stripped (step, c, waiting, out);
          if (is_cjk)
            append_stripped (step, ' ', waiting, out);
          continue;
        }
      if (is_cjk)
        g_string_append_c (out, ' ');
      if (step->lowercase)
        append_lower (out, c);
      else
        g_string_append_unichar (out, c);
      if (is_cjk)
        g_string_append_c (out, ' ');
    }
  flush_waiting (waiting, out, step->lowercase);
}

static void
run_strip (const B2NormalizeStep *step, const char *text, gsize len, GString *out)
{
  const char *start = text;
  const char *end = text + len;

  while (step->left && start < end && b2_char_is_space (g_utf8_get_char (start)))
    start = g_utf8_next_char (start);
  while (step->right && start < end)
    {
      const char *last = g_utf8_prev_char (end);

      if (!b2_char_is_space (g_utf8_get_char (last)))
        break;
      end = last;
    }
  g_string_append_len (out, start, end - start);
}

static void
run_replace (const B2NormalizeStep *step, const char *text, gsize len, GString *out)
{
  gsize n_pattern = strlen (step->pattern);
  const char *end = text + len;

  while (text < end && out->len <= B2_NORMALIZED_MAX_BYTES)
    {
      const char *hit = memmem (text, (gsize) (end - text), step->pattern, n_pattern);

      g_string_append_len (out, text, (hit == NULL ? end : hit) - text);
      if (hit == NULL)
        break;
      g_string_append (out, step->content);
      text = hit + n_pattern;
    }
}

static void
run_space_runs (const B2NormalizeStep *step, const char *text, gsize len, GString *out)
{
  for (gsize i = 0; i < len && out->len <= B2_NORMALIZED_MAX_BYTES;)
    {
      gsize end = i;

      while (end < len && text[end] == ' ')
        end++;
      if (end - i >= 2)
        g_string_append (out, step->content);
      else
        g_string_append_c (out, text[i]);
      i = MAX (end, i + 1);
    }
}

static void
run_step (const B2NormalizeStep *step, const char *text, gsize len, GString *out)
{
  switch (step->kind)
    {
    case B2_NORMALIZE_CHARSMAP:
      b2_charsmap_apply (step->charsmap, text, len, out, B2_NORMALIZED_MAX_BYTES);
      break;
    case B2_NORMALIZE_BERT:
      run_bert (step, text, len, out);
      break;
    case B2_NORMALIZE_STRIP:
      run_strip (step, text, len, out);
      break;
    case B2_NORMALIZE_REPLACE:
      run_replace (step, text, len, out);
      break;
    case B2_NORMALIZE_SPACE_RUNS:
      run_space_runs (step, text, len, out);
      break;
    case B2_NORMALIZE_LOWERCASE:
      for (const char *p = text; p < text + len; p = g_utf8_next_char (p))
        append_lower (out, g_utf8_get_char (p));
      break;
    case B2_NORMALIZE_PREPEND:
      if (len > 0)
        g_string_append (out, step->content);
      g_string_append_len (out, text, (gssize) len);
      break;
    default:
      g_assert_not_reached ();
    }
}

gboolean
b2_normalize (const GArray *steps, const char *text, gsize len, GString *out, GError **error)
{
  g_autoptr (GString) before = g_string_new_len (text, (gssize) len);

  g_string_truncate (out, 0);
  g_string_append_len (out, text, (gssize) len);
  for (guint i = 0; i < steps->len; i++)
    {
      g_string_truncate (before, 0);
      g_string_append_len (before, out->str, (gssize) out->len);
      g_string_truncate (out, 0);
      run_step (&g_array_index (steps, B2NormalizeStep, i), before->str, before->len, out);
      if (out->len > B2_NORMALIZED_MAX_BYTES)
        {
          g_set_error (error, B2_ERROR, B2_ERROR_LIMIT,
                       "The text grew beyond %" G_GSIZE_FORMAT " bytes while it was normalised",
                       B2_NORMALIZED_MAX_BYTES);
          return FALSE;
        }
    }
  return TRUE;
}
