#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "engine/core/error.h"
#include "engine/io/safetensors-memory.h"
#include "engine/io/safetensors-writer.h"
#include "tests/engine/model-folder.h"

static B2Safetensors *
open_golden (const char *rel)
{
  g_autofree char *path = golden_path (rel);
  g_autoptr (GError) error = NULL;
  B2Safetensors *file = b2_safetensors_open (path, &error);

  g_assert_no_error (error);
  return file;
}

/* A file in memory: @header with its length before, @n_data zero bytes after. */
static void
open_text (const char *header, gsize n_data, GError **error)
{
  g_autoptr (GString) bytes = g_string_new (NULL);
  g_autoptr (B2Safetensors) file = NULL;
  guint64 n = GUINT64_TO_LE ((guint64) strlen (header));

  g_string_append_len (bytes, (const char *) &n, 8);
  g_string_append (bytes, header);
  for (gsize i = 0; i < n_data; i++)
    g_string_append_c (bytes, 0);
  file = b2_safetensors_open_memory ((const guint8 *) bytes->str, bytes->len, "test.safetensors", error);
}

static void
assert_refused (const char *header, gsize n_data, const char *words)
{
  g_autoptr (GError) error = NULL;

  open_text (header, n_data, &error);
  g_assert_error (error, B2_ERROR, B2_ERROR_FORMAT);
  g_assert_nonnull (strstr (error->message, "test.safetensors: "));
  if (strstr (error->message, words) == NULL)
    g_error ("\"%s\" lacks \"%s\"", error->message, words);
}

static void
assert_accepted (const char *header, gsize n_data)
{
  g_autoptr (GError) error = NULL;

  open_text (header, n_data, &error);
  g_assert_no_error (error);
}

/* ---- every file of tests/golden/malformed/safetensors -------------------------- */

static void
test_malformed (void)
{
  json_t *list = golden_json ("malformed/safetensors.json");
  gsize n_ok = 0;

  g_assert_cmpuint (json_array_size (list), >=, 70);
  for (gsize i = 0; i < json_array_size (list); i++)
    {
      json_t *entry = json_array_get (list, i);
      const char *name = json_string_value (json_object_get (entry, "file"));
      const char *verdict = json_string_value (json_object_get (entry, "python_safetensors"));
      /* The library takes the last of two equal names; which one was meant nobody knows. */
      gboolean duplicate = strstr (name, "names-duplicate-same-range") != NULL;
      gboolean ok = g_str_has_prefix (verdict, "ok") && !duplicate;
      g_autofree char *rel = g_build_filename ("malformed", name, NULL);
      g_autofree char *path = golden_path (rel);
      g_autoptr (GError) error = NULL;
      Guard guard = guard_begin ();
      g_autoptr (B2Safetensors) file = b2_safetensors_open (path, &error);

      guard_end (&guard, name);
      g_test_message ("%s: %s", name, error != NULL ? error->message : "opens");
      if (ok)
        {
          g_assert_no_error (error);
          g_assert_cmpuint (b2_safetensors_n_tensors (file), ==, g_ascii_strtoull (verdict + 4, NULL, 10));
          n_ok++;
          continue;
        }
      g_assert_null (file);
      g_assert_error (error, B2_ERROR, B2_ERROR_FORMAT);
      g_assert_true (g_str_has_prefix (error->message, path));
    }
  g_assert_cmpuint (n_ok, >=, 10);
  json_decref (list);
}

static void
test_header_limits (void)
{
  g_autoptr (GString) nested = g_string_new ("{\"a\":");
  g_autoptr (GString) many = g_string_new ("{\"a\":[");
  Guard guard;

  for (int i = 0; i < 100000; i++)
    g_string_append_c (nested, '[');
  for (int i = 0; i < 2000000; i++)
    g_string_append (many, "{},");
  g_string_append (many, "{}]}");
  guard = guard_begin ();
  assert_refused (nested->str, 0, "nested deeper");
  assert_refused (many->str, 0, "more than");
  guard_end (&guard, "a hostile header");

  assert_refused ("{\"a\":{\"dtype\":\"F32\",\"shape\":[1,1,1,1,1,1,1,1,1],\"data_offsets\":[0,4]}}", 4,
                  "9 dimensions");
  assert_accepted ("{\"a\":{\"dtype\":\"F32\",\"shape\":[1,1,1,1,1,1,1,1],\"data_offsets\":[0,4]}}", 4);
  /* Limits must not be met by what stands inside a string. */
  assert_accepted ("{\"__metadata__\":{\"a\":\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["
                   "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\\\"[[[\"}}",
                   0);
}

/* The message names tensor and numbers, and keeps control characters out. */
static void
test_messages (void)
{
  assert_refused ("{\"w.x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}", 4, "\"w.x\"");
  assert_refused ("{\"w\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}", 4, "64 bits");
  assert_refused ("{\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,9]}}", 4,
                  "expected 9 bytes of data, found 4");
  assert_refused ("{\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,0]}}", 4, "[4, 0]");
  assert_refused ("{\"a\\u001b[2J\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}", 4,
                  "\"a\\u001b[2J\"");
  assert_refused ("{\"w\":{\"dtype\":\"Q4\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4, "\"Q4\"");
  /* Empty tensors in the middle of another are not gaps, but they are no good either. */
  assert_refused ("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
                  "\"b\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[4,4]}}",
                  8, "\"b\"");
  assert_accepted ("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
                   "\"b\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[8,8]},"
                   "\"c\":{\"dtype\":\"F32\",\"shape\":[0,7],\"data_offsets\":[0,0]}}",
                   8);
}

static void
assert_no_open (const char *path, B2Error code)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (b2_safetensors_open (path, &error));
  g_assert_error (error, B2_ERROR, (int) code);
  g_assert_true (g_str_has_prefix (error->message, path));
}

static void
test_not_files (void)
{
  char *folder = folder_new ();
  g_autofree char *pointer = g_build_filename (folder, "pointer.safetensors", NULL);
  g_autoptr (GError) error = NULL;
  g_autofree char *fifo = g_build_filename (folder, "fifo", NULL);
  g_autofree char *missing = g_build_filename (folder, "missing.safetensors", NULL);

  g_assert_cmpint (mkfifo (fifo, 0600), ==, 0);
  assert_no_open (folder, B2_ERROR_IO);
  assert_no_open (fifo, B2_ERROR_IO); /* and does not wait for a writer */
  assert_no_open (missing, B2_ERROR_IO);
  assert_no_open ("/dev/zero", B2_ERROR_IO);

  folder_add (folder, "pointer.safetensors",
              "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n", -1);
  g_assert_null (b2_safetensors_open (pointer, &error));
  g_assert_error (error, B2_ERROR, B2_ERROR_FORMAT);
  g_assert_nonnull (strstr (error->message, "git lfs pull"));
  folder_remove (folder);
}

/* ---- what is read -------------------------------------------------------------- */

static void
test_contents (void)
{
  g_autoptr (B2Safetensors) order = open_golden ("malformed/safetensors/ok-order-not-by-offset.safetensors");
  g_autoptr (B2Safetensors) scalar = open_golden ("malformed/safetensors/ok-scalar.safetensors");
  g_autoptr (B2Safetensors) empty = open_golden ("malformed/safetensors/ok-empty-dict.safetensors");
  g_autoptr (B2Safetensors) unicode = open_golden ("malformed/safetensors/name-unicode-escapes.safetensors");
  g_autoptr (B2Safetensors) model = open_golden ("opt-basic/model.safetensors");
  const B2TensorInfo *first = b2_safetensors_nth (order, 0), *second = b2_safetensors_nth (order, 1), *table;
  const char *header;
  gsize n;

  g_assert_true (first->data + first->n_bytes == second->data);
  g_assert_true (b2_safetensors_lookup (order, first->name) == first);
  g_assert_true (b2_safetensors_lookup (order, second->name) == second);
  g_assert_null (b2_safetensors_lookup (order, "no such tensor"));

  g_assert_cmpint (b2_safetensors_nth (scalar, 0)->n_dims, ==, 0);
  g_assert_cmpuint (b2_safetensors_nth (scalar, 0)->n_elements, ==, 1);
  g_assert_null (b2_safetensors_lookup (empty, ""));
  g_assert_nonnull (b2_safetensors_lookup (unicode, "a\xf0\x9f\x98\x80\n"));

  table = b2_safetensors_lookup (model, "vision_model.embeddings.patch_embedding.weight");
  g_assert_nonnull (table);
  g_assert_cmpint (table->dtype, ==, B2_DTYPE_F32);
  g_assert_cmpint (table->n_dims, ==, 4);
  g_assert_cmpint (table->shape[0], ==, 32);
  g_assert_cmpint (table->shape[1], ==, 3);
  g_assert_cmpint (table->shape[2], ==, 14);
  g_assert_cmpint (table->shape[3], ==, 14);
  g_assert_cmpuint (table->n_elements, ==, 32 * 3 * 14 * 14);
  g_assert_cmpuint (table->n_bytes, ==, 4 * 32 * 3 * 14 * 14);
  g_assert_true (g_str_has_suffix (table->path, "opt-basic/model.safetensors"));
  header = b2_safetensors_header (model, &n);
  g_assert_cmpint (header[0], ==, '{');
  g_assert_cmpuint (n % 8, ==, 0);
  g_assert_cmpstr (b2_safetensors_metadata (model, "format"), ==, "pt");
  g_assert_null (b2_safetensors_metadata (model, "no such key"));
}

static void
test_dtypes (void)
{
  static const struct
  {
    const char *name;
    B2Dtype dtype;
    gsize n_bytes;
  } known[] = {
    { "F32", B2_DTYPE_F32, 4 },   { "F16", B2_DTYPE_F16, 2 }, { "BF16", B2_DTYPE_BF16, 2 },
    { "F64", B2_DTYPE_F64, 8 },   { "I64", B2_DTYPE_I64, 8 }, { "I32", B2_DTYPE_I32, 4 },
    { "I16", B2_DTYPE_I16, 2 },   { "I8", B2_DTYPE_I8, 1 },   { "U8", B2_DTYPE_U8, 1 },
    { "BOOL", B2_DTYPE_BOOL, 1 },
  };
  g_autoptr (B2Safetensors) all = open_golden ("malformed/safetensors/ok-all-dtypes.safetensors");
  g_autoptr (B2Safetensors) f8 = open_golden ("malformed/safetensors/dtype-f8.safetensors");

  for (gsize i = 0; i < G_N_ELEMENTS (known); i++)
    {
      g_assert_cmpstr (b2_dtype_name (known[i].dtype), ==, known[i].name);
      g_assert_cmpuint (b2_dtype_size (known[i].dtype), ==, known[i].n_bytes);
    }
  g_assert_cmpuint (b2_dtype_size (B2_DTYPE_OTHER), ==, 0);
  for (gsize i = 0; i < b2_safetensors_n_tensors (all); i++)
    {
      const B2TensorInfo *info = b2_safetensors_nth (all, i);

      g_assert_cmpuint (info->n_bytes, ==, info->n_elements * b2_dtype_size (info->dtype));
    }
  g_assert_cmpint (b2_safetensors_nth (f8, 0)->dtype, ==, B2_DTYPE_OTHER);
  assert_accepted ("{\"a\":{\"dtype\":\"F6_E2M3\",\"shape\":[4],\"data_offsets\":[0,3]}}", 3);
  assert_refused ("{\"a\":{\"dtype\":\"F6_E2M3\",\"shape\":[3],\"data_offsets\":[0,3]}}", 3, "bits");
}

/* ---- writer -------------------------------------------------------------------- */

static const float numbers[6] = { 1.0f, -2.5f, 3e-38f, 4.0f, 5.0f, 6.0f };

static B2SafetensorsWriter *
make_writer (void)
{
  B2SafetensorsWriter *writer = b2_safetensors_writer_new ();

  b2_safetensors_writer_set_metadata (writer, "prompt", "Frage: \xe2\x80\x9ewas?\"\n");
  b2_safetensors_writer_add (writer, "z", numbers, 2, (const gint64[]){ 2, 3 });
  b2_safetensors_writer_add (writer, "empty", NULL, 2, (const gint64[]){ 0, 3 });
  b2_safetensors_writer_add (writer, "a", numbers + 5, 0, NULL);
  return writer;
}

static void
assert_written (B2Safetensors *file)
{
  const B2TensorInfo *z = b2_safetensors_lookup (file, "z"), *a = b2_safetensors_lookup (file, "a");
  gsize n;

  g_assert_cmpuint (b2_safetensors_n_tensors (file), ==, 3);
  g_assert_true (b2_safetensors_nth (file, 0) == z); /* in the order they were added */
  g_assert_cmpint (z->n_dims, ==, 2);
  g_assert_cmpint (z->shape[0], ==, 2);
  g_assert_cmpint (z->shape[1], ==, 3);
  g_assert_cmpmem (z->data, z->n_bytes, numbers, sizeof numbers);
  g_assert_cmpmem (a->data, a->n_bytes, numbers + 5, sizeof (float));
  g_assert_cmpint (b2_safetensors_lookup (file, "empty")->n_bytes, ==, 0);
  g_assert_cmpstr (b2_safetensors_metadata (file, "prompt"), ==, "Frage: \xe2\x80\x9ewas?\"\n");
  b2_safetensors_header (file, &n);
  g_assert_cmpuint (n % 8, ==, 0);
}

static void
test_writer (void)
{
  char *folder = folder_new ();
  g_autofree char *path = g_build_filename (folder, "out.safetensors", NULL);
  g_autofree char *link = g_build_filename (folder, "link.safetensors", NULL);
  g_autoptr (B2SafetensorsWriter) writer = make_writer ();
  g_autoptr (B2SafetensorsWriter) nothing = b2_safetensors_writer_new ();
  g_autoptr (B2Safetensors) file = NULL, through_link = NULL, empty = NULL;
  g_autoptr (GError) error = NULL;
  struct stat st;
  mode_t mask = umask (022);

  g_assert_true (b2_safetensors_writer_write (writer, path, &error));
  umask (mask);
  g_assert_no_error (error);
  g_assert_cmpuint (folder_count (folder), ==, 1);
  g_assert_cmpint (g_stat (path, &st), ==, 0);
  g_assert_cmpint (st.st_mode & 0777, ==, 0644);
  file = b2_safetensors_open (path, &error);
  g_assert_no_error (error);
  assert_written (file);

  /* An open file keeps its old contents when it is written anew; a link stays one. */
  g_assert_true (b2_safetensors_writer_write (nothing, path, &error));
  assert_written (file);
  g_assert_cmpint (symlink ("out.safetensors", link), ==, 0);
  g_assert_true (b2_safetensors_writer_write (writer, link, &error));
  g_assert_no_error (error);
  g_assert_true (g_file_test (link, G_FILE_TEST_IS_SYMLINK));
  through_link = b2_safetensors_open (path, &error);
  g_assert_no_error (error);
  assert_written (through_link);
  g_assert_true (b2_safetensors_writer_write (nothing, path, &error));
  empty = b2_safetensors_open (path, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (b2_safetensors_n_tensors (empty), ==, 0);
  folder_remove (folder);
}

static void
assert_not_written (B2SafetensorsWriter *writer, const char *path, B2Error code, const char *words)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (b2_safetensors_writer_write (writer, path, &error));
  g_assert_error (error, B2_ERROR, (int) code);
  g_assert_true (g_str_has_prefix (error->message, path));
  g_assert_nonnull (strstr (error->message, words));
}

static void
test_writer_refused (void)
{
  char *folder = folder_new ();
  g_autofree char *path = g_build_filename (folder, "out.safetensors", NULL);
  g_autofree char *nowhere = g_build_filename (folder, "missing", "out.safetensors", NULL);
  g_autofree char *below = g_build_filename (folder, "file", "out.safetensors", NULL);
  g_autoptr (B2SafetensorsWriter) writer = make_writer ();
  g_autoptr (B2SafetensorsWriter) twice = make_writer ();
  g_autoptr (B2SafetensorsWriter) not_utf8 = make_writer ();

  folder_add (folder, "file", "x", 1);
  assert_not_written (writer, nowhere, B2_ERROR_IO, "No such file");
  assert_not_written (writer, below, B2_ERROR_IO, "Not a directory");
  assert_not_written (writer, folder, B2_ERROR_IO, "Is a directory");
  assert_not_written (writer, "/proc/qlens-test.safetensors", B2_ERROR_IO, "cannot be written");
  b2_safetensors_writer_add (twice, "a", numbers, 0, NULL);
  assert_not_written (twice, path, B2_ERROR_ARGUMENT, "\"a\"");
  b2_safetensors_writer_set_metadata (not_utf8, "prompt", "\xff");
  assert_not_written (not_utf8, path, B2_ERROR_ARGUMENT, "\"prompt\"");
  if (geteuid () != 0)
    {
      g_assert_cmpint (g_chmod (folder, 0555), ==, 0);
      assert_not_written (writer, path, B2_ERROR_IO, "Permission denied");
      g_assert_cmpint (g_chmod (folder, 0755), ==, 0);
    }
  g_assert_cmpuint (folder_count (folder), ==, 1);
  folder_remove (folder);
}

/* A limit on the size of files stands in for the full disk. */
static void
test_writer_full_disk (void)
{
  char *folder = folder_new ();
  g_autofree char *path = g_build_filename (folder, "out.safetensors", NULL);
  g_autofree char *other = g_build_filename (folder, "other.safetensors", NULL);
  g_autofree float *large = g_new0 (float, 1 << 18);
  g_autofree char *contents = NULL;
  g_autoptr (B2SafetensorsWriter) writer = make_writer ();
  struct rlimit limit, small;

  folder_add (folder, "out.safetensors", "as it was", -1);
  b2_safetensors_writer_add (writer, "large", large, 1, (const gint64[]){ 1 << 18 });
  g_assert_cmpint (getrlimit (RLIMIT_FSIZE, &limit), ==, 0);
  small = limit;
  small.rlim_cur = 65536;
  signal (SIGXFSZ, SIG_IGN);
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &small), ==, 0);
  assert_not_written (writer, path, B2_ERROR_IO, "File too large");
  assert_not_written (writer, other, B2_ERROR_IO, "File too large");
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &limit), ==, 0);
  signal (SIGXFSZ, SIG_DFL);

  g_assert_cmpuint (folder_count (folder), ==, 1);
  g_assert_true (g_file_get_contents (path, &contents, NULL, NULL));
  g_assert_cmpstr (contents, ==, "as it was");
  folder_remove (folder);

  if (g_file_test ("/dev/full", G_FILE_TEST_EXISTS))
    {
      assert_not_written (writer, "/dev/full", B2_ERROR_IO, "No space left");
      g_assert_false (g_file_test ("/dev/full", G_FILE_TEST_IS_REGULAR));
    }
}

static gpointer
read_fifo (gpointer path)
{
  GByteArray *bytes = g_byte_array_new ();
  int fd = open (path, O_RDONLY | O_CLOEXEC);
  guint8 buffer[64];
  gssize n;

  while ((n = read (fd, buffer, sizeof buffer)) > 0)
    g_byte_array_append (bytes, buffer, (guint) n);
  close (fd);
  return bytes;
}

static void
test_writer_fifo (void)
{
  char *folder = folder_new ();
  g_autofree char *path = g_build_filename (folder, "fifo", NULL);
  g_autoptr (B2SafetensorsWriter) writer = make_writer ();
  g_autoptr (B2Safetensors) file = NULL;
  g_autoptr (GByteArray) bytes = NULL;
  g_autoptr (GError) error = NULL;
  GThread *reader;
  struct stat st;

  g_assert_cmpint (mkfifo (path, 0600), ==, 0);
  reader = g_thread_new ("reader", read_fifo, path);
  g_assert_true (b2_safetensors_writer_write (writer, path, &error));
  g_assert_no_error (error);
  bytes = g_thread_join (reader);
  g_assert_cmpint (g_lstat (path, &st), ==, 0);
  g_assert_true (S_ISFIFO (st.st_mode));
  file = b2_safetensors_open_memory (bytes->data, bytes->len, "fifo", &error);
  g_assert_no_error (error);
  assert_written (file);
  folder_remove (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/safetensors/malformed", test_malformed);
  g_test_add_func ("/safetensors/header-limits", test_header_limits);
  g_test_add_func ("/safetensors/messages", test_messages);
  g_test_add_func ("/safetensors/not-files", test_not_files);
  g_test_add_func ("/safetensors/contents", test_contents);
  g_test_add_func ("/safetensors/dtypes", test_dtypes);
  g_test_add_func ("/safetensors-writer/round-trip", test_writer);
  g_test_add_func ("/safetensors-writer/refused", test_writer_refused);
  g_test_add_func ("/safetensors-writer/full-disk", test_writer_full_disk);
  g_test_add_func ("/safetensors-writer/fifo", test_writer_fifo);
  return g_test_run ();
}
