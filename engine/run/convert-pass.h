#pragma once

#include "engine/core/pool.h"
#include "engine/run/convert-plan.h"

/**
 * B2ConvertPass:
 *
 * The two passes over all tensors: what they need besides the plan. Both work in pieces
 * of a tensor, shared out over the pool's threads.
 */
typedef struct
{
  B2ConvertPlan *plan;
  B2Pool *pool;
  const B2Watch *watch; /* (nullable) */
  const char *path; /* being written, for messages */
  guint64 n_done_bytes; /* of both passes together */
} B2ConvertPass;

/** b2_convert_pass_write: encodes, and writes to @fd. Returns: %FALSE with B2_ERROR_ARGUMENT, _FORMAT, _IO, _CANCELLED */
gboolean b2_convert_pass_write (B2ConvertPass *self, int fd, GError **error);
/**
 * b2_convert_pass_verify:
 * @gguf: what was written, read back
 *
 * Every tensor's name, type and shape; every byte against a second encoding; and what it
 * decodes to against the original, which gives the plan its errors.
 */
gboolean b2_convert_pass_verify (B2ConvertPass *self, B2Gguf *gguf, GError **error);
/** b2_convert_write_at: all of it, or %FALSE with B2_ERROR_IO */
gboolean b2_convert_write_at (int fd, const char *path, const void *bytes, gsize n_bytes, guint64 offset,
                              GError **error);
