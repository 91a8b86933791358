#pragma once

#include <glib.h>

/**
 * B2_ERROR:
 *
 * Error domain of the engine. Messages are in English, untranslated, and name the
 * file and the tensor or key, what was expected and what was found.
 */
#define B2_ERROR (b2_error_quark ())

/**
 * B2Error:
 * @B2_ERROR_IO: a file could not be opened, read or written
 * @B2_ERROR_FORMAT: a file is damaged or is not of its format
 * @B2_ERROR_UNSUPPORTED: a sound file of a kind that Qlens does not read
 * @B2_ERROR_SHAPE: sizes that do not fit each other
 * @B2_ERROR_NO_MEMORY: a large allocation failed
 * @B2_ERROR_CANCELLED: the caller asked to stop
 * @B2_ERROR_ARGUMENT: a setting outside its range, or text that is not UTF-8
 * @B2_ERROR_LIMIT: more than the model has room for (prompt too long, picture too large)
 */
typedef enum
{
  B2_ERROR_IO,
  B2_ERROR_FORMAT,
  B2_ERROR_UNSUPPORTED,
  B2_ERROR_SHAPE,
  B2_ERROR_NO_MEMORY,
  B2_ERROR_CANCELLED,
  B2_ERROR_ARGUMENT,
  B2_ERROR_LIMIT,
} B2Error;

GQuark b2_error_quark (void);
