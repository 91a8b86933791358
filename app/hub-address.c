#include "app/hub-address.h"

#include <string.h>

#include <glib/gi18n.h>

#define MAX_PART_BYTES 96
#define MAX_ADDRESS_BYTES 8192

/* clang-format off */
G_DEFINE_QUARK (ql-hub-error-quark, ql_hub_error)
/* clang-format on */

static gboolean
is_part (const char *part)
{
  return *part != '\0' && strlen (part) <= MAX_PART_BYTES && g_ascii_isalnum (*part)
         && strspn (part, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "._-") == strlen (part)
         && strstr (part, "..") == NULL;
}

gboolean
ql_hub_repo_is_valid (const char *repo)
{
  g_auto (GStrv) parts = g_strsplit (repo, "/", 3);

  return g_strv_length (parts) == 2 && is_part (parts[0]) && is_part (parts[1]);
}

static gboolean
is_this_computer (GUri *uri)
{
  const char *host = g_uri_get_host (uri);
  g_autoptr (GInetAddress) address = NULL;

  if (g_strcmp0 (host, "localhost") == 0)
    return TRUE;
  address = host != NULL ? g_inet_address_new_from_string (host) : NULL;
  return address != NULL && g_inet_address_get_is_loopback (address);
}

static gboolean
is_secure (GUri *uri)
{
  return strcmp (g_uri_get_scheme (uri), "https") == 0;
}

static gboolean
has_host (GUri *uri)
{
  const char *host = g_uri_get_host (uri);

  /* GUri takes spaces and worse; names in other scripts come as xn-- */
  return host != NULL && *host != '\0' && g_uri_get_userinfo (uri) == NULL
         && strspn (host, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS ".-_:") == strlen (host);
}

char *
ql_hub_address_check (const char *base, GError **error)
{
  g_autoptr (GUri) uri
      = strlen (base) <= MAX_ADDRESS_BYTES ? g_uri_parse (base, QL_HUB_URI_FLAGS, NULL) : NULL;
  char *text;

  if (uri == NULL || !has_host (uri) || g_uri_get_query (uri) != NULL || g_uri_get_fragment (uri) != NULL
      || !(is_secure (uri) || (strcmp (g_uri_get_scheme (uri), "http") == 0 && is_this_computer (uri))))
    {
      g_set_error (error, QL_HUB_ERROR, QL_HUB_ERROR_ADDRESS,
                   _ ("“%.200s” is not the address of a hub; give one like %s, which begins with https://"),
                   base, QL_HUB_DEFAULT_ADDRESS);
      return NULL;
    }
  text = g_uri_to_string (uri);
  while (g_str_has_suffix (text, "/"))
    text[strlen (text) - 1] = '\0';
  return text;
}

char *
ql_hub_address_list (const char *base, const char *repo)
{
  return g_strdup_printf ("%s/api/models/%s/tree/main?recursive=1", base, repo);
}

char *
ql_hub_address_file (const char *base, const char *repo, const char *path)
{
  g_autofree char *escaped = g_uri_escape_string (path, "/", FALSE);

  return g_strdup_printf ("%s/%s/resolve/main/%s", base, repo, escaped);
}

GUri *
ql_hub_redirect_resolve (GUri *from, const char *location, GError **error)
{
  g_autoptr (GUri) to = NULL;

  if (location != NULL && strlen (location) <= MAX_ADDRESS_BYTES)
    to = g_uri_parse_relative (from, location, QL_HUB_URI_FLAGS, NULL);
  if (to != NULL && has_host (to)
      && (is_secure (to)
          || (strcmp (g_uri_get_scheme (to), "http") == 0 && is_this_computer (to) && is_this_computer (from)
              && !is_secure (from))))
    return g_steal_pointer (&to);
  if (to != NULL)
    {
      g_autofree char *where = g_strdup_printf ("%s://%s", g_uri_get_scheme (to),
                                                g_uri_get_host (to) != NULL ? g_uri_get_host (to) : "");

      g_set_error (error, QL_HUB_ERROR, QL_HUB_ERROR_REDIRECT,
                   _ ("%s sends on to %.200s, which is not a safe address; nothing was fetched from there"),
                   g_uri_get_host (from), where);
    }
  else
    g_set_error (error, QL_HUB_ERROR, QL_HUB_ERROR_REDIRECT, _ ("%s sends on, but says not whereto"),
                 g_uri_get_host (from));
  return NULL;
}
