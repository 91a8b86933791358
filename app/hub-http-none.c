/* A build without libsoup: what hub-http.c is otherwise. */

#include <glib/gi18n.h>

#include "app/hub-http.h"

gboolean
ql_hub_http_is_built (void)
{
  return FALSE;
}

QlHubHttp *
ql_hub_http_new (guint timeout_s)
{
  return NULL;
}

void
ql_hub_http_free (QlHubHttp *self)
{
}

void
ql_hub_reply_clear (QlHubReply *reply)
{
}

gboolean
ql_hub_http_get (QlHubHttp *self, const char *address, guint64 start, const char *if_range, const char *name,
                 GCancellable *cancellable, QlHubReply *reply, GError **error)
{
  g_set_error (error, QL_HUB_ERROR, QL_HUB_ERROR_NOT_BUILT,
               _ ("%s: this build of Qlens cannot download; get the folder in another way and add it"), name);
  return FALSE;
}

gssize
ql_hub_http_read (QlHubReply *reply, gpointer out, gsize n_bytes, const char *name, GCancellable *cancellable,
                  GError **error)
{
  return -1;
}
