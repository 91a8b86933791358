/* What a hub may say, and where it may send to: without a server. */

#include <string.h>

#include "app/hub-address.h"
#include "app/hub-listing.h"
#include "app/model-files.h"
#include "app/transfer-rate.h"

#define CONFIG "{\"type\":\"file\",\"path\":\"config.json\",\"size\":2}"
#define SUM "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define MODEL "{\"type\":\"file\",\"path\":\"model.safetensors\",\"size\":5,\"lfs\":{\"oid\":\"" SUM "\"}}"

static GPtrArray *
parse (const char *text, GError **error)
{
  return ql_hub_listing_parse (text, strlen (text), "o/n", error);
}

static void
test_listing (void)
{
  static const char *const bad[] = {
    "",
    "{}",
    "{\"error\":\"no such repository\"}",
    "[",
    "[]",
    "[7]",
    "[{}]",
    "[" CONFIG "]",
    "[" MODEL "]",
    "[" CONFIG "," MODEL "," MODEL "]",
    "[" CONFIG ",{\"type\":\"file\",\"path\":\"model.safetensors\"}]",
    "[" CONFIG ",{\"type\":\"file\",\"path\":\"model.safetensors\",\"size\":-1}]",
    "[" CONFIG ",{\"type\":\"file\",\"path\":\"model.safetensors\",\"size\":1e3}]",
    "[" CONFIG ",{\"type\":\"file\",\"path\":\"model.safetensors\",\"size\":\"5\"}]",
    "[" CONFIG ",{\"type\":\"file\",\"path\":\"model.safetensors\",\"size\":9000000000000000000}]",
    "[" CONFIG ",{\"type\":\"file\",\"path\":\"model.safetensors\",\"size\":99999999999999999999999}]",
    "[{\"type\":\"file\",\"path\":\"config.json\",\"size\":200000000}," MODEL "]",
    "[" CONFIG ",{\"type\":\"file\",\"path\":\"model.safetensors\",\"size\":5,\"lfs\":{}}]",
    "[" CONFIG ",{\"type\":\"file\",\"path\":\"model.safetensors\",\"size\":5,\"lfs\":{\"oid\":\"abc\"}}]",
    "[" CONFIG "," MODEL ",{\"type\":\"file\",\"path\":\"a\\u0000b\",\"size\":5}]",
    "[" CONFIG "," MODEL ",{\"type\":\"file\",\"path\":\"a\\u202eb/..\",\"size\":5}]",
    "[" CONFIG "," MODEL ",{\"type\":\"file\",\"path\":\"a//b\",\"size\":5}]",
    "[" CONFIG "," MODEL ",{\"type\":\"directory\",\"path\":\"..\",\"size\":0}]",
    "[{\"type\":\"file\",\"type\":\"file\",\"path\":\"config.json\",\"size\":2}," MODEL "]",
  };
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) files
      = parse ("[" MODEL "," CONFIG ",{\"type\":\"file\",\"path\":\".gitattributes\"}]", &error);

  g_assert_no_error (error);
  g_assert_cmpuint (files->len, ==, 2);
  g_assert_cmpstr (((QlHubFile *) files->pdata[0])->path, ==, "config.json");
  g_assert_null (((QlHubFile *) files->pdata[0])->sha256);
  g_assert_cmpstr (((QlHubFile *) files->pdata[1])->sha256, ==, SUM);
  g_assert_cmpuint (ql_hub_listing_total (files), ==, 7);
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) problem = NULL;

      if (parse (bad[i], &problem) != NULL)
        g_error ("accepted: %s", bad[i]);
      g_assert_error (problem, QL_HUB_ERROR, QL_HUB_ERROR_LISTING);
      g_assert_nonnull (strstr (problem->message, "o/n"));
    }
}

static void
test_deep_listing (void)
{
  g_autofree char *deep = g_strnfill (1000000, '[');
  g_autoptr (GError) error = NULL;

  g_assert_null (parse (deep, &error));
  g_assert_error (error, QL_HUB_ERROR, QL_HUB_ERROR_LISTING);
}

static void
test_names (void)
{
  static const char *const wanted[] = { "config.json",
                                        "model.safetensors",
                                        "model-00001-of-00002.safetensors",
                                        "vocab.txt",
                                        "spiece.model",
                                        "model.safetensors.index.json",
                                        "qformer_tokenizer/vocab.txt",
                                        "itg_head.safetensors" };
  static const char *const unwanted[] = { "",
                                          ".",
                                          "..",
                                          "/config.json",
                                          "./config.json",
                                          "../config.json",
                                          "config.json/",
                                          "sub/config.json",
                                          "qformer_tokenizer/../config.json",
                                          "qformer_tokenizer//vocab.txt",
                                          "qformer_tokenizer/model.safetensors",
                                          "pytorch_model.bin",
                                          "x.pth",
                                          "x.py",
                                          "x.msgpack",
                                          "a b.safetensors",
                                          "\xff.safetensors",
                                          ".safetensors",
                                          "a\x01.safetensors",
                                          "a\\b.safetensors",
                                          "%2e%2e.safetensors" };

  for (gsize i = 0; i < G_N_ELEMENTS (wanted); i++)
    g_assert_true (ql_model_files_is_wanted (wanted[i]));
  for (gsize i = 0; i < G_N_ELEMENTS (unwanted); i++)
    if (ql_model_files_is_wanted (unwanted[i]))
      g_error ("wanted: %s", unwanted[i]);
}

static void
test_repo (void)
{
  static const char *const bad[] = { "",      "a",     "a/",     "/a",   "a/b/c", "../a",  "a/..",
                                     "a/b?c", "a/b c", "a/b%2f", "a//b", ".a/b",  "a/b#c", "a/b..c" };

  g_assert_true (ql_hub_repo_is_valid ("Salesforce/blip2-opt-2.7b"));
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_false (ql_hub_repo_is_valid (bad[i]));
}

static void
test_address (void)
{
  static const char *const bad[] = { "",
                                     "huggingface.co",
                                     "http://huggingface.co",
                                     "ftp://huggingface.co",
                                     "https://",
                                     "https:///a",
                                     "https://a b/",
                                     "https://user@host",
                                     "https://host?x=1",
                                     "https://host#x",
                                     "http://10.0.0.1",
                                     "http://localhost.evil.invalid",
                                     "http://127.0.0.1.evil.invalid",
                                     "file:///tmp" };
  static const char *const good[] = { "https://huggingface.co", "https://mirror.invalid:8443/hf",
                                      "http://127.0.0.1:5000", "http://localhost:1", "http://[::1]:80" };
  g_autofree char *trimmed = ql_hub_address_check ("https://mirror.invalid/hf//", NULL);
  g_autofree char *file = ql_hub_address_file ("https://h", "o/n", "qformer_tokenizer/a b.json");

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      if (ql_hub_address_check (bad[i], &error) != NULL)
        g_error ("accepted: %s", bad[i]);
      g_assert_error (error, QL_HUB_ERROR, QL_HUB_ERROR_ADDRESS);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *base = ql_hub_address_check (good[i], &error);

      g_assert_no_error (error);
    }
  g_assert_cmpstr (trimmed, ==, "https://mirror.invalid/hf");
  g_assert_cmpstr (file, ==, "https://h/o/n/resolve/main/qformer_tokenizer/a%20b.json");
}

static gboolean
may (const char *from, const char *location)
{
  g_autoptr (GUri) uri = g_uri_parse (from, QL_HUB_URI_FLAGS, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GUri) to = ql_hub_redirect_resolve (uri, location, &error);

  if (to == NULL)
    g_assert_error (error, QL_HUB_ERROR, QL_HUB_ERROR_REDIRECT);
  return to != NULL;
}

static void
test_redirects (void)
{
  g_assert_true (may ("https://a.invalid/x", "https://cdn.invalid/y?Sign=1%2F2"));
  g_assert_true (may ("https://a.invalid/x", "/y"));
  g_assert_true (may ("https://a.invalid/x", "//b.invalid/y"));
  g_assert_true (may ("http://127.0.0.1/x", "http://localhost/y"));
  g_assert_true (may ("http://127.0.0.1/x", "https://a.invalid/y"));
  g_assert_false (may ("https://a.invalid/x", "http://a.invalid/x"));
  g_assert_false (may ("https://a.invalid/x", "http://127.0.0.1/x"));
  g_assert_false (may ("https://127.0.0.1/x", "http://127.0.0.1/x"));
  g_assert_false (may ("http://127.0.0.1/x", "http://a.invalid/x"));
  g_assert_false (may ("http://127.0.0.1/x", "http://127.0.0.1.invalid/x"));
  g_assert_false (may ("https://a.invalid/x", "file:///etc/passwd"));
  g_assert_false (may ("https://a.invalid/x", "https://user:secret@b.invalid/"));
  g_assert_false (may ("https://a.invalid/x", NULL));
}

static void
test_rate (void)
{
  QlTransferRate rate = { 0 };
  gint64 now = 1000;

  g_assert_cmpint (ql_transfer_rate_eta_s (&rate, 5), ==, -1);
  ql_transfer_rate_add (&rate, now, 1000000);
  for (int i = 0; i < 100; i++)
    ql_transfer_rate_add (&rate, now += 100 * 1000, 100 * 1000);
  g_assert_cmpfloat_with_epsilon (rate.bytes_per_s, 1e6, 1e3);
  g_assert_cmpint (ql_transfer_rate_eta_s (&rate, 60 * 1000 * 1000), ==, 60);
  g_assert_cmpint (ql_transfer_rate_eta_s (&rate, 0), ==, 0);
  g_assert_cmpint (ql_transfer_rate_eta_s (&rate, G_MAXUINT64), ==, -1);
  for (int i = 0; i < 300; i++) /* slower now: told within half a minute */
    ql_transfer_rate_add (&rate, now += 100 * 1000, 1000);
  g_assert_cmpfloat (rate.bytes_per_s, <, 20000);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/hub-listing/listing", test_listing);
  g_test_add_func ("/hub-listing/deep", test_deep_listing);
  g_test_add_func ("/hub-listing/names", test_names);
  g_test_add_func ("/hub-listing/repo", test_repo);
  g_test_add_func ("/hub-listing/address", test_address);
  g_test_add_func ("/hub-listing/redirects", test_redirects);
  g_test_add_func ("/hub-listing/rate", test_rate);
  return g_test_run ();
}
