#include "engine/text/graphemes.h"

#include "engine/text/char-classes.h"

/* Unicode 16, as in the fast tokenizers. */
static const B2CharRange pictographic[] = {
  { 0xa9, 0xa9 },       { 0xae, 0xae },       { 0x203c, 0x203c },   { 0x2049, 0x2049 },
  { 0x2122, 0x2122 },   { 0x2139, 0x2139 },   { 0x2194, 0x2199 },   { 0x21a9, 0x21aa },
  { 0x231a, 0x231b },   { 0x2328, 0x2328 },   { 0x2388, 0x2388 },   { 0x23cf, 0x23cf },
  { 0x23e9, 0x23f3 },   { 0x23f8, 0x23fa },   { 0x24c2, 0x24c2 },   { 0x25aa, 0x25ab },
  { 0x25b6, 0x25b6 },   { 0x25c0, 0x25c0 },   { 0x25fb, 0x25fe },   { 0x2600, 0x2605 },
  { 0x2607, 0x2612 },   { 0x2614, 0x2685 },   { 0x2690, 0x2705 },   { 0x2708, 0x2712 },
  { 0x2714, 0x2714 },   { 0x2716, 0x2716 },   { 0x271d, 0x271d },   { 0x2721, 0x2721 },
  { 0x2728, 0x2728 },   { 0x2733, 0x2734 },   { 0x2744, 0x2744 },   { 0x2747, 0x2747 },
  { 0x274c, 0x274c },   { 0x274e, 0x274e },   { 0x2753, 0x2755 },   { 0x2757, 0x2757 },
  { 0x2763, 0x2767 },   { 0x2795, 0x2797 },   { 0x27a1, 0x27a1 },   { 0x27b0, 0x27b0 },
  { 0x27bf, 0x27bf },   { 0x2934, 0x2935 },   { 0x2b05, 0x2b07 },   { 0x2b1b, 0x2b1c },
  { 0x2b50, 0x2b50 },   { 0x2b55, 0x2b55 },   { 0x3030, 0x3030 },   { 0x303d, 0x303d },
  { 0x3297, 0x3297 },   { 0x3299, 0x3299 },   { 0x1f000, 0x1f0ff }, { 0x1f10d, 0x1f10f },
  { 0x1f12f, 0x1f12f }, { 0x1f16c, 0x1f171 }, { 0x1f17e, 0x1f17f }, { 0x1f18e, 0x1f18e },
  { 0x1f191, 0x1f19a }, { 0x1f1ad, 0x1f1e5 }, { 0x1f201, 0x1f20f }, { 0x1f21a, 0x1f21a },
  { 0x1f22f, 0x1f22f }, { 0x1f232, 0x1f23a }, { 0x1f23c, 0x1f23f }, { 0x1f249, 0x1f3fa },
  { 0x1f400, 0x1f53d }, { 0x1f546, 0x1f64f }, { 0x1f680, 0x1f6ff }, { 0x1f774, 0x1f77f },
  { 0x1f7d5, 0x1f7ff }, { 0x1f80c, 0x1f80f }, { 0x1f848, 0x1f84f }, { 0x1f85a, 0x1f85f },
  { 0x1f888, 0x1f88f }, { 0x1f8ae, 0x1f8ff }, { 0x1f90c, 0x1f93a }, { 0x1f93c, 0x1f945 },
  { 0x1f947, 0x1faff }, { 0x1fc00, 0x1fffd },
};

static const B2CharRange prepend[] = {
  { 0x600, 0x605 },     { 0x6dd, 0x6dd },     { 0x70f, 0x70f },     { 0x890, 0x891 },
  { 0x8e2, 0x8e2 },     { 0xd4e, 0xd4e },     { 0x110bd, 0x110bd }, { 0x110cd, 0x110cd },
  { 0x111c2, 0x111c3 }, { 0x113d1, 0x113d1 }, { 0x1193f, 0x1193f }, { 0x11941, 0x11941 },
  { 0x11a3a, 0x11a3a }, { 0x11a84, 0x11a89 }, { 0x11d46, 0x11d46 }, { 0x11f02, 0x11f02 },
};

/* Letters of scripts whose clusters a virama links (Indic_Conjunct_Break=Consonant). */
static const B2CharRange consonants[] = {
  { 0x915, 0x939 }, { 0x958, 0x95f }, { 0x978, 0x97f }, { 0x995, 0x9a8 }, { 0x9aa, 0x9b0 }, { 0x9b2, 0x9b2 },
  { 0x9b6, 0x9b9 }, { 0x9dc, 0x9dd }, { 0x9df, 0x9df }, { 0x9f0, 0x9f1 }, { 0xa95, 0xaa8 }, { 0xaaa, 0xab0 },
  { 0xab2, 0xab3 }, { 0xab5, 0xab9 }, { 0xaf9, 0xaf9 }, { 0xb15, 0xb28 }, { 0xb2a, 0xb30 }, { 0xb32, 0xb33 },
  { 0xb35, 0xb39 }, { 0xb5c, 0xb5d }, { 0xb5f, 0xb5f }, { 0xb71, 0xb71 }, { 0xc15, 0xc28 }, { 0xc2a, 0xc39 },
  { 0xc58, 0xc5a }, { 0xd15, 0xd3a },
};

/* Extend beyond the marks: half-width voicing, skin tones, tags; and marks that are
 * newer than GLib. */
static const B2CharRange other_extend[] = {
  { 0x897, 0x897 },     { 0xff9e, 0xff9f },   { 0x10d69, 0x10d6d }, { 0x10efc, 0x10efc },
  { 0x113b8, 0x113c0 }, { 0x113c2, 0x113c2 }, { 0x113c5, 0x113c5 }, { 0x113c7, 0x113ca },
  { 0x113cc, 0x113d0 }, { 0x113d2, 0x113d2 }, { 0x113e1, 0x113e2 }, { 0x11f5a, 0x11f5a },
  { 0x1611e, 0x1612f }, { 0x1e5ee, 0x1e5ef }, { 0x1f3fb, 0x1f3ff }, { 0xe0020, 0xe007f },
};

/* Spacing marks that count as extending. */
static const B2CharRange extending_mc[] = {
  { 0x9be, 0x9be },     { 0x9d7, 0x9d7 },     { 0xb3e, 0xb3e },     { 0xb57, 0xb57 },
  { 0xbbe, 0xbbe },     { 0xbd7, 0xbd7 },     { 0xcc0, 0xcc0 },     { 0xcc2, 0xcc2 },
  { 0xcc7, 0xcc8 },     { 0xcca, 0xccb },     { 0xcd5, 0xcd6 },     { 0xd3e, 0xd3e },
  { 0xd57, 0xd57 },     { 0xdcf, 0xdcf },     { 0xddf, 0xddf },     { 0x1715, 0x1715 },
  { 0x1734, 0x1734 },   { 0x1b35, 0x1b35 },   { 0x1b3b, 0x1b3b },   { 0x1b3d, 0x1b3d },
  { 0x1b43, 0x1b44 },   { 0x1baa, 0x1baa },   { 0x1bf2, 0x1bf3 },   { 0x302e, 0x302f },
  { 0xa953, 0xa953 },   { 0xa9c0, 0xa9c0 },   { 0x111c0, 0x111c0 }, { 0x11235, 0x11235 },
  { 0x1133e, 0x1133e }, { 0x1134d, 0x1134d }, { 0x11357, 0x11357 }, { 0x114b0, 0x114b0 },
  { 0x114bd, 0x114bd }, { 0x115af, 0x115af }, { 0x116b6, 0x116b6 }, { 0x11930, 0x11930 },
  { 0x1193d, 0x1193d }, { 0x11f41, 0x11f41 }, { 0x16ff0, 0x16ff1 }, { 0x1d165, 0x1d166 },
  { 0x1d16d, 0x1d172 },
};

/* Marks that begin a cluster of their own. */
static const B2CharRange not_spacing[] = {
  { 0x102b, 0x102c }, { 0x1038, 0x1038 }, { 0x1062, 0x1064 },   { 0x1067, 0x106d }, { 0x1083, 0x1083 },
  { 0x1087, 0x108c }, { 0x108f, 0x108f }, { 0x109a, 0x109c },   { 0x1a61, 0x1a61 }, { 0x1a63, 0x1a64 },
  { 0xaa7b, 0xaa7b }, { 0xaa7d, 0xaa7d }, { 0x11720, 0x11721 },
};

typedef enum
{
  OTHER,
  CONTROL,
  EXTEND,
  JOINER,
  SPACING,
  PREPEND,
  HANGUL_L,
  HANGUL_V,
  HANGUL_T,
  HANGUL_LV,
  HANGUL_LVT,
  PICTOGRAPH,
  FLAG_LETTER,
  CONSONANT,
} Break;

#define IN(c, ranges) b2_char_in ((c), (ranges), G_N_ELEMENTS (ranges))

static Break
break_of_hangul (gunichar c)
{
  if ((c >= 0x1100 && c <= 0x115f) || (c >= 0xa960 && c <= 0xa97c))
    return HANGUL_L;
  if ((c >= 0x1160 && c <= 0x11a7) || (c >= 0xd7b0 && c <= 0xd7c6) || c == 0x16d63
      || (c >= 0x16d67 && c <= 0x16d6a))
    return HANGUL_V;
  if ((c >= 0x11a8 && c <= 0x11ff) || (c >= 0xd7cb && c <= 0xd7fb))
    return HANGUL_T;
  if (c >= 0xac00 && c <= 0xd7a3)
    return (c - 0xac00) % 28 == 0 ? HANGUL_LV : HANGUL_LVT;
  return OTHER;
}

/* Unassigned characters that are to be ignored count as controls. */
static gboolean
is_unassigned_control (gunichar c)
{
  return c == 0x2065 || (c >= 0xfff0 && c <= 0xfff8) || (c >= 0xe0000 && c <= 0xe0fff);
}

static Break
break_of (gunichar c)
{
  if (c < 0xa9)
    return c < 0x20 || (c >= 0x7f && c < 0xa0) ? CONTROL : OTHER;
  if (c == 0x200d)
    return JOINER;
  if (c == 0x200c || IN (c, other_extend))
    return EXTEND;
  if (IN (c, prepend))
    return PREPEND;
  if (c == 0xe33 || c == 0xeb3)
    return SPACING;
  if (c >= 0x1f1e6 && c <= 0x1f1ff)
    return FLAG_LETTER;
  if (IN (c, pictographic))
    return PICTOGRAPH;
  if (IN (c, consonants))
    return CONSONANT;
  switch (g_unichar_type (c))
    {
    case G_UNICODE_NON_SPACING_MARK:
    case G_UNICODE_ENCLOSING_MARK:
      return c == 0x1171e ? SPACING : EXTEND;
    case G_UNICODE_SPACING_MARK:
      if (IN (c, extending_mc))
        return EXTEND;
      return IN (c, not_spacing) ? OTHER : SPACING;
    case G_UNICODE_CONTROL:
    case G_UNICODE_FORMAT:
    case G_UNICODE_LINE_SEPARATOR:
    case G_UNICODE_PARAGRAPH_SEPARATOR:
      return CONTROL;
    case G_UNICODE_UNASSIGNED:
      return is_unassigned_control (c) ? CONTROL : break_of_hangul (c);
    default:
      return break_of_hangul (c);
    }
}

static gboolean
is_linker (gunichar c)
{
  return c == 0x94d || c == 0x9cd || c == 0xacd || c == 0xb4d || c == 0xc4d || c == 0xd4d;
}

/* What the rules need to know of the cluster so far. */
typedef struct
{
  Break last;
  guint n_flags; /* flag letters at its end */
  gboolean pictograph; /* ends in pictograph, Extend*, and perhaps a joiner */
  gboolean consonant; /* ends in a consonant and only extenders behind it */
  gboolean linked; /* ... a virama among them */
} Cluster;

static void
cluster_push (Cluster *self, gunichar c, Break kind)
{
  gboolean extends = kind == EXTEND || kind == JOINER;

  self->n_flags = kind == FLAG_LETTER ? self->n_flags + 1 : 0;
  /* A second joiner in a row ends the emoji. */
  self->pictograph = kind == PICTOGRAPH || (self->pictograph && self->last != JOINER && extends);
  self->linked = self->consonant && extends && (self->linked || is_linker (c));
  self->consonant = kind == CONSONANT || (self->consonant && extends);
  self->last = kind;
}

/* UAX #29, rules GB6 to GB13. */
static gboolean
joins (const Cluster *self, Break next)
{
  if (next == EXTEND || next == JOINER || next == SPACING)
    return self->last != CONTROL;
  if (next == CONTROL || self->last == CONTROL)
    return FALSE;
  switch (self->last)
    {
    case PREPEND:
      return TRUE;
    case HANGUL_L:
      return next == HANGUL_L || next == HANGUL_V || next == HANGUL_LV || next == HANGUL_LVT;
    case HANGUL_LV:
    case HANGUL_V:
      return next == HANGUL_V || next == HANGUL_T;
    case HANGUL_LVT:
    case HANGUL_T:
      return next == HANGUL_T;
    case FLAG_LETTER:
      return next == FLAG_LETTER && self->n_flags % 2 == 1;
    default:
      break;
    }
  if (next == CONSONANT)
    return self->consonant && self->linked;
  return next == PICTOGRAPH && self->pictograph && self->last == JOINER;
}

gsize
b2_grapheme_length (const char *text, gsize len)
{
  Cluster cluster = { 0 };
  const char *end = text + len;
  const char *at = text;
  gunichar c;

  if (len == 0)
    return 0;
  if (len > 1 && text[0] == '\r' && text[1] == '\n')
    return 2;
  /* Nothing below 0x80 extends anything. */
  if ((guint8) text[0] < 0x80 && (len == 1 || (guint8) text[1] < 0x80))
    return 1;
  c = g_utf8_get_char (at);
  cluster_push (&cluster, c, break_of (c));
  for (at = g_utf8_next_char (at); at < end; at = g_utf8_next_char (at))
    {
      Break next;

      c = g_utf8_get_char (at);
      next = break_of (c);
      if (!joins (&cluster, next))
        break;
      cluster_push (&cluster, c, next);
    }
  return (gsize) (at - text);
}
