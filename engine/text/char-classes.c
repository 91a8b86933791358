#include "engine/text/char-classes.h"

/* Marks, punctuation and format characters of Unicode 9 and later. The crate that
 * BertNormalizer and BertPreTokenizer ask stopped at Unicode 8. */
static const B2CharRange young_marks[] = {
  { 0x5c8, 0x5c9 },     { 0x7fd, 0x7fd },     { 0x897, 0x89f },     { 0x8ca, 0x8e1 },
  { 0x9fe, 0x9fe },     { 0xafa, 0xaff },     { 0xb53, 0xb55 },     { 0xc04, 0xc04 },
  { 0xc3c, 0xc3c },     { 0xd00, 0xd00 },     { 0xd3b, 0xd3c },     { 0xd81, 0xd81 },
  { 0xeba, 0xeba },     { 0xece, 0xece },     { 0x180f, 0x180f },   { 0x1885, 0x1886 },
  { 0x1abf, 0x1af0 },   { 0x1df6, 0x1dfb },   { 0xa82c, 0xa82c },   { 0xa8c5, 0xa8c5 },
  { 0xa8ff, 0xa8ff },   { 0xa9bd, 0xa9bd },   { 0x10d24, 0x10d27 }, { 0x10d69, 0x10d6d },
  { 0x10eab, 0x10eff }, { 0x10f46, 0x10f50 }, { 0x10f82, 0x10f85 }, { 0x11070, 0x11074 },
  { 0x110c2, 0x110c2 }, { 0x111c9, 0x111c9 }, { 0x111cf, 0x111cf }, { 0x1123e, 0x11241 },
  { 0x1133b, 0x1133b }, { 0x113bb, 0x113e2 }, { 0x11438, 0x1145e }, { 0x1182f, 0x1183a },
  { 0x1193b, 0x11943 }, { 0x119d4, 0x11a0a }, { 0x11a33, 0x11a5b }, { 0x11a8a, 0x11a99 },
  { 0x11b60, 0x11b66 }, { 0x11c30, 0x11c3f }, { 0x11c92, 0x11cb6 }, { 0x11d31, 0x11d47 },
  { 0x11d90, 0x11d97 }, { 0x11df0, 0x11df0 }, { 0x11ef3, 0x11f01 }, { 0x11f36, 0x11f5a },
  { 0x13440, 0x13455 }, { 0x1611e, 0x1612f }, { 0x16f4f, 0x16f4f }, { 0x16fe4, 0x16fe4 },
  { 0x1cf00, 0x1cf46 }, { 0x1d127, 0x1d128 }, { 0x1d25b, 0x1d25c }, { 0x1e000, 0x1e02a },
  { 0x1e08f, 0x1e08f }, { 0x1e130, 0x1e136 }, { 0x1e2ae, 0x1e2ae }, { 0x1e2ec, 0x1e2ef },
  { 0x1e4ec, 0x1e4ef }, { 0x1e5ee, 0x1e5ef }, { 0x1e6e3, 0x1e6f5 }, { 0x1e944, 0x1e94a },
};

static const B2CharRange young_punctuation[] = {
  { 0x61d, 0x61d },     { 0x9fd, 0x9fd },     { 0xa76, 0xa76 },     { 0xc77, 0xc84 },
  { 0x1b4e, 0x1b4f },   { 0x1b7d, 0x1b7f },   { 0x2e43, 0x2e63 },   { 0x10d6e, 0x10d6e },
  { 0x10ead, 0x10ed0 }, { 0x10f55, 0x10f59 }, { 0x10f86, 0x10f89 }, { 0x113d4, 0x113d8 },
  { 0x1144b, 0x1145d }, { 0x11660, 0x1166c }, { 0x116b9, 0x116b9 }, { 0x1183b, 0x1183b },
  { 0x11944, 0x11946 }, { 0x119e2, 0x119e2 }, { 0x11a3f, 0x11a46 }, { 0x11a9a, 0x11aa2 },
  { 0x11b00, 0x11b09 }, { 0x11be1, 0x11be1 }, { 0x11c41, 0x11c45 }, { 0x11c70, 0x11c71 },
  { 0x11ef7, 0x11ef8 }, { 0x11f43, 0x11f4f }, { 0x11fff, 0x11fff }, { 0x12ff1, 0x12ff2 },
  { 0x16d6d, 0x16d6f }, { 0x16e97, 0x16e9a }, { 0x16fe2, 0x16fe2 }, { 0x1e5ff, 0x1e5ff },
  { 0x1e95e, 0x1e95f },
};

static const B2CharRange young_format[] = {
  { 0x890, 0x891 },
  { 0x8e2, 0x8e2 },
  { 0x110cd, 0x110cd },
  { 0x13430, 0x1343f },
};

/* Marks of Unicode 9 with a combining class: the normalising crate stopped there. */
static const B2CharRange marks_of_unicode_9[] = {
  { 0x8d4, 0x8e1 },
  { 0x1dfb, 0x1dfb },
  { 0x1e000, 0x1e02a },
  { 0x1e944, 0x1e94a },
};

/* Canonical decompositions that are newer than that. */
static const B2CharRange late_decompositions[] = {
  { 0x105c9, 0x105c9 }, { 0x105e4, 0x105e4 }, { 0x11383, 0x11385 }, { 0x1138e, 0x11391 },
  { 0x113c5, 0x113c8 }, { 0x11938, 0x11938 }, { 0x16121, 0x16128 }, { 0x16d68, 0x16d6a },
};

/* Letters and numbers of Unicode 15.1 and 16, which GLib 2.74 does not know. */
static const B2CharRange late_letters[] = {
  { 0x1c89, 0x1c8a },   { 0xa7cb, 0xa7cd },   { 0xa7da, 0xa7dc },   { 0x105c0, 0x105f3 },
  { 0x10d4a, 0x10d65 }, { 0x10d6f, 0x10d85 }, { 0x10ec2, 0x10ec4 }, { 0x11380, 0x11389 },
  { 0x1138b, 0x1138b }, { 0x1138e, 0x1138e }, { 0x11390, 0x113b5 }, { 0x113b7, 0x113b7 },
  { 0x113d1, 0x113d1 }, { 0x113d3, 0x113d3 }, { 0x11bc0, 0x11be0 }, { 0x13460, 0x143fa },
  { 0x16100, 0x1611d }, { 0x16d40, 0x16d6c }, { 0x18cff, 0x18cff }, { 0x1e5d0, 0x1e5ed },
  { 0x1e5f0, 0x1e5f0 }, { 0x2ebf0, 0x2ee5d },
};

static const B2CharRange late_numbers[] = {
  { 0x10d40, 0x10d49 }, { 0x116d0, 0x116e3 }, { 0x11bf0, 0x11bf9 }, { 0x16130, 0x16139 },
  { 0x16d70, 0x16d79 }, { 0x1ccf0, 0x1ccf9 }, { 0x1e5f1, 0x1e5fa },
};

#define IN(c, ranges) b2_char_in ((c), (ranges), G_N_ELEMENTS (ranges))

gboolean
b2_char_in (gunichar c, const B2CharRange *ranges, gsize n_ranges)
{
  gsize low = 0;
  gsize high = n_ranges;

  while (low < high)
    {
      gsize middle = (low + high) / 2;

      if (c > ranges[middle].last)
        low = middle + 1;
      else
        high = middle;
    }
  return low < n_ranges && c >= ranges[low].first;
}

gboolean
b2_char_is_space (gunichar c)
{
  if (c < 0x80)
    return c == ' ' || (c >= '\t' && c <= '\r');
  return c == 0x85 || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029
         || c == 0x202f || c == 0x205f || c == 0x3000;
}

gboolean
b2_char_is_letter (gunichar c)
{
  return g_unichar_isalpha (c) || (c >= 0x1c89 && IN (c, late_letters));
}

gboolean
b2_char_is_number (gunichar c)
{
  GUnicodeType type = g_unichar_type (c);

  return type == G_UNICODE_DECIMAL_NUMBER || type == G_UNICODE_LETTER_NUMBER || type == G_UNICODE_OTHER_NUMBER
         || (c >= 0x10d40 && IN (c, late_numbers));
}

gboolean
b2_char_is_word (gunichar c)
{
  /* Symbols that are Alphabetic all the same: circled and squared letters. */
  static const B2CharRange symbols[] = {
    { 0x24b6, 0x24e9 },
    { 0x1f130, 0x1f149 },
    { 0x1f150, 0x1f169 },
    { 0x1f170, 0x1f189 },
  };

  if (c < 0x80)
    return g_ascii_isalnum (c) || c == '_';
  switch (g_unichar_type (c))
    {
    case G_UNICODE_LOWERCASE_LETTER:
    case G_UNICODE_MODIFIER_LETTER:
    case G_UNICODE_OTHER_LETTER:
    case G_UNICODE_TITLECASE_LETTER:
    case G_UNICODE_UPPERCASE_LETTER:
    case G_UNICODE_SPACING_MARK:
    case G_UNICODE_ENCLOSING_MARK:
    case G_UNICODE_NON_SPACING_MARK:
    case G_UNICODE_DECIMAL_NUMBER:
    case G_UNICODE_LETTER_NUMBER:
    case G_UNICODE_CONNECT_PUNCTUATION:
      return TRUE;
    default:
      return c == 0x200c || c == 0x200d || IN (c, symbols) || IN (c, late_letters) || IN (c, late_numbers);
    }
}

gboolean
b2_char_is_bert_control (gunichar c)
{
  if (c == '\t' || c == '\n' || c == '\r')
    return FALSE;
  if (c == 0 || c == 0xfffd)
    return TRUE;
  switch (g_unichar_type (c))
    {
    case G_UNICODE_CONTROL:
    case G_UNICODE_PRIVATE_USE:
      return TRUE;
    case G_UNICODE_FORMAT:
      return !IN (c, young_format);
    default:
      return FALSE;
    }
}

gboolean
b2_char_is_bert_mark (gunichar c)
{
  /* U+1734 and U+1171E were non-spacing marks then and are spacing ones in some later versions. */
  if (c == 0x1734 || c == 0x1171e)
    return TRUE;
  return g_unichar_type (c) == G_UNICODE_NON_SPACING_MARK && !IN (c, young_marks);
}

gboolean
b2_char_is_bert_punctuation (gunichar c)
{
  if (c < 0x80)
    return g_ascii_ispunct (c);
  /* Punctuation then, reclassified since. */
  if (c == 0x166d || c == 0x111c9)
    return TRUE;
  switch (g_unichar_type (c))
    {
    case G_UNICODE_CONNECT_PUNCTUATION:
    case G_UNICODE_DASH_PUNCTUATION:
    case G_UNICODE_CLOSE_PUNCTUATION:
    case G_UNICODE_FINAL_PUNCTUATION:
    case G_UNICODE_INITIAL_PUNCTUATION:
    case G_UNICODE_OTHER_PUNCTUATION:
    case G_UNICODE_OPEN_PUNCTUATION:
      return !IN (c, young_punctuation);
    default:
      return FALSE;
    }
}

gboolean
b2_char_is_cjk (gunichar c)
{
  static const B2CharRange blocks[] = {
    { 0x3400, 0x4dbf },   { 0x4e00, 0x9fff },   { 0xf900, 0xfaff },   { 0x20000, 0x2a6df },
    { 0x2a700, 0x2b81f }, { 0x2b920, 0x2ceaf }, { 0x2f800, 0x2fa1f },
  };

  return c >= 0x3400 && IN (c, blocks);
}

gboolean
b2_char_has_late_decomposition (gunichar c)
{
  return c >= 0x105c9 && IN (c, late_decompositions);
}

int
b2_char_combining_class (gunichar c)
{
  if (c < 0x300 || (IN (c, young_marks) && !IN (c, marks_of_unicode_9)))
    return 0;
  return g_unichar_combining_class (c);
}

int
b2_char_lower (gunichar c, gunichar lower[2])
{
  lower[0] = c;
  if (c == 0x130)
    {
      lower[0] = 'i';
      lower[1] = 0x307;
      return 2;
    }
  /* GLib leaves Roman numerals and circled letters as they are, being no letters. */
  if (c >= 0x2160 && c <= 0x216f)
    lower[0] = c + 0x10;
  else if (c >= 0x24b6 && c <= 0x24cf)
    lower[0] = c + 0x1a;
  else
    lower[0] = g_unichar_tolower (c);
  return 1;
}
