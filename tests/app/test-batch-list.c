/* Which pictures a folder has: order, what is passed over, loops, limits, 20,000 files. */
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/batch-list.h"
#include "app/batch.h"
#include "tests/app/caption-files.h"

#define N_MANY 20000

static char *dir;

static QlBatchList *
collect_in (const char *sub, gboolean recursive)
{
  g_autofree char *path = g_build_filename (dir, sub, NULL);
  const char *names[] = { path };
  QlBatchListOptions options = { .recursive = recursive };
  g_autoptr (GError) error = NULL;
  QlBatchList *list = ql_batch_list_collect (names, 1, &options, NULL, &error);

  g_assert_no_error (error);
  return list;
}

static void
assert_paths (const QlBatchList *list, const char *sub, const char *const *expected)
{
  for (guint i = 0; i < list->paths->len && expected[i] != NULL; i++)
    {
      g_autofree char *path = g_build_filename (dir, sub, expected[i], NULL);

      g_assert_cmpstr (list->paths->pdata[i], ==, path);
    }
  g_assert_cmpuint (list->paths->len, ==, g_strv_length ((char **) expected));
}

static char *
folder (const char *name)
{
  char *path = g_build_filename (dir, name, NULL);

  g_assert_cmpint (g_mkdir_with_parents (path, 0755), ==, 0);
  return path;
}

static void
picture (const char *in, const char *name)
{
  g_free (folder_put (in, name, "\x89PNG\r\n\x1a\n", 8));
}

static void
test_order (void)
{
  static const char *const files[] = { "img10.png", "img9.png", "IMG1.png", "b.png", "a.png" };
  g_autofree char *top = folder ("order");
  g_autofree char *sub = folder ("order/sub");
  g_autofree char *sub2 = folder ("order/sub10");
  g_autofree char *sub3 = folder ("order/sub9");
  g_autoptr (QlBatchList) flat = NULL;
  g_autoptr (QlBatchList) deep = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (files); i++)
    picture (top, files[i]);
  picture (sub, "z.png");
  picture (sub2, "y.png");
  picture (sub3, "x.png");
  flat = collect_in ("order", FALSE);
  g_assert_cmpuint (flat->paths->len, ==, G_N_ELEMENTS (files));
  g_assert_cmpstr (flat->folder, ==, top);
  g_assert_false (flat->several_folders);
  deep = collect_in ("order", TRUE);
  g_assert_cmpstr (deep->folder, ==, top);
  g_assert_true (deep->several_folders);
  g_assert_cmpuint (deep->paths->len, ==, G_N_ELEMENTS (files) + 3);
  /* in the C locale capitals come first; numbers count everywhere */
  assert_paths (deep, "order",
                (const char *const[]){ "IMG1.png", "a.png", "b.png", "img9.png", "img10.png", "sub/z.png",
                                       "sub9/x.png", "sub10/y.png", NULL });
}

static void
test_passed_over (void)
{
  g_autofree char *top = folder ("over");
  g_autofree char *hidden = folder ("over/.hidden");
  g_autofree char *fifo = g_build_filename (top, "pipe.png", NULL);
  g_autofree char *dangling = g_build_filename (top, "dangling.png", NULL);
  g_autoptr (QlBatchList) list = NULL;

  picture (top, "yes.png");
  picture (top, "no-extension");
  picture (top, ".hidden.png");
  picture (hidden, "x.png");
  g_free (folder_put (top, "caption.txt", "BMX rider on a ramp\n", -1)); /* BM: a bitmap */
  g_free (folder_put (top, "caption.jpg.xmp", "<?xpacket?><svg/>", -1));
  g_free (folder_put (top, "out.csv", "P5 ,", -1));
  g_free (folder_put (top, "text.png", "no picture", -1));
  g_free (folder_put (top, "empty.png", "", 0));
  g_free (folder_put (top, "paper.pdf", "%PDF-1.4", -1));
  g_free (folder_put (top, "photo.psd", "8BPS", -1));
  g_assert_cmpint (mkfifo (fifo, 0600), ==, 0);
  g_assert_cmpint (symlink ("nowhere", dangling), ==, 0);
  list = collect_in ("over", TRUE);
  assert_paths (list, "over", (const char *const[]){ "no-extension", "yes.png", NULL });
  g_assert_cmpuint (list->n_other, ==, 7);
  g_assert_cmpuint (list->problems->len, ==, 0);
}

static void
test_links (void)
{
  g_autofree char *top = folder ("links");
  g_autofree char *sub = folder ("links/sub");
  g_autofree char *loop = g_build_filename (sub, "loop", NULL);
  g_autofree char *self = g_build_filename (top, "self", NULL);
  g_autofree char *twin = g_build_filename (top, "b.png", NULL);
  g_autoptr (QlBatchList) list = NULL;
  g_autoptr (QlBatchList) twice = NULL;
  g_autofree char *a = g_build_filename (sub, "..", "a.png", NULL);
  const char *names[] = { top, a, sub, top };

  picture (top, "a.png");
  picture (sub, "c.png");
  g_assert_cmpint (symlink ("..", loop), ==, 0);
  g_assert_cmpint (symlink ("self", self), ==, 0); /* leads to itself */
  g_assert_cmpint (symlink ("a.png", twin), ==, 0);
  list = collect_in ("links", TRUE);
  assert_paths (list, "links", (const char *const[]){ "a.png", "sub/c.png", NULL });
  /* named twice, in two ways */
  twice = ql_batch_list_collect (names, G_N_ELEMENTS (names), NULL, NULL, NULL);
  assert_paths (twice, "links", (const char *const[]){ "a.png", "sub/c.png", NULL });
}

static void
test_named (void)
{
  g_autofree char *gone = g_build_filename (dir, "gone.png", NULL);
  g_autofree char *text = folder_put (dir, "named.txt", "text", -1);
  const char *names[] = { gone, text };
  g_autoptr (QlBatchList) list = ql_batch_list_collect (names, 2, NULL, NULL, NULL);

  g_assert_cmpuint (list->paths->len, ==, 2); /* they fail when they are read */
}

static void
test_limits (void)
{
  g_autofree char *top = folder ("limits");
  const char *names[] = { top };
  QlBatchListOptions options = { .max_pictures = 3 };
  g_autoptr (GCancellable) cancelled = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (QlBatchList) list = NULL;

  picture (top, "1.png");
  picture (top, "2.png");
  picture (top, "3.png");
  list = ql_batch_list_collect (names, 1, &options, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (list->paths->len, ==, 3);
  options.max_pictures = 2;
  g_assert_null (ql_batch_list_collect (names, 1, &options, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE);
  g_clear_error (&error);
  options = (QlBatchListOptions){ .max_entries = 2 };
  g_assert_null (ql_batch_list_collect (names, 1, &options, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE);
  g_clear_error (&error);
  g_cancellable_cancel (cancelled);
  g_assert_null (ql_batch_list_collect (names, 1, NULL, cancelled, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
test_unreadable_folder (void)
{
  g_autofree char *top = folder ("locked");
  g_autofree char *sub = folder ("locked/sub");
  g_autoptr (QlBatchList) list = NULL;

  if (geteuid () == 0)
    {
      g_test_skip ("root reads everything");
      return;
    }
  picture (top, "a.png");
  g_assert_cmpint (g_chmod (sub, 0), ==, 0);
  list = collect_in ("locked", TRUE);
  g_assert_cmpint (g_chmod (sub, 0755), ==, 0);
  g_assert_cmpuint (list->paths->len, ==, 1);
  g_assert_cmpuint (list->problems->len, ==, 1);
}

static gint64
memory_kb (void)
{
  g_autofree char *status = NULL;
  const char *line;

  g_assert_true (g_file_get_contents ("/proc/self/status", &status, NULL, NULL));
  line = strstr (status, "VmRSS:");
  g_assert_nonnull (line);
  return g_ascii_strtoll (line + strlen ("VmRSS:"), NULL, 10);
}

static void
test_many (void)
{
  g_autofree char *top = folder ("many");
  g_autoptr (QlBatchList) list = NULL;
  g_autoptr (QlBatch) batch = ql_batch_new ();
  gint64 before, start;

  for (int i = 0; i < N_MANY; i++)
    {
      g_autofree char *path = g_strdup_printf ("%s/picture %d.png", top, i);
      FILE *file = fopen (path, "wb");

      g_assert_nonnull (file);
      fwrite ("\x89PNG\r\n\x1a\n", 1, 8, file);
      fclose (file);
    }
  before = memory_kb ();
  start = g_get_monotonic_time ();
  list = collect_in ("many", FALSE);
  ql_batch_add (batch, list->paths);
  g_test_message ("%d pictures: %.3f s, %d kB", N_MANY, (double) (g_get_monotonic_time () - start) / 1e6,
                  (int) (memory_kb () - before));
  g_assert_cmpuint (list->paths->len, ==, N_MANY);
  for (int i = 0; i < N_MANY; i++)
    {
      g_autofree char *path = g_strdup_printf ("%s/picture %d.png", top, i);

      g_assert_cmpstr (list->paths->pdata[i], ==, path);
    }
  g_assert_cmpuint (g_list_model_get_n_items (ql_batch_get_items (batch)), ==, N_MANY);
  /* a row is some hundred bytes; a sanitizer keeps much more than is asked for */
#ifndef __SANITIZE_ADDRESS__
  g_assert_cmpint (memory_kb () - before, <, 64 * 1024);
#endif
  ql_batch_add (batch, list->paths); /* again: nothing new */
  g_assert_cmpuint (g_list_model_get_n_items (ql_batch_get_items (batch)), ==, N_MANY);
}

static void
collected_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  *(GAsyncResult **) data = g_object_ref (result);
}

static void
test_async (void)
{
  g_autofree char *top = folder ("async");
  const char *names[] = { top, NULL };
  QlBatchListProgress progress = { 0 };
  const QlBatchListOptions options = { .progress = &progress };
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (QlBatchList) list = NULL;

  picture (top, "1.png");
  g_free (folder_put (top, "notes.odt", "x", 1));
  ql_batch_list_collect_async (names, &options, NULL, collected_cb, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  list = ql_batch_list_collect_finish (result, NULL);
  assert_paths (list, "async", (const char *const[]){ "1.png", NULL });
  g_assert_cmpint (g_atomic_int_get (&progress.n_entries), ==, 2);
  g_assert_cmpint (g_atomic_int_get (&progress.n_pictures), ==, 1);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  dir = folder_new ();
  g_test_add_func ("/batch-list/order", test_order);
  g_test_add_func ("/batch-list/passed-over", test_passed_over);
  g_test_add_func ("/batch-list/links", test_links);
  g_test_add_func ("/batch-list/named", test_named);
  g_test_add_func ("/batch-list/limits", test_limits);
  g_test_add_func ("/batch-list/unreadable-folder", test_unreadable_folder);
  g_test_add_func ("/batch-list/many", test_many);
  g_test_add_func ("/batch-list/async", test_async);
  status = g_test_run ();
  folder_free (dir);
  return status;
}
