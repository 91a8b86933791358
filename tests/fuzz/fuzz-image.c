/* A picture in memory: whatever the bytes, an error or pixels that fit their sizes. */
#include <stdlib.h>

#include "app/image-loader.h"

int LLVMFuzzerTestOneInput (const guint8 *bytes, gsize n_bytes);

int
LLVMFuzzerTestOneInput (const guint8 *bytes, gsize n_bytes)
{
  /* small limits: what matters is that they hold, not how long large pictures take */
  QlImageOptions options = { .max_pixels = 1000 * 1000, .max_file_bytes = 1024 * 1024 };
  g_autoptr (GBytes) encoded = g_bytes_new_static (bytes, n_bytes);
  g_autoptr (GError) error = NULL;
  g_autoptr (QlImage) image = NULL;

  /* in this process: it is what is looked into */
  g_setenv ("QLENS_DECODE", "inprocess", TRUE);
  image = ql_image_load_bytes (encoded, &options, NULL, &error);
  if ((image == NULL) != (error != NULL))
    abort ();
  if (image == NULL)
    return 0;
  if (image->width <= 0 || image->height <= 0 || (gint64) image->width * image->height > options.max_pixels
      || image->stride < (gsize) image->width * 3)
    abort ();
  if (g_bytes_get_size (image->bytes)
      < image->stride * (gsize) (image->height - 1) + (gsize) image->width * 3)
    abort ();
  return 0;
}
