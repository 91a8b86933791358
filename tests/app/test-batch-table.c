/* CSV and JSON lines: escaping, repair of half-written ends, what newer rows replace. */
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>

#include "app/batch-csv.h"
#include "app/batch-table.h"
#include "tests/app/caption-files.h"

static char *dir;

static char *
in_dir (const char *name)
{
  return g_build_filename (dir, name, NULL);
}

static QlBatchTable *
open_ok (const char *path, QlBatchTableKind kind)
{
  g_autoptr (GError) error = NULL;
  QlBatchTable *table = ql_batch_table_open (path, kind, &error);

  g_assert_no_error (error);
  return table;
}

static void
close_ok (QlBatchTable *table)
{
  g_autoptr (GError) error = NULL;

  ql_batch_table_close (table, &error);
  g_assert_no_error (error);
  g_assert_cmpint (folder_n_hidden (dir), ==, 0);
}

static void
add_csv (QlBatchTable *table, const char *file, const char *caption, const char *failure,
         QlBatchTableDrop drop)
{
  g_autofree char *row = ql_csv_row (file, caption, 1.5, failure);
  g_autoptr (GError) error = NULL;

  ql_batch_table_add (table, file, row, failure != NULL, drop, &error);
  g_assert_no_error (error);
}

static void
assert_content (const char *path, const char *expected)
{
  g_autofree char *content = file_read (path, NULL);

  g_assert_cmpstr (content, ==, expected);
}

static void
test_csv_escaping (void)
{
  for (gsize i = 0; nasty_texts[i] != NULL; i++)
    for (gsize k = 0; nasty_texts[k] != NULL; k++)
      {
        g_autofree char *row = ql_csv_row (nasty_texts[i], nasty_texts[k], 0.25, nasty_texts[i]);
        const char *at = row;
        gboolean ended;
        g_auto (GStrv) fields = ql_csv_parse_row (&at, row + strlen (row), &ended);

        g_assert_nonnull (fields);
        g_assert_true (ended);
        g_assert_cmpuint (g_strv_length (fields), ==, QL_CSV_N_FIELDS);
        g_assert_cmpstr (fields[QL_CSV_FILE], ==, nasty_texts[i]);
        g_assert_cmpstr (fields[QL_CSV_CAPTION], ==, nasty_texts[k]);
        g_assert_cmpstr (fields[QL_CSV_SECONDS], ==, "0.250");
        g_assert_cmpstr (fields[QL_CSV_ERROR], ==, nasty_texts[i]);
        g_assert_cmpint (*at, ==, '\0');
      }
}

/* To the letter of RFC 4180; and no cell begins a formula. */
static void
test_csv_letter (void)
{
  static const struct
  {
    const char *caption, *row;
  } cases[] = {
    { "a dog", "f,a dog,1.500,\r\n" }, { "a \"big\" dog", "f,\"a \"\"big\"\" dog\",1.500,\r\n" },
    { "a,b", "f,\"a,b\",1.500,\r\n" }, { "a\nb", "f,\"a\nb\",1.500,\r\n" },
    { "=1+1", "f,'=1+1,1.500,\r\n" },  { "@x,\"", "f,\"'@x,\"\"\",1.500,\r\n" },
    { "\tx", "f,'\tx,1.500,\r\n" },    { "'=1", "f,''=1,1.500,\r\n" },
    { "it's", "f,it's,1.500,\r\n" },   { "'tis", "f,'tis,1.500,\r\n" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *row = ql_csv_row ("f", cases[i].caption, 1.5, NULL);

      g_assert_cmpstr (row, ==, cases[i].row);
    }
}

static void
test_csv_grows (void)
{
  g_autofree char *path = in_dir ("grows.csv");
  QlBatchTable *table = open_ok (path, QL_BATCH_TABLE_CSV);

  assert_content (path, QL_CSV_HEADER);
  add_csv (table, "a.png", "a dog", NULL, QL_BATCH_TABLE_DROP_ERRORS);
  assert_content (path, QL_CSV_HEADER "a.png,a dog,1.500,\r\n");
  add_csv (table, "b.png", NULL, "broken", QL_BATCH_TABLE_DROP_ERRORS);
  close_ok (table);

  table = open_ok (path, QL_BATCH_TABLE_CSV);
  g_assert_true (ql_batch_table_has_caption (table, "a.png"));
  g_assert_true (ql_batch_table_has_caption (table, "./x/../a.png")); /* however it is named */
  g_assert_false (ql_batch_table_has_caption (table, "b.png"));
  g_assert_false (ql_batch_table_has_caption (table, "c.png"));
  add_csv (table, "b.png", "a cat", NULL, QL_BATCH_TABLE_DROP_ERRORS);
  g_assert_true (ql_batch_table_has_caption (table, "b.png"));
  close_ok (table);
  assert_content (path, QL_CSV_HEADER "a.png,a dog,1.500,\r\nb.png,a cat,1.500,\r\n");
}

static void
test_drops (void)
{
  g_autofree char *path = in_dir ("drops.csv");
  QlBatchTable *table = open_ok (path, QL_BATCH_TABLE_CSV);

  add_csv (table, "a", "1", NULL, QL_BATCH_TABLE_DROP_ERRORS);
  add_csv (table, "a", "2", NULL, QL_BATCH_TABLE_DROP_ERRORS);
  add_csv (table, "b", "3", NULL, QL_BATCH_TABLE_DROP_ERRORS);
  close_ok (table);
  assert_content (path, QL_CSV_HEADER "a,1,1.500,\r\na,2,1.500,\r\nb,3,1.500,\r\n");

  table = open_ok (path, QL_BATCH_TABLE_CSV);
  add_csv (table, "a", "2b", NULL, QL_BATCH_TABLE_DROP_LAST);
  close_ok (table);
  assert_content (path, QL_CSV_HEADER "a,1,1.500,\r\nb,3,1.500,\r\na,2b,1.500,\r\n");

  /* an error does not stand for a caption, only for an error */
  table = open_ok (path, QL_BATCH_TABLE_CSV);
  add_csv (table, "a", NULL, "x", QL_BATCH_TABLE_DROP_ALL);
  add_csv (table, "a", NULL, "y", QL_BATCH_TABLE_DROP_ALL);
  close_ok (table);
  assert_content (path, QL_CSV_HEADER "a,1,1.500,\r\nb,3,1.500,\r\na,2b,1.500,\r\na,,1.500,y\r\n");

  table = open_ok (path, QL_BATCH_TABLE_CSV);
  add_csv (table, "a", "4", NULL, QL_BATCH_TABLE_DROP_ALL);
  close_ok (table);
  assert_content (path, QL_CSV_HEADER "b,3,1.500,\r\na,4,1.500,\r\n");
}

/* Killed at any byte: what was whole stays, the rest goes, and the file goes on. */
static void
test_csv_repair (void)
{
  static const char whole[] = QL_CSV_HEADER "a.png,a dog,1.500,\r\n\"b,1.png\",\"say \"\"hi\"\"\",0.1,\r\n";
  const gsize first_end = strlen (QL_CSV_HEADER "a.png,a dog,1.500,\r\n");

  for (gsize n = 0; n < strlen (whole); n++)
    {
      g_autofree char *path = folder_put (dir, "cut.csv", whole, (gssize) n);
      QlBatchTable *table = open_ok (path, QL_BATCH_TABLE_CSV);
      gboolean has_first = n >= first_end - 2; /* all of it but the line end */
      gboolean has_second = n >= strlen (whole) - 2;
      g_autofree char *expected = NULL;

      g_assert_true (ql_batch_table_has_caption (table, "a.png") == has_first);
      g_assert_true (ql_batch_table_has_caption (table, "b,1.png") == has_second);
      add_csv (table, "c", "3", NULL, QL_BATCH_TABLE_DROP_ERRORS);
      close_ok (table);
      expected = g_strconcat (QL_CSV_HEADER, has_first ? "a.png,a dog,1.500,\r\n" : "",
                              has_second ? whole + first_end : "", "c,3,1.500,\r\n", NULL);
      assert_content (path, expected);
    }
}

/* A last row without its line end that is replaced goes as a whole. */
static void
test_csv_repaired_row_dropped (void)
{
  g_autofree char *path = folder_put (dir, "last.csv", QL_CSV_HEADER "a,1,1.500,", -1);
  QlBatchTable *table = open_ok (path, QL_BATCH_TABLE_CSV);

  add_csv (table, "a", "2", NULL, QL_BATCH_TABLE_DROP_ALL);
  close_ok (table);
  assert_content (path, QL_CSV_HEADER "a,2,1.500,\r\n");
}

/* As other programs save it. */
static void
test_csv_foreign_forms (void)
{
  static const char *const forms[] = {
    "\xef\xbb\xbf"
    "file,caption,seconds,error\r\na.png,a dog,1,\r\n",
    "file,caption,seconds,error\na.png,a dog,1,\n",
    "\"file\",\"caption\",\"seconds\",\"error\"\n\"a.png\",\"a dog\",\"1\",\"\"\n\nodd,row\n",
    "file,caption,seconds,error\na.png,a dog,1,",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (forms); i++)
    {
      g_autofree char *path = folder_put (dir, "foreign.csv", forms[i], -1);
      QlBatchTable *table = open_ok (path, QL_BATCH_TABLE_CSV);
      g_autofree char *content = NULL;

      g_assert_true (ql_batch_table_has_caption (table, "a.png"));
      add_csv (table, "a.png", "two", NULL, QL_BATCH_TABLE_DROP_ERRORS);
      close_ok (table);
      content = file_read (path, NULL);
      g_assert_true (g_str_has_prefix (content, forms[i]));
      g_assert_true (g_str_has_suffix (content, "\na.png,two,1.500,\r\n"));
    }
}

static void
assert_refused (QlBatchTableKind kind, const char *content, gssize n)
{
  g_autofree char *path = folder_put (dir, "refused", content, n);
  g_autofree char *after = NULL;
  g_autoptr (GError) error = NULL;
  gsize n_after;

  if (ql_batch_table_open (path, kind, &error) != NULL)
    g_error ("taken: %s", content);
  g_assert_nonnull (error);
  g_assert_nonnull (strstr (error->message, "refused: "));
  g_assert_nonnull (strstr (error->message, "; "));
  after = file_read (path, &n_after);
  g_assert_cmpmem (after, n_after, content, n < 0 ? strlen (content) : (gsize) n);
}

/* Somebody else's file stays theirs, to the byte. */
static void
test_refused (void)
{
  g_autofree char *folder = in_dir ("folder");
  g_autofree char *nowhere = in_dir ("no/such/folder.csv");

  assert_refused (QL_BATCH_TABLE_CSV, "name,age\r\nx,1\r\n", -1);
  assert_refused (QL_BATCH_TABLE_CSV, "\x89PNG\r\n\x1a\n", 8);
  assert_refused (QL_BATCH_TABLE_CSV, "file,caption\r\n", -1);
  assert_refused (QL_BATCH_TABLE_CSV, "hello", -1);
  /* a quote too many, in the middle: the rows behind it are not a half-written end */
  assert_refused (QL_BATCH_TABLE_CSV, QL_CSV_HEADER "a,\"1,2,\r\nb,2,3,\r\nc,4,5,\r\n", -1);
  assert_refused (QL_BATCH_TABLE_JSONL, "hello\n", -1);
  assert_refused (QL_BATCH_TABLE_JSONL, "{\"image\":\"a\",\"text\":\"b\"}\nbroken\n{\"image\":\"c\"}\n", -1);
  assert_refused (QL_BATCH_TABLE_JSONL, "[1,2]", -1);
  assert_refused (QL_BATCH_TABLE_JSONL, "\0\0\0\n", 4);
  g_assert_cmpint (g_mkdir (folder, 0755), ==, 0);
  g_assert_null (ql_batch_table_open (folder, QL_BATCH_TABLE_CSV, NULL));
  g_assert_null (ql_batch_table_open (nowhere, QL_BATCH_TABLE_CSV, NULL));
  g_assert_null (ql_batch_table_open ("/dev/null", QL_BATCH_TABLE_CSV, NULL));
}

static void
test_jsonl_repair (void)
{
  static const char whole[]
      = "{\"image\":\"a.png\",\"text\":\"a \\\"dog\\\"\"}\n{\"image\":\"b.png\",\"text\":\"\"}\n";
  const char *second = strchr (whole, '\n') + 1;
  gsize n_first = (gsize) (second - whole);

  for (gsize n = 0; n < strlen (whole); n++)
    {
      g_autofree char *path = folder_put (dir, "cut.jsonl", whole, (gssize) n);
      QlBatchTable *table = open_ok (path, QL_BATCH_TABLE_JSONL);
      g_autofree char *expected = NULL;
      gboolean has_first = n >= n_first - 1, has_second = n >= strlen (whole) - 1;

      g_assert_true (ql_batch_table_has_caption (table, "a.png") == has_first);
      g_assert_true (ql_batch_table_has_caption (table, "b.png") == has_second);
      g_assert_true (ql_batch_table_add (table, "c", "{\"image\":\"c\",\"text\":\"\"}\n", FALSE,
                                         QL_BATCH_TABLE_DROP_ERRORS, NULL));
      close_ok (table);
      expected = g_strdup_printf ("%.*s%s{\"image\":\"c\",\"text\":\"\"}\n", has_first ? (int) n_first : 0,
                                  whole, has_second ? second : "");
      assert_content (path, expected);
    }
}

static void
test_jsonl_errors (void)
{
  static const char content[]
      = "{\"image\":\"a\",\"error\":\"e\"}\n{\"other\":1}\n{\"image\":\"b\",\"text\":\"t\","
        "\"error\":\"not written\"}\n{\"image\":\"a\",\"text\":\"now\"}\n";
  g_autofree char *path = folder_put (dir, "errors.jsonl", content, -1);
  QlBatchTable *table = open_ok (path, QL_BATCH_TABLE_JSONL);

  g_assert_true (ql_batch_table_has_caption (table, "a"));
  g_assert_false (ql_batch_table_has_caption (table, "b"));
  close_ok (table);
  assert_content (path, "{\"other\":1}\n{\"image\":\"b\",\"text\":\"t\",\"error\":\"not written\"}\n"
                        "{\"image\":\"a\",\"text\":\"now\"}\n");
}

static void
test_names (void)
{
  g_autofree char *plain = ql_batch_table_name ("x/\xc3\xa4 b.png");
  g_autofree char *bytes = ql_batch_table_name ("/x/\xff.png");
  g_autofree char *path = in_dir ("names.csv");
  QlBatchTable *table = open_ok (path, QL_BATCH_TABLE_CSV);
  g_autofree char *row = ql_csv_row (bytes, "c", 1, NULL);

  g_assert_cmpstr (plain, ==, "x/\xc3\xa4 b.png");
  g_assert_cmpstr (bytes, ==, "file:///x/%FF.png");
  g_assert_true (ql_batch_table_add (table, "/x/\xff.png", row, FALSE, QL_BATCH_TABLE_DROP_ERRORS, NULL));
  close_ok (table);
  table = open_ok (path, QL_BATCH_TABLE_CSV);
  g_assert_true (ql_batch_table_has_caption (table, "/x/\xff.png"));
  g_assert_false (ql_batch_table_has_caption (table, "/x/\xfe.png"));
  close_ok (table);
}

static void
test_two_at_once (void)
{
  g_autofree char *path = in_dir ("two.csv");
  QlBatchTable *table = open_ok (path, QL_BATCH_TABLE_CSV);
  g_autoptr (GError) error = NULL;

  g_assert_null (ql_batch_table_open (path, QL_BATCH_TABLE_CSV, &error));
  g_assert_nonnull (error);
  g_assert_nonnull (strstr (error->message, "another Qlens"));
  close_ok (table);
  close_ok (open_ok (path, QL_BATCH_TABLE_CSV));
}

/* No more room: the rows before stay, and no half of one. */
static void
test_full (void)
{
  g_autofree char *path = in_dir ("full.csv");
  QlBatchTable *table = open_ok (path, QL_BATCH_TABLE_CSV);
  g_autofree char *before = NULL;
  g_autoptr (GError) error = NULL;
  struct rlimit limit, old;

  add_csv (table, "a", "1", NULL, QL_BATCH_TABLE_DROP_ERRORS);
  before = file_read (path, NULL);
  g_assert_cmpint (getrlimit (RLIMIT_FSIZE, &old), ==, 0);
  limit = (struct rlimit){ strlen (before) + 5, old.rlim_max };
  signal (SIGXFSZ, SIG_IGN);
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &limit), ==, 0);
  g_assert_false (ql_batch_table_add (table, "b", "b,a longer caption,1.0,\r\n", FALSE,
                                      QL_BATCH_TABLE_DROP_ERRORS, &error));
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &old), ==, 0);
  g_assert_nonnull (error);
  assert_content (path, before);
  add_csv (table, "c", "3", NULL, QL_BATCH_TABLE_DROP_ERRORS);
  close_ok (table);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  dir = folder_new ();
  g_test_add_func ("/batch-table/csv/escaping", test_csv_escaping);
  g_test_add_func ("/batch-table/csv/letter", test_csv_letter);
  g_test_add_func ("/batch-table/csv/grows", test_csv_grows);
  g_test_add_func ("/batch-table/csv/repair", test_csv_repair);
  g_test_add_func ("/batch-table/csv/repaired-row-dropped", test_csv_repaired_row_dropped);
  g_test_add_func ("/batch-table/csv/foreign-forms", test_csv_foreign_forms);
  g_test_add_func ("/batch-table/drops", test_drops);
  g_test_add_func ("/batch-table/refused", test_refused);
  g_test_add_func ("/batch-table/jsonl/repair", test_jsonl_repair);
  g_test_add_func ("/batch-table/jsonl/errors", test_jsonl_errors);
  g_test_add_func ("/batch-table/names", test_names);
  g_test_add_func ("/batch-table/two-at-once", test_two_at_once);
  g_test_add_func ("/batch-table/full", test_full);
  status = g_test_run ();
  folder_free (dir);
  return status;
}
