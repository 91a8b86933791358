/* What the image encoder made of a picture, as a file that a later session loads. */
#include <math.h>
#include <string.h>

#include "engine/io/safetensors-memory.h"
#include "engine/io/safetensors-writer.h"
#include "engine/kernels/blas.h"
#include "engine/run/session.h"

#define FORMAT "qlens-encoding"
#define FORMAT_VERSION "1"
/* To be raised by whoever changes a sum's order in the image encoder: what older versions saved is then not found. */
#define ARITHMETIC_VERSION 2
/* Room for the header, which holds a few numbers and names. */
#define MAX_HEADER_BYTES 4096

#define FEATURES "vision.last_hidden_state"
#define NORMS "vision.block_norms"
#define TIMES "vision.block_ms" /* the whole encoder's first */

void
b2_session_set_encoding_store (B2Session *self, const B2EncodingStore *store)
{
  self->store = store != NULL ? *store : (B2EncodingStore){ 0 };
}

/* Whatever the features' bits depend on. The fingerprint knows the weights, not config.json. */
static char *
make_key (B2Session *self, const char *image_sha256)
{
  const B2VisionConfig *c = &self->model->config->vision;
  g_autofree char *all
      = g_strdup_printf ("%s %s %s %d\n%s\n%d %d %d %a\n%s\n%d %d\n%s %d\n%s\n", FORMAT, FORMAT_VERSION,
                         QLENS_VERSION, ARITHMETIC_VERSION, self->model->fingerprint, c->n_heads, c->patch_px,
                         (int) c->activation, (double) c->eps, image_sha256, self->width_px, self->height_px,
                         self->compute->kernels->name, (int) self->compute->exact, b2_blas_core ());

  return g_compute_checksum_for_string (G_CHECKSUM_SHA256, all, -1);
}

static gsize
n_features (B2Session *self)
{
  return self->n_image * (gsize) self->model->config->vision.width;
}

static gsize
n_norms (B2Session *self)
{
  return ((gsize) self->model->config->vision.n_layers + 1) * self->n_image;
}

static gsize
n_times (B2Session *self)
{
  return (gsize) self->model->config->vision.n_layers + 2;
}

/* Of the values, in this order; @norms and @times may be NULL. */
static char *
make_checksum (B2Session *self, const void *features, const void *norms, const void *times)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);

  g_checksum_update (sum, features, (gssize) (n_features (self) * sizeof (float)));
  if (norms != NULL)
    g_checksum_update (sum, norms, (gssize) (n_norms (self) * sizeof (float)));
  if (times != NULL)
    g_checksum_update (sum, times, (gssize) (n_times (self) * sizeof (float)));
  return g_strdup (g_checksum_get_string (sum));
}

/* ---- saving ----------------------------------------------------------------------------- */

static float *
times_of (B2Session *self, const B2SessionImage *image)
{
  gsize n = n_times (self);
  float *times = g_new (float, n);

  times[0] = (float) image->vision_ms;
  for (gsize i = 1; i < n; i++)
    times[i] = (float) image->laps.ms[i - 1];
  return times;
}

void
b2_session_save_encoding (B2Session *self, const B2SessionImage *image, const char *sha256)
{
  gint64 n_rows = (gint64) self->n_image, n_blocks = self->model->config->vision.n_layers;
  g_autoptr (B2SafetensorsWriter) writer = NULL;
  g_autofree float *times = NULL;
  g_autofree char *key = NULL, *checksum = NULL;
  g_autoptr (GBytes) bytes = NULL;

  if (self->store.save == NULL)
    return;
  writer = b2_safetensors_writer_new ();
  if (image->laps.ms != NULL)
    times = times_of (self, image);
  key = make_key (self, sha256);
  checksum = make_checksum (self, image->features, image->laps.norms, times);
  b2_safetensors_writer_set_metadata (writer, "format", FORMAT);
  b2_safetensors_writer_set_metadata (writer, "version", FORMAT_VERSION);
  b2_safetensors_writer_set_metadata (writer, "key", key);
  b2_safetensors_writer_set_metadata (writer, "sha256", checksum);
  b2_safetensors_writer_add (writer, FEATURES, image->features, 2,
                             (gint64[]){ n_rows, self->model->config->vision.width });
  if (times != NULL)
    {
      b2_safetensors_writer_add (writer, NORMS, image->laps.norms, 2, (gint64[]){ n_blocks + 1, n_rows });
      b2_safetensors_writer_add (writer, TIMES, times, 1, (gint64[]){ n_blocks + 2 });
    }
  bytes = b2_safetensors_writer_to_bytes (writer, NULL);
  if (bytes != NULL)
    self->store.save (key, bytes, self->store.data);
}

/* ---- loading ---------------------------------------------------------------------------- */

/* Returns: (nullable): the values, where the tensor has as many as the model says */
static const guint8 *
find (B2Safetensors *file, const char *name, gsize n)
{
  const B2TensorInfo *info = b2_safetensors_lookup (file, name);

  return info != NULL && info->dtype == B2_DTYPE_F32 && info->n_elements == n ? info->data : NULL;
}

static gboolean
says (B2Safetensors *file, const char *name, const char *value)
{
  return g_strcmp0 (b2_safetensors_metadata (file, name), value) == 0;
}

static void
take_laps (B2Session *self, B2SessionImage *image, const guint8 *norms, const guint8 *times)
{
  gsize n = n_times (self);
  g_autofree float *ms = g_new (float, n);

  memcpy (ms, times, n * sizeof *ms);
  for (gsize i = 0; i < n; i++)
    if (!isfinite (ms[i]) || ms[i] < 0)
      return;
  (void) b2_laps_begin (&image->laps, self->model->config->vision.n_layers, self->n_image);
  memcpy (image->laps.norms, norms, n_norms (self) * sizeof (float));
  image->vision_ms = (double) ms[0];
  for (gsize i = 1; i < n; i++)
    image->laps.ms[i - 1] = (double) ms[i];
}

static gboolean
take (B2Session *self, B2SessionImage *image, B2Safetensors *file, const char *key)
{
  const guint8 *features = find (file, FEATURES, n_features (self));
  const guint8 *norms = find (file, NORMS, n_norms (self)), *times = find (file, TIMES, n_times (self));
  g_autofree char *checksum = NULL;

  if (features == NULL || (norms == NULL) != (times == NULL)
      || b2_safetensors_n_tensors (file) != (norms != NULL ? 3 : 1))
    return FALSE;
  checksum = make_checksum (self, features, norms, times);
  if (!says (file, "format", FORMAT) || !says (file, "version", FORMAT_VERSION) || !says (file, "key", key)
      || !says (file, "sha256", checksum))
    return FALSE;
  memcpy (image->features, features, n_features (self) * sizeof (float));
  b2_laps_clear (&image->laps);
  image->vision_ms = image->spent_ms = 0;
  if (norms != NULL)
    take_laps (self, image, norms, times);
  return TRUE;
}

gboolean
b2_session_load_encoding (B2Session *self, B2SessionImage *image, const char *sha256)
{
  gsize max_bytes = (n_features (self) + n_norms (self) + n_times (self)) * sizeof (float) + MAX_HEADER_BYTES;
  g_autofree char *key = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (B2Safetensors) file = NULL;
  gconstpointer data;
  gsize n_bytes;

  if (self->store.load == NULL)
    return FALSE;
  key = make_key (self, sha256);
  bytes = self->store.load (key, max_bytes, self->store.data);
  if (bytes == NULL)
    return FALSE;
  data = g_bytes_get_data (bytes, &n_bytes);
  if (n_bytes <= max_bytes)
    file = b2_safetensors_open_memory (data, n_bytes, key, NULL);
  if (file != NULL && take (self, image, file, key))
    return TRUE;
  if (self->store.damaged != NULL)
    self->store.damaged (key, self->store.data);
  return FALSE;
}
