#include <errno.h>
#include <string.h>

#include <glib/gi18n.h>

#include "app/image-private.h"

/* clang-format off */
G_DEFINE_QUARK (ql-image-error-quark, ql_image_error)
/* clang-format on */

gint64
ql_image_max_pixels (const QlImageOptions *options)
{
  return options->max_pixels > 0 ? options->max_pixels : QL_IMAGE_MAX_PIXELS;
}

void
ql_image_fault_set_detail (QlImageFault *self, const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text != NULL ? text : "", -1);
  const char *end;

  g_strlcpy (self->detail, valid, sizeof self->detail);
  /* the cut may have gone through a character */
  if (!g_utf8_validate (self->detail, -1, &end))
    self->detail[end - self->detail] = '\0';
}

void
ql_image_set_no_memory (GError **error)
{
  g_set_error_literal (
      error, QL_IMAGE_ERROR, QL_IMAGE_ERROR_NO_MEMORY,
      _ ("there is not enough memory for this picture; close other programs or choose a smaller one"));
}

void
ql_image_set_unsupported (const QlImageFormat *format, GError **error)
{
  if (format->readable && format->package != NULL)
    g_set_error (
        error, QL_IMAGE_ERROR, QL_IMAGE_ERROR_UNSUPPORTED,
        _ ("reading %s needs a part of GdkPixbuf that is not installed; install the package %s or save the "
           "picture as PNG or JPEG"),
        format->name, format->package);
  else
    g_set_error (error, QL_IMAGE_ERROR, QL_IMAGE_ERROR_UNSUPPORTED,
                 _ ("Qlens does not read this kind of file (%s); save the picture as PNG or JPEG"),
                 format->name);
}

void
ql_image_set_read_error (int number, GError **error)
{
  if (number == ENOENT || number == ENOTDIR)
    g_set_error_literal (error, QL_IMAGE_ERROR, QL_IMAGE_ERROR_NOT_FOUND,
                         _ ("there is no such file; check the name"));
  else if (number == EACCES || number == EPERM)
    g_set_error_literal (
        error, QL_IMAGE_ERROR, QL_IMAGE_ERROR_DENIED,
        _ ("you are not allowed to read this file; change its permissions or choose another"));
  else
    g_set_error (error, QL_IMAGE_ERROR, QL_IMAGE_ERROR_READ, _ ("the file could not be read (%s); try again"),
                 g_strerror (number));
}

/* One line of printable text; what else there is could make a message look like another. */
static char *
clean_clause (const char *detail)
{
  GString *clause = g_string_new (NULL);

  for (const char *p = detail; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      g_string_append_unichar (clause, g_unichar_isgraph (c) ? c : ' ');
    }
  while (clause->len > 0 && (clause->str[clause->len - 1] == '.' || clause->str[clause->len - 1] == ' '))
    g_string_truncate (clause, clause->len - 1);
  return g_string_free (clause, FALSE);
}

static void
set_damaged (const char *detail, GError **error)
{
  g_autofree char *clause = clean_clause (detail);

  if (*clause == '\0')
    g_set_error_literal (error, QL_IMAGE_ERROR, QL_IMAGE_ERROR_DAMAGED,
                         _ ("the file is cut short or damaged; copy it again or choose another"));
  else
    g_set_error (error, QL_IMAGE_ERROR, QL_IMAGE_ERROR_DAMAGED,
                 _ ("the file is cut short or damaged (%s); copy it again or choose another"), clause);
}

void
ql_image_fault_set_error (const QlImageFault *self, const QlImageFormat *format,
                          const QlImageOptions *options, GError **error)
{
  switch (self->kind)
    {
    case QL_IMAGE_FAULT_CANCELLED:
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "the picture was given up");
      break;
    case QL_IMAGE_FAULT_TOO_MANY_PIXELS:
      g_set_error (error, QL_IMAGE_ERROR, QL_IMAGE_ERROR_TOO_LARGE,
                   _ ("the picture has %d × %d pixels, more than the %g million that Qlens reads; scale it "
                      "down first"),
                   self->width, self->height, (double) ql_image_max_pixels (options) / 1e6);
      break;
    case QL_IMAGE_FAULT_UNSUPPORTED:
      ql_image_set_unsupported (format, error);
      break;
    case QL_IMAGE_FAULT_NO_MEMORY:
      ql_image_set_no_memory (error);
      break;
    case QL_IMAGE_FAULT_READ:
      ql_image_set_read_error (self->number, error);
      break;
    case QL_IMAGE_FAULT_DAMAGED:
    case QL_IMAGE_FAULT_NONE:
    case QL_IMAGE_N_FAULTS:
    default:
      set_damaged (self->detail, error);
    }
}
