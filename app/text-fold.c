#include "app/text-fold.h"

#include <string.h>

struct QlTextQuery
{
  char **words;
};

/* Letters that Unicode does not take apart, but people type without their stroke. */
static const char *
plain (gunichar c)
{
  switch (c)
    {
    case 0xe6:
      return "ae";
    case 0xf8:
      return "o";
    case 0x111:
      return "d";
    case 0x127:
      return "h";
    case 0x131:
      return "i";
    case 0x142:
      return "l";
    case 0x153:
      return "oe";
    case 0x167:
      return "t";
    case 0x3c2: /* sigma at the end of a word */
      return "\xcf\x83";
    default:
      return NULL;
    }
}

char *
ql_text_fold (const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  g_autofree char *lower = g_utf8_casefold (valid, -1);
  g_autofree char *apart = g_utf8_normalize (lower, -1, G_NORMALIZE_ALL);
  GString *folded = g_string_sized_new (strlen (apart));
  gboolean blank = TRUE;

  for (const char *p = apart; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);
      const char *letters = plain (c);

      if (g_unichar_ismark (c) || c == 0x640) /* and the stroke that lengthens Arabic words */
        continue;
      if (g_unichar_isspace (c))
        {
          if (!blank)
            g_string_append_c (folded, ' ');
          blank = TRUE;
          continue;
        }
      blank = FALSE;
      if (letters != NULL)
        g_string_append (folded, letters);
      else
        g_string_append_unichar (folded, c);
    }
  return g_string_free (folded, FALSE);
}

QlTextQuery *
ql_text_query_new (const char *text)
{
  QlTextQuery *self = g_new0 (QlTextQuery, 1);
  g_autofree char *folded = ql_text_fold (text);

  self->words = g_strsplit (g_strchomp (folded), " ", -1);
  return self;
}

void
ql_text_query_free (QlTextQuery *self)
{
  if (self == NULL)
    return;
  g_strfreev (self->words);
  g_free (self);
}

gboolean
ql_text_query_is_empty (const QlTextQuery *self)
{
  return self->words[0] == NULL;
}

gboolean
ql_text_query_matches (const QlTextQuery *self, const char *folded)
{
  for (char **word = self->words; *word != NULL; word++)
    if (strstr (folded, *word) == NULL)
      return FALSE;
  return TRUE;
}
