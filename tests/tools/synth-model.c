/*
 * Writes a BLIP-2 model folder with random bfloat16 weights, sharded and indexed as the
 * released ones are: for running full sizes end to end where no release is at hand.
 *
 *   synth-model [--sparse] SHAPE FOLDER [TOKENIZER-FOLDER]
 *
 * --sparse: all weights are zeros that take no room on the disk, for what only looks at shapes.
 */
#include "tests/tools/synth-model.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SHARD_BYTES (G_GUINT64_CONSTANT (5) * 1000 * 1000 * 1000)
#define BUFFER_WORDS (1 << 18) /* of 8 bytes */

static guint16 table[65536]; /* bf16 of a uniform draw */
static guint64 buffer[BUFFER_WORDS];
static guint64 state = 0x9e3779b97f4a7c15;
static gboolean sparse;

static G_NORETURN void
die (const char *file, const char *what)
{
  fprintf (stderr, "synth-model: %s: %s\n", file, what);
  exit (1);
}

static guint16
to_bf16 (float value)
{
  guint32 bits;

  memcpy (&bits, &value, sizeof bits);
  return (guint16) ((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

static void
fill_table (void)
{
  float half_width = 0.02f * sqrtf (3.0f);

  for (int i = 0; i < 65536; i++)
    table[i] = to_bf16 (half_width * (((float) i + 0.5f) / 32768.0f - 1.0f));
}

static void
fill_buffer (SynthFill fill, gsize n_words)
{
  const guint64 one = G_GUINT64_CONSTANT (0x3f803f803f803f80);

  for (gsize i = 0; i < n_words; i++)
    {
      if (fill != SYNTH_RANDOM)
        {
          buffer[i] = fill == SYNTH_ONE ? one : 0;
          continue;
        }
      state ^= state << 13;
      state ^= state >> 7;
      state ^= state << 17;
      buffer[i] = (guint64) table[state & 0xffff] | (guint64) table[state >> 16 & 0xffff] << 16
                  | (guint64) table[state >> 32 & 0xffff] << 32 | (guint64) table[state >> 48] << 48;
    }
}

static void
write_bytes (FILE *file, const char *path, gconstpointer data, gsize n)
{
  if (fwrite (data, 1, n, file) != n)
    die (path, g_strerror (errno));
}

static void
write_tensor (FILE *file, const char *path, const SynthTensor *tensor)
{
  guint64 left = tensor->n_bytes;
  struct stat about;

  if (sparse)
    {
      if (fflush (file) != 0 || fstat (fileno (file), &about) != 0
          || ftruncate (fileno (file), about.st_size + (off_t) left) != 0 || fseeko (file, 0, SEEK_END) != 0)
        die (path, g_strerror (errno));
      return;
    }

  while (left > 0)
    {
      gsize n = MIN (left, sizeof buffer);

      fill_buffer (tensor->fill, (n + 7) / 8);
      write_bytes (file, path, buffer, n);
      left -= n;
    }
}

/* Takes tensors [first, end) */
static char *
shard_header (const GPtrArray *tensors, guint first, guint end)
{
  json_t *root = json_pack ("{s:{s:s}}", "__metadata__", "format", "pt");
  guint64 offset = 0;
  char *text;

  for (guint i = first; i < end; i++)
    {
      const SynthTensor *tensor = tensors->pdata[i];
      json_t *shape = json_array ();

      for (int j = 0; j < tensor->n_dims; j++)
        json_array_append_new (shape, json_integer (tensor->shape[j]));
      json_object_set_new (root, tensor->name,
                           json_pack ("{s:s, s:o, s:[I, I]}", "dtype", "BF16", "shape", shape, "data_offsets",
                                      (json_int_t) offset, (json_int_t) (offset + tensor->n_bytes)));
      offset += tensor->n_bytes;
    }
  text = json_dumps (root, JSON_COMPACT);
  json_decref (root);
  return text;
}

static void
write_shard (const char *folder, const char *name, const GPtrArray *tensors, guint first, guint end)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  char *header = shard_header (tensors, first, end);
  gsize n = strlen (header), padded = (n + 7) / 8 * 8;
  guint64 length = GUINT64_TO_LE (padded);
  FILE *file = fopen (path, "wb");

  if (file == NULL)
    die (path, g_strerror (errno));
  write_bytes (file, path, &length, sizeof length);
  write_bytes (file, path, header, n);
  write_bytes (file, path, "       ", padded - n);
  for (guint i = first; i < end; i++)
    write_tensor (file, path, tensors->pdata[i]);
  if (fclose (file) != 0)
    die (path, g_strerror (errno));
  free (header);
}

static void
write_text (const char *folder, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autoptr (GError) error = NULL;

  if (!g_file_set_contents (path, text, -1, &error))
    die (path, error->message);
}

/* Fills ends[k] with the end of shard k. */
static GArray *
plan_shards (const GPtrArray *tensors)
{
  GArray *ends = g_array_new (FALSE, FALSE, sizeof (guint));
  guint64 size = 0;
  guint i;

  for (i = 0; i < tensors->len; i++)
    {
      const SynthTensor *tensor = tensors->pdata[i];

      if (size > 0 && size + tensor->n_bytes > SHARD_BYTES)
        {
          g_array_append_val (ends, i);
          size = 0;
        }
      size += tensor->n_bytes;
    }
  g_array_append_val (ends, i);
  return ends;
}

static void
write_weights (const char *folder, const GPtrArray *tensors)
{
  g_autoptr (GArray) ends = plan_shards (tensors);
  json_t *map = json_object ();
  guint64 total = 0;
  guint first = 0;
  json_t *root;
  char *text;

  for (guint k = 0; k < ends->len; k++)
    {
      guint end = g_array_index (ends, guint, k);
      g_autofree char *name = g_strdup_printf ("model-%05u-of-%05u.safetensors", k + 1, ends->len);

      for (guint i = first; i < end; i++)
        {
          const SynthTensor *tensor = tensors->pdata[i];

          json_object_set_new (map, tensor->name, json_string (name));
          total += tensor->n_bytes;
        }
      write_shard (folder, name, tensors, first, end);
      first = end;
    }
  root = json_pack ("{s:{s:I}, s:o}", "metadata", "total_size", (json_int_t) total, "weight_map", map);
  text = json_dumps (root, JSON_INDENT (2));
  json_decref (root);
  write_text (folder, "model.safetensors.index.json", text);
  free (text);
  printf ("%" G_GUINT64_FORMAT " parameters in %u tensors, %u files, %" G_GUINT64_FORMAT " bytes\n",
          total / 2, tensors->len, ends->len, total);
}

static void
write_preprocessor (const char *folder, int size)
{
  g_autofree char *text = g_strdup_printf (
      "{\n  \"do_convert_rgb\": true,\n  \"do_normalize\": true,\n  \"do_rescale\": true,\n  \"do_resize\": "
      "true,\n"
      "  \"image_mean\": [0.48145466, 0.4578275, 0.40821073],\n"
      "  \"image_processor_type\": \"BlipImageProcessor\",\n"
      "  \"image_std\": [0.26862954, 0.26130258, 0.27577711],\n  \"resample\": 3,\n"
      "  \"rescale_factor\": 0.00392156862745098,\n  \"size\": {\"height\": %d, \"width\": %d}\n}\n",
      size, size);

  write_text (folder, "preprocessor_config.json", text);
}

/* Any tokenizer serves whose ids are below the vocabulary's size. */
static void
copy_tokenizer (const char *from, const char *folder)
{
  static const char *const names[]
      = { "added_tokens.json",     "merges.txt", "special_tokens_map.json", "spiece.model", "tokenizer.json",
          "tokenizer_config.json", "vocab.json", "processor_config.json" };
  int n_copied = 0;

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *source = g_build_filename (from, names[i], NULL);
      g_autofree char *target = g_build_filename (folder, names[i], NULL);
      g_autofree char *data = NULL;
      g_autoptr (GError) error = NULL;
      gsize n;

      if (!g_file_get_contents (source, &data, &n, NULL))
        continue;
      if (!g_file_set_contents (target, data, (gssize) n, &error))
        die (target, error->message);
      n_copied++;
    }
  if (n_copied == 0)
    die (from, "no tokenizer files");
}

int
main (int argc, char **argv)
{
  const SynthShape *shape = synth_shapes;
  g_autofree char *tokenizer = NULL;
  g_autofree char *config = NULL;
  g_autoptr (GPtrArray) tensors = NULL;

  if (argc > 1 && strcmp (argv[1], "--sparse") == 0)
    {
      sparse = TRUE;
      argc--;
      argv++;
    }
  if (argc != 3 && argc != 4)
    {
      fputs ("usage: synth-model [--sparse] SHAPE FOLDER [TOKENIZER-FOLDER]\nshapes:", stderr);
      for (; shape->name != NULL; shape++)
        fprintf (stderr, " %s", shape->name);
      fputs ("\n", stderr);
      return 2;
    }
  while (shape->name != NULL && strcmp (shape->name, argv[1]) != 0)
    shape++;
  if (shape->name == NULL)
    die (argv[1], "not a shape it knows");
  if (g_mkdir_with_parents (argv[2], 0777) != 0)
    die (argv[2], g_strerror (errno));
  if (argc == 4)
    tokenizer = g_strdup (argv[3]);
  else
    tokenizer = g_build_filename (g_getenv ("QLENS_SRC") ? g_getenv ("QLENS_SRC") : ".", "tests", "golden",
                                  shape->t5 ? "t5-basic" : "opt-basic", NULL);
  copy_tokenizer (tokenizer, argv[2]);
  config = synth_config (shape);
  write_text (argv[2], "config.json", config);
  write_preprocessor (argv[2], shape->image_px);
  fill_table ();
  tensors = synth_tensors (shape);
  write_weights (argv[2], tensors);
  return 0;
}
