#include "app/chat-prompt.h"

#include <string.h>

char *
ql_chat_prompt (const char *const *earlier, guint from, const char *prompt)
{
  GString *text = g_string_new (NULL);

  for (guint i = 2 * from; earlier[i] != NULL && earlier[i + 1] != NULL; i += 2)
    {
      gsize length = strlen (earlier[i + 1]);

      /* One full stop, also after an answer that brings its own. */
      while (length > 0 && earlier[i + 1][length - 1] == '.')
        length--;
      g_string_append_printf (text, "Question: %s Answer: %.*s. ", earlier[i], (int) length, earlier[i + 1]);
    }
  g_string_append (text, prompt);
  return g_string_free (text, FALSE);
}
