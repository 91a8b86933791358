#include "app/sha256.h"

gboolean
ql_is_sha256 (const char *text, gsize n)
{
  if (n != QL_SHA256_CHARS)
    return FALSE;
  for (gsize i = 0; i < n; i++)
    if (!g_ascii_isdigit (text[i]) && !(text[i] >= 'a' && text[i] <= 'f'))
      return FALSE;
  return TRUE;
}
