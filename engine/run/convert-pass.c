#include "engine/run/convert-pass.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "engine/io/file-map.h"
#include "engine/io/json-file.h"

#define PIECE 262144 /* values; whole blocks of every type */
#define BATCH 32 /* pieces between two writes; 32 MB of f32 */

typedef struct
{
  double error, square;
  gboolean too_large, not_finite, differs;
} Result;

typedef struct
{
  const B2ConvertTensor *tensor;
  gsize first; /* piece */
  guint8 *out; /* pass 1: [BATCH] pieces as they go into the file */
  const guint8 *stored; /* pass 2: the whole tensor in the file */
  float *values, *decoded; /* [threads, PIECE] */
  guint8 *encoded; /* [threads, PIECE * 4] */
  Result results[BATCH];
} Batch;

/* ---- one piece ------------------------------------------------------------------ */

static gsize
bytes_of (B2WeightType type, gsize n)
{
  return b2_weight_row_bytes (type, n);
}

/* The largest magnitude that the type's own scale can hold; above it a file would say infinity. */
static double
largest (B2WeightType type)
{
  switch (type)
    {
    case B2_WEIGHT_F16:
      return 65519.0;
    case B2_WEIGHT_BF16:
      return 3.3895e38; /* rounds to the largest one, not to infinity */
    case B2_WEIGHT_Q8_0:
      return 127.0 * 65504.0;
    case B2_WEIGHT_Q4_0:
      return 8.0 * 65504.0;
    default:
      return INFINITY;
    }
}

static void
check_values (const float *values, gsize n, double limit, Result *result)
{
  float peak = 0.0f;
  gboolean sound = TRUE;

  for (gsize i = 0; i < n; i++)
    {
      float v = fabsf (values[i]);

      sound &= v <= 3.4028235e38f; /* false for NaN, too */
      peak = v > peak ? v : peak;
    }
  result->not_finite = !sound;
  result->too_large = sound && (double) peak > limit;
}

/* Decodes piece @piece of the original, and encodes it into @out. */
static void
encode_piece (const B2ConvertTensor *tensor, gsize piece, gsize n, float *values, guint8 *out, Result *result)
{
  const guint8 *from = tensor->from->data + piece * bytes_of (tensor->from_type, PIECE);

  b2_weight_type_info (tensor->from_type)->decode (from, values, n);
  check_values (values, n, largest (tensor->type), result);
  if (tensor->from_type == tensor->type)
    memcpy (out, from, bytes_of (tensor->type, n)); /* a second rounding would be one too many */
  else
    b2_weight_type_info (tensor->type)->encode (values, out, n);
}

static gsize
size_of_piece (const B2ConvertTensor *tensor, gsize piece)
{
  return MIN (PIECE, tensor->from->n_elements - piece * PIECE);
}

static void
write_piece_cb (gpointer data, gsize item, int worker)
{
  Batch *batch = data;
  gsize piece = batch->first + item;

  encode_piece (batch->tensor, piece, size_of_piece (batch->tensor, piece),
                batch->values + (gsize) worker * PIECE,
                batch->out + item * bytes_of (batch->tensor->type, PIECE), &batch->results[item]);
}

static void
verify_piece_cb (gpointer data, gsize item, int worker)
{
  Batch *batch = data;
  const B2ConvertTensor *tensor = batch->tensor;
  gsize piece = batch->first + item;
  gsize n = size_of_piece (tensor, piece);
  const guint8 *stored = batch->stored + piece * bytes_of (tensor->type, PIECE);
  float *values = batch->values + (gsize) worker * PIECE, *decoded = batch->decoded + (gsize) worker * PIECE;
  guint8 *encoded = batch->encoded + (gsize) worker * PIECE * sizeof (float);
  Result *result = &batch->results[item];

  encode_piece (tensor, piece, n, values, encoded, result);
  result->differs = memcmp (encoded, stored, bytes_of (tensor->type, n)) != 0;
  b2_weight_type_info (tensor->type)->decode (stored, decoded, n);
  for (gsize i = 0; i < n; i++)
    {
      double v = values[i], off = (double) decoded[i] - v;

      result->error += off * off;
      result->square += v * v;
    }
}

/* ---- a tensor in batches ---------------------------------------------------------- */

static gboolean
set_tensor_error (const B2ConvertTensor *tensor, B2Error code, const char *path, const char *words,
                  GError **error)
{
  g_autofree char *name = b2_printable (tensor->from->name);

  g_set_error (error, B2_ERROR, (int) code, "%s: tensor \"%s\": %s", path, name, words);
  return FALSE;
}

static gboolean
take_results (B2ConvertPass *self, B2ConvertTensor *tensor, const Batch *batch, gsize n, GError **error)
{
  for (gsize i = 0; i < n; i++)
    {
      const Result *result = &batch->results[i];

      if (result->not_finite)
        return set_tensor_error (tensor, B2_ERROR_FORMAT, tensor->from->path,
                                 "holds a value that is not finite", error);
      if (result->too_large)
        {
          g_autofree char *words
              = g_strdup_printf ("holds a value that is too large for %s; choose another type",
                                 b2_weight_type_info (tensor->type)->name);

          return set_tensor_error (tensor, B2_ERROR_ARGUMENT, tensor->from->path, words, error);
        }
      if (result->differs)
        return set_tensor_error (tensor, B2_ERROR_IO, self->path,
                                 "read back, it is not what was written; is the disk sound?", error);
      tensor->error += result->error;
      tensor->square += result->square;
    }
  return TRUE;
}

/* @done: of the tensor, in the file */
static gboolean
tell (B2ConvertPass *self, guint64 done, GError **error)
{
  guint64 total = 2 * self->plan->n_bytes, at = MIN (self->n_done_bytes + done, total);

  return b2_watch_step (self->watch, B2_PHASE_CONVERT, (int) (at >> 20), (int) MAX (total >> 20, 1), error);
}

/* @fd: -1 in the second pass */
static gboolean
run_tensor (B2ConvertPass *self, B2ConvertTensor *tensor, Batch *batch, int fd, GError **error)
{
  gsize n_pieces = (tensor->from->n_elements + PIECE - 1) / PIECE;

  batch->tensor = tensor;
  tensor->error = tensor->square = 0;
  for (batch->first = 0; batch->first < n_pieces; batch->first += BATCH)
    {
      gsize n = MIN (BATCH, n_pieces - batch->first);
      gsize at = bytes_of (tensor->type, PIECE) * batch->first;
      gsize n_values = MIN (BATCH * (gsize) PIECE, tensor->from->n_elements - batch->first * PIECE);

      memset (batch->results, 0, sizeof batch->results);
      b2_pool_run (self->pool, n, fd >= 0 ? write_piece_cb : verify_piece_cb, batch);
      if (!b2_watch_check (self->watch, error) || !take_results (self, tensor, batch, n, error))
        return FALSE;
      if (fd >= 0
          && !b2_convert_write_at (fd, self->path, batch->out, bytes_of (tensor->type, n_values),
                                   tensor->offset + at, error))
        return FALSE;
      /* Neither what was read nor what was compared is needed again. */
      b2_file_map_release (tensor->from->data + batch->first * bytes_of (tensor->from_type, PIECE),
                           bytes_of (tensor->from_type, n_values));
      if (fd < 0)
        b2_file_map_release (batch->stored + at, bytes_of (tensor->type, n_values));
      if (!tell (self, at, error))
        return FALSE;
    }
  self->n_done_bytes += tensor->n_bytes;
  return TRUE;
}

static gboolean
alloc_batch (Batch *batch, int n_threads, gboolean verify, GError **error)
{
  gsize n = (gsize) n_threads * PIECE;

  batch->values = g_try_new (float, n);
  batch->decoded = verify ? g_try_new (float, n) : NULL;
  batch->encoded = verify ? g_try_malloc (n * sizeof (float)) : NULL;
  batch->out = verify ? NULL : g_try_malloc (BATCH * (gsize) PIECE * sizeof (float));
  if (batch->values != NULL
      && (verify ? batch->decoded != NULL && batch->encoded != NULL : batch->out != NULL))
    return TRUE;
  g_set_error (error, B2_ERROR, B2_ERROR_NO_MEMORY, "There is not enough memory to convert");
  return FALSE;
}

static void
free_batch (Batch *batch)
{
  g_free (batch->values);
  g_free (batch->decoded);
  g_free (batch->encoded);
  g_free (batch->out);
}

gboolean
b2_convert_write_at (int fd, const char *path, const void *bytes, gsize n_bytes, guint64 offset,
                     GError **error)
{
  const char *at = bytes;

  while (n_bytes > 0)
    {
      gssize n = pwrite (fd, at, n_bytes, (off_t) offset);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        {
          g_set_error (error, B2_ERROR, B2_ERROR_IO, "%s: cannot be written: %s", path,
                       g_strerror (n == 0 ? ENOSPC : errno));
          return FALSE;
        }
      at += n;
      n_bytes -= (gsize) n;
      offset += (guint64) n;
    }
  return TRUE;
}

gboolean
b2_convert_pass_write (B2ConvertPass *self, int fd, GError **error)
{
  Batch batch = { 0 };
  gboolean ok = alloc_batch (&batch, b2_pool_n_threads (self->pool), FALSE, error);

  for (guint i = 0; i < self->plan->tensors->len && ok; i++)
    {
      B2ConvertTensor *tensor = &g_array_index (self->plan->tensors, B2ConvertTensor, i);

      ok = run_tensor (self, tensor, &batch, fd, error);
      /* So that the sync at the end has little left to do, and memory is not full of it. */
      if (ok)
        (void) sync_file_range (fd, (off_t) tensor->offset, (off_t) tensor->n_bytes, SYNC_FILE_RANGE_WRITE);
    }
  free_batch (&batch);
  return ok;
}

static const guint8 *
find_stored (const B2ConvertTensor *tensor, B2Gguf *gguf)
{
  const B2TensorInfo *info = b2_gguf_lookup (gguf, tensor->from->name), *from = tensor->from;

  if (info == NULL || info->n_dims != from->n_dims || info->n_bytes != tensor->n_bytes
      || memcmp (info->shape, from->shape, (gsize) from->n_dims * sizeof *from->shape) != 0
      || strcmp (b2_dtype_name (info->dtype), b2_weight_type_info (tensor->type)->name) != 0)
    return NULL;
  return info->data;
}

gboolean
b2_convert_pass_verify (B2ConvertPass *self, B2Gguf *gguf, GError **error)
{
  Batch batch = { 0 };
  gboolean ok = alloc_batch (&batch, b2_pool_n_threads (self->pool), TRUE, error);

  for (guint i = 0; i < self->plan->tensors->len && ok; i++)
    {
      B2ConvertTensor *tensor = &g_array_index (self->plan->tensors, B2ConvertTensor, i);

      batch.stored = find_stored (tensor, gguf);
      ok = batch.stored != NULL
               ? run_tensor (self, tensor, &batch, -1, error)
               : set_tensor_error (tensor, B2_ERROR_IO, self->path,
                                   "read back, it is not what was written; is the disk sound?", error);
    }
  free_batch (&batch);
  return ok;
}
