#pragma once

#include "app/hub-error.h"

/**
 * QlHubHttp:
 *
 * The one place that talks to the network, with libsoup; in a build without it every
 * request fails with QL_HUB_ERROR_NOT_BUILT. Sends no cookies, no credentials, no referrer;
 * asks for unpacked bytes, so that their count means what the list says.
 *
 * Threads: everything on the thread that created it.
 */
typedef struct QlHubHttp QlHubHttp;

/** ql_hub_http_is_built: whether this build can download */
gboolean ql_hub_http_is_built (void);

/** ql_hub_http_new: @timeout_s: of silence, until a connection counts as broken */
QlHubHttp *ql_hub_http_new (guint timeout_s);
void ql_hub_http_free (QlHubHttp *self);

/** QlHubReply: what came back; fill with zeros before, ql_hub_reply_clear() after. */
typedef struct
{
  guint status; /* never a redirect: these are followed */
  char *etag; /* (nullable): strong ones only, quotes included */
  gint64 n_bytes; /* of the body; -1: not told */
  gint64 range_start, range_total; /* of a 206; -1: not told */
  gint64 retry_after_s; /* -1: not told */
  GInputStream *body;
} QlHubReply;

void ql_hub_reply_clear (QlHubReply *reply);

/**
 * ql_hub_http_get:
 * @start: first byte wanted; 0 for the whole
 * @if_range: (nullable): the ETag under which the earlier bytes came
 * @name: for messages: what is being fetched
 *
 * Blocks until the headers are there. Follows up to five redirects, as far as
 * ql_hub_redirect_resolve() allows.
 *
 * Returns: %FALSE with QL_HUB_ERROR or G_IO_ERROR_CANCELLED
 */
gboolean ql_hub_http_get (QlHubHttp *self, const char *address, guint64 start, const char *if_range,
                          const char *name, GCancellable *cancellable, QlHubReply *reply, GError **error);

/** ql_hub_http_read: of the body. Returns: 0 at its end, -1 with an error */
gssize ql_hub_http_read (QlHubReply *reply, gpointer out, gsize n_bytes, const char *name,
                         GCancellable *cancellable, GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (QlHubReply, ql_hub_reply_clear)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (QlHubHttp, ql_hub_http_free)
