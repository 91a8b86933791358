#include "engine/text/pre-tokenizer.h"

#include <string.h>

#include "engine/text/char-classes.h"

typedef struct
{
  const GArray *steps;
  GString *scratch[B2_SPLIT_MAX_STEPS]; /* rewritten text, per step */
  B2WordFunc word_func;
  gpointer data;
  GError **error;
} Splitter;

static gboolean run_step (Splitter *self, guint step, const char *text, gsize len, gboolean at_start);

/* Empty pieces vanish between the steps. */
static gboolean
emit (Splitter *self, guint step, const char *text, gsize len, gboolean at_start)
{
  return len == 0 || run_step (self, step + 1, text, len, at_start);
}

/* Printable Latin-1 stands for itself, the other 68 bytes for U+0100 and up. */
static gboolean
is_own_char (guint byte)
{
  return (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
}

gunichar
b2_byte_to_char (guint8 byte)
{
  if (is_own_char (byte))
    return byte;
  if (byte <= 0x20)
    return 0x100u + byte;
  if (byte <= 0xa0)
    return 0x100u + 33 + (byte - 0x7fu);
  return 0x143;
}

int
b2_char_to_byte (gunichar c)
{
  if (c < 0x100)
    return is_own_char (c) ? (int) c : -1;
  if (c <= 0x120)
    return (int) (c - 0x100);
  if (c <= 0x142)
    return (int) (c - 0x121 + 0x7f);
  return c == 0x143 ? 0xad : -1;
}

typedef enum
{
  CLASS_SPACE,
  CLASS_LETTER,
  CLASS_NUMBER,
  CLASS_OTHER,
} Class;

static Class
class_at (const char *p, const char **next)
{
  guint8 b = (guint8) *p;
  gunichar c;

  if (b < 0x80)
    {
      *next = p + 1;
      if (g_ascii_isalpha (b))
        return CLASS_LETTER;
      if (g_ascii_isdigit (b))
        return CLASS_NUMBER;
      return b == ' ' || (b >= '\t' && b <= '\r') ? CLASS_SPACE : CLASS_OTHER;
    }
  c = g_utf8_get_char (p);
  *next = g_utf8_next_char (p);
  if (b2_char_is_letter (c))
    return CLASS_LETTER;
  if (b2_char_is_space (c))
    return CLASS_SPACE;
  return b2_char_is_number (c) ? CLASS_NUMBER : CLASS_OTHER;
}

static gsize
contraction_length (const char *p, gsize len)
{
  static const char *const long_ones[] = { "'re", "'ve", "'ll" };

  if (len < 2 || *p != '\'')
    return 0;
  if (strchr ("stmd", p[1]) != NULL)
    return 2;
  for (gsize i = 0; len >= 3 && i < G_N_ELEMENTS (long_ones); i++)
    if (memcmp (p, long_ones[i], 3) == 0)
      return 3;
  return 0;
}

/* The next match of GPT-2's pattern,
 *   's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+ */
static const char *
gpt2_word_end (const char *p, const char *end)
{
  gsize contraction = contraction_length (p, (gsize) (end - p));
  const char *next;
  const char *last;
  Class class;

  if (contraction > 0)
    return p + contraction;
  class = class_at (p, &next);
  if (*p == ' ' && next < end)
    {
      const char *after;
      Class following = class_at (next, &after);

      if (following != CLASS_SPACE)
        {
          class = following;
          next = after;
        }
    }
  last = p;
  while (next < end)
    {
      const char *after;

      if (class_at (next, &after) != class)
        {
          /* The last space of a run belongs to the word behind it. */
          if (class == CLASS_SPACE && last > p)
            return last;
          return next;
        }
      last = next;
      next = after;
    }
  return end;
}

static gboolean
emit_bytes (Splitter *self, guint step, const char *word, gsize len)
{
  GString *chars = self->scratch[step];

  g_string_truncate (chars, 0);
  for (gsize i = 0; i < len; i++)
    {
      gunichar c = b2_byte_to_char ((guint8) word[i]);

      if (c < 0x80)
        g_string_append_c (chars, (char) c);
      else
        {
          g_string_append_c (chars, (char) (0xc0 | (c >> 6)));
          g_string_append_c (chars, (char) (0x80 | (c & 0x3f)));
        }
    }
  return emit (self, step, chars->str, chars->len, FALSE);
}

static gboolean
split_byte_level (Splitter *self, guint step, const B2SplitStep *params, const char *text, gsize len)
{
  g_autofree char *prefixed = NULL;
  const char *end;

  if (params->add_prefix_space && *text != ' ')
    {
      prefixed = g_malloc (len + 1);
      prefixed[0] = ' ';
      memcpy (prefixed + 1, text, len);
      text = prefixed;
      len++;
    }
  if (!params->use_regex)
    return emit_bytes (self, step, text, len);
  end = text + len;
  while (text < end)
    {
      const char *word_end = gpt2_word_end (text, end);

      if (!emit_bytes (self, step, text, (gsize) (word_end - text)))
        return FALSE;
      text = word_end;
    }
  return TRUE;
}

static gboolean
split_words (Splitter *self, guint step, const char *text, gsize len, gboolean at_start, gboolean punctuation)
{
  const char *end = text + len;
  const char *start = text;
  const char *next;

  for (const char *p = text; p < end; p = next)
    {
      gunichar c = g_utf8_get_char (p);
      gboolean space = b2_char_is_space (c);

      next = g_utf8_next_char (p);
      if (!space && !(punctuation && b2_char_is_bert_punctuation (c)))
        continue;
      if (!emit (self, step, start, (gsize) (p - start), at_start && start == text))
        return FALSE;
      if (!space && !emit (self, step, p, (gsize) (next - p), at_start && p == text))
        return FALSE;
      start = next;
    }
  return emit (self, step, start, (gsize) (end - start), at_start && start == text);
}

static gboolean
split_metaspace (Splitter *self, guint step, const B2SplitStep *params, const char *text, gsize len,
                 gboolean at_start)
{
  GString *marked = self->scratch[step];
  char mark[6];
  gsize n_mark = (gsize) g_unichar_to_utf8 (params->replacement, mark);
  gsize start = 0;

  g_string_truncate (marked, 0);
  if (*text != ' ' && !(len >= n_mark && memcmp (text, mark, n_mark) == 0)
      && (params->prepend == B2_PREPEND_ALWAYS || (params->prepend == B2_PREPEND_FIRST && at_start)))
    g_string_append_len (marked, mark, (gssize) n_mark);
  for (gsize i = 0; i < len; i++)
    if (text[i] == ' ')
      g_string_append_len (marked, mark, (gssize) n_mark);
    else
      g_string_append_c (marked, text[i]);
  if (!params->split)
    return emit (self, step, marked->str, marked->len, at_start);
  for (gsize i = 1; i + n_mark <= marked->len; i++)
    if (memcmp (marked->str + i, mark, n_mark) == 0)
      {
        if (!emit (self, step, marked->str + start, i - start, at_start && start == 0))
          return FALSE;
        start = i;
      }
  return emit (self, step, marked->str + start, marked->len - start, at_start && start == 0);
}

/* Recursion goes no deeper than there are steps. */
static gboolean
run_step (Splitter *self, guint step, const char *text, gsize len, gboolean at_start)
{
  const B2SplitStep *params;

  if (step == self->steps->len)
    return self->word_func (text, len, self->data, self->error);
  params = &g_array_index (self->steps, B2SplitStep, step);
  switch (params->kind)
    {
    case B2_SPLIT_BYTE_LEVEL:
      return split_byte_level (self, step, params, text, len);
    case B2_SPLIT_BERT:
      return split_words (self, step, text, len, at_start, TRUE);
    case B2_SPLIT_WHITESPACE:
      return split_words (self, step, text, len, at_start, FALSE);
    case B2_SPLIT_METASPACE:
      return split_metaspace (self, step, params, text, len, at_start);
    default:
      g_assert_not_reached ();
    }
}

gboolean
b2_split (const GArray *steps, const char *text, gsize len, gboolean at_start, B2WordFunc word_func,
          gpointer data, GError **error)
{
  Splitter self = { .steps = steps, .word_func = word_func, .data = data, .error = error };
  gboolean ok;

  g_assert (steps->len <= B2_SPLIT_MAX_STEPS);
  if (len == 0)
    return TRUE;
  for (guint i = 0; i < steps->len; i++)
    self.scratch[i] = g_string_sized_new (64);
  ok = run_step (&self, 0, text, len, at_start);
  for (guint i = 0; i < steps->len; i++)
    g_string_free (self.scratch[i], TRUE);
  return ok;
}
