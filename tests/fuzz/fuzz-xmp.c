/* An XMP file: refused, or changed so that it says what it was told to. */
#include <stdlib.h>
#include <string.h>

#include "app/xmp-description.h"

#define TEXT "a < b & \"c\" ]]> d"

int LLVMFuzzerTestOneInput (const guint8 *bytes, gsize n_bytes);

int
LLVMFuzzerTestOneInput (const guint8 *bytes, gsize n_bytes)
{
  g_autofree char *xmp = g_strndup ((const char *) bytes, n_bytes);
  g_autoptr (GError) error = NULL;
  g_autofree char *changed = ql_xmp_description_set (xmp, n_bytes, TEXT, &error);
  g_autofree char *text = NULL;

  if ((changed == NULL) != (error != NULL))
    abort ();
  if (changed == NULL)
    return 0;
  if (!ql_xmp_description_get (changed, strlen (changed), &text, NULL) || strcmp (text, TEXT) != 0)
    abort ();
  return 0;
}
