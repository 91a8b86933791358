#include "app/hub-http.h"

#include <string.h>

#include <glib/gi18n.h>
#include <libsoup/soup.h>

#include "app/hub-address.h"

#define MAX_REDIRECTS 5
#define MAX_ETAG_BYTES 512

struct QlHubHttp
{
  SoupSession *session;
};

gboolean
ql_hub_http_is_built (void)
{
  return TRUE;
}

QlHubHttp *
ql_hub_http_new (guint timeout_s)
{
  QlHubHttp *self = g_new0 (QlHubHttp, 1);

  self->session = soup_session_new_with_options ("user-agent", "Qlens/" QLENS_VERSION, "timeout", timeout_s,
                                                 "idle-timeout", 30, NULL);
  /* packed bodies could neither be counted nor resumed, and unpacking is one more way in */
  soup_session_remove_feature_by_type (self->session, SOUP_TYPE_CONTENT_DECODER);
  return self;
}

void
ql_hub_http_free (QlHubHttp *self)
{
  if (self == NULL)
    return;
  g_object_unref (self->session);
  g_free (self);
}

void
ql_hub_reply_clear (QlHubReply *reply)
{
  g_clear_pointer (&reply->etag, g_free);
  g_clear_object (&reply->body);
}

/* Takes @problem: what GIO and libsoup say, as what a person can do about. */
static gboolean
take_error (GError *problem, const char *name, GError **error)
{
  QlHubError code = QL_HUB_ERROR_NETWORK;
  const char *advice = _ ("the connection broke; check the network");

  if (g_error_matches (problem, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      g_propagate_error (error, problem);
      return FALSE;
    }
  if (problem->domain == G_RESOLVER_ERROR)
    {
      code = QL_HUB_ERROR_HOST;
      advice = _ ("the server was not found; check the network and the mirror's address");
    }
  else if (g_error_matches (problem, G_TLS_ERROR, G_TLS_ERROR_BAD_CERTIFICATE))
    {
      code = QL_HUB_ERROR_SECURITY;
      advice
          = _ ("the server did not prove that it is the right one, so nothing was fetched; check the clock, "
               "the network and the mirror's address");
    }
  else if (problem->domain == G_TLS_ERROR && problem->code != G_TLS_ERROR_EOF
           && problem->code != G_TLS_ERROR_MISC)
    {
      code = QL_HUB_ERROR_SECURITY;
      advice = _ ("there is no secure connection to the server; check the network and the mirror's address");
    }
  g_set_error (error, QL_HUB_ERROR, code, "%s: %s (%s)", name, advice, problem->message);
  g_error_free (problem);
  return FALSE;
}

static gboolean
is_redirect (guint status)
{
  return status == SOUP_STATUS_MOVED_PERMANENTLY || status == SOUP_STATUS_FOUND
         || status == SOUP_STATUS_SEE_OTHER || status == SOUP_STATUS_TEMPORARY_REDIRECT
         || status == SOUP_STATUS_PERMANENT_REDIRECT;
}

static SoupMessage *
message_new (GUri *uri, guint64 start, const char *if_range)
{
  SoupMessage *message = soup_message_new_from_uri (SOUP_METHOD_GET, uri);
  SoupMessageHeaders *headers = soup_message_get_request_headers (message);

  soup_message_add_flags (message, SOUP_MESSAGE_NO_REDIRECT);
  soup_message_headers_replace (headers, "Accept-Encoding", "identity");
  if (start > 0)
    {
      g_autofree char *range = g_strdup_printf ("bytes=%" G_GUINT64_FORMAT "-", start);

      soup_message_headers_replace (headers, "Range", range);
      if (if_range != NULL)
        soup_message_headers_replace (headers, "If-Range", if_range);
    }
  return message;
}

/* Seconds, or a date. */
static gint64
parse_retry_after (const char *text)
{
  g_autoptr (GDateTime) date = NULL;
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();

  if (text == NULL)
    return -1;
  if (strlen (text) <= 9 && *text != '\0' && strspn (text, G_CSET_DIGITS) == strlen (text))
    return g_ascii_strtoll (text, NULL, 10);
  date = soup_date_time_new_from_http_string (text);
  return date != NULL ? MAX (0, g_date_time_difference (date, now) / G_TIME_SPAN_SECOND) : -1;
}

static void
take_headers (SoupMessage *message, QlHubReply *reply)
{
  SoupMessageHeaders *headers = soup_message_get_response_headers (message);
  const char *etag = soup_message_headers_get_one (headers, "ETag");
  goffset start, end, total;

  reply->status = soup_message_get_status (message);
  reply->n_bytes = -1;
  reply->range_start = reply->range_total = -1;
  /* a weak one promises the same meaning, not the same bytes */
  if (etag != NULL && *etag == '"' && strlen (etag) <= MAX_ETAG_BYTES)
    reply->etag = g_strdup (etag);
  if (soup_message_headers_get_encoding (headers) == SOUP_ENCODING_CONTENT_LENGTH)
    reply->n_bytes = soup_message_headers_get_content_length (headers);
  reply->retry_after_s = parse_retry_after (soup_message_headers_get_one (headers, "Retry-After"));
  if (reply->status == SOUP_STATUS_PARTIAL_CONTENT
      && soup_message_headers_get_content_range (headers, &start, &end, &total))
    {
      reply->range_start = start;
      reply->range_total = total;
    }
}

gboolean
ql_hub_http_get (QlHubHttp *self, const char *address, guint64 start, const char *if_range, const char *name,
                 GCancellable *cancellable, QlHubReply *reply, GError **error)
{
  g_autoptr (GUri) uri = g_uri_parse (address, QL_HUB_URI_FLAGS, error);

  if (uri == NULL)
    return FALSE;
  for (int n = 0; n <= MAX_REDIRECTS; n++)
    {
      g_autoptr (SoupMessage) message = message_new (uri, start, if_range);
      GError *problem = NULL;
      GInputStream *body = soup_session_send (self->session, message, cancellable, &problem);
      GUri *next;

      if (body == NULL)
        return take_error (problem, name, error);
      if (!is_redirect (soup_message_get_status (message)))
        {
          reply->body = body;
          take_headers (message, reply);
          return TRUE;
        }
      g_object_unref (body);
      next = ql_hub_redirect_resolve (
          uri, soup_message_headers_get_one (soup_message_get_response_headers (message), "Location"), error);
      if (next == NULL)
        {
          g_prefix_error (error, "%s: ", name);
          return FALSE;
        }
      g_uri_unref (uri);
      uri = next;
    }
  g_set_error (error, QL_HUB_ERROR, QL_HUB_ERROR_REDIRECT,
               _ ("%s: the server sends on and on without giving the file"), name);
  return FALSE;
}

gssize
ql_hub_http_read (QlHubReply *reply, gpointer out, gsize n_bytes, const char *name, GCancellable *cancellable,
                  GError **error)
{
  GError *problem = NULL;
  gssize n_read = g_input_stream_read (reply->body, out, n_bytes, cancellable, &problem);

  if (n_read < 0)
    take_error (problem, name, error);
  return n_read;
}
