#include "app/error-line.h"

#include <glib/gi18n.h>
#include <string.h>

#include "app/engine-service.h"
#include "engine/b2.h"

static const char *
advice (int code)
{
  switch ((B2Error) code)
    {
    case B2_ERROR_IO:
      return _ ("check that it exists, may be used and that the disk is not full");
    case B2_ERROR_FORMAT:
      return _ ("it may be damaged: get it again");
    case B2_ERROR_UNSUPPORTED:
      return _ ("use a BLIP-2 model folder as Hugging Face publishes them");
    case B2_ERROR_SHAPE:
      return _ ("the files do not belong together: get the whole folder again");
    case B2_ERROR_NO_MEMORY:
      return _ ("close other programs or use a smaller model");
    case B2_ERROR_CANCELLED:
      return _ ("run it again to finish");
    case B2_ERROR_ARGUMENT:
      return _ ("see “qlens-cli --help”");
    case B2_ERROR_LIMIT:
      return _ ("use a shorter text or a smaller picture");
    }
  return _ ("please report this");
}

char *
ql_error_line (const char *file, const GError *error)
{
  const char *message = error->message;
  gsize length = file ? strlen (file) : 0;
  gsize end;

  if (length > 0 && strncmp (message, file, length) == 0 && g_str_has_prefix (message + length, ": "))
    message += length + 2;
  end = strlen (message);
  while (end > 0 && message[end - 1] == '.')
    end--;
  if (g_error_matches (error, QL_MODEL_ERROR, QL_MODEL_ERROR_NO_ROOM))
    return g_strdup_printf ("%.*s; %s", (int) end, message,
                            _ ("close other programs, use a model of a smaller type (q8_0, q4_0), or open "
                               "it all the same (qlens-cli: --open-anyway), then it may be very slow"));
  if (error->domain != B2_ERROR) /* a picture's error says itself what to do */
    return g_strndup (message, end);
  return g_strdup_printf ("%.*s; %s", (int) end, message, advice (error->code));
}
