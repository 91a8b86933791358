#include "tests/app/hub-server.h"

#include <string.h>

#define REPO "Salesforce/blip2-test"

typedef struct
{
  Trouble trouble;
  gint64 number;
  char *text;
} TroubleItem;

void
trouble_push (GQueue *troubles, Trouble trouble, gint64 number, const char *text)
{
  TroubleItem *item = g_new0 (TroubleItem, 1);

  item->trouble = trouble;
  item->number = number;
  item->text = g_strdup (text);
  g_queue_push_tail (troubles, item);
}

static void
trouble_free (gpointer data)
{
  TroubleItem *item = data;

  if (item == NULL)
    return;
  g_free (item->text);
  g_free (item);
}

static void
file_free (gpointer data)
{
  ServerFile *file = data;

  g_free (file->path);
  g_bytes_unref (file->bytes);
  g_free (file->etag);
  g_free (file->listed_sha256);
  g_queue_clear_full (&file->troubles, trouble_free);
  g_ptr_array_unref (file->ranges);
  g_ptr_array_unref (file->if_ranges);
  g_free (file);
}

static ServerFile *
add_bytes (HubServer *self, const char *path, GBytes *bytes, gboolean large)
{
  ServerFile *file = g_new0 (ServerFile, 1);

  file->path = g_strdup (path);
  file->bytes = bytes;
  file->etag = g_strdup_printf ("\"%08x\"", g_str_hash (path));
  file->listed_size = (gint64) g_bytes_get_size (bytes);
  if (large)
    file->listed_sha256 = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, file->bytes);
  g_queue_init (&file->troubles);
  file->ranges = g_ptr_array_new_with_free_func (g_free);
  file->if_ranges = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (self->files, file);
  return file;
}

ServerFile *
hub_server_add (HubServer *self, const char *path, gsize n_bytes, gboolean large)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (g_str_hash (path));
  guint8 *bytes = g_malloc (n_bytes + 1);

  for (gsize i = 0; i < n_bytes; i++)
    bytes[i] = (guint8) g_rand_int (random);
  return add_bytes (self, path, g_bytes_new_take (bytes, n_bytes), large);
}

void
hub_server_add_folder (HubServer *self, const char *dir)
{
  g_autoptr (GDir) listing = g_dir_open (dir, 0, NULL);
  const char *name;

  g_assert_nonnull (listing);
  while ((name = g_dir_read_name (listing)) != NULL)
    {
      g_autofree char *path = g_build_filename (dir, name, NULL);
      char *bytes;
      gsize n_bytes;

      if (g_file_get_contents (path, &bytes, &n_bytes, NULL))
        add_bytes (self, name, g_bytes_new_take (bytes, n_bytes), g_str_has_suffix (name, ".safetensors"));
    }
}

ServerFile *
hub_server_add_model (HubServer *self, gsize n_bytes)
{
  hub_server_add (self, "config.json", 1000, FALSE);
  hub_server_add (self, "tokenizer.json", 70000, FALSE);
  return hub_server_add (self, "model.safetensors", n_bytes, TRUE);
}

ServerFile *
hub_server_find (HubServer *self, const char *path)
{
  for (guint i = 0; i < self->files->len; i++)
    if (strcmp (((ServerFile *) self->files->pdata[i])->path, path) == 0)
      return self->files->pdata[i];
  return NULL;
}

void
hub_server_cut_silent (HubServer *self)
{
  for (guint i = 0; i < self->silent->len; i++)
    g_io_stream_close (self->silent->pdata[i], NULL, NULL);
  g_ptr_array_set_size (self->silent, 0);
}

/* ---- misbehaving ----------------------------------------------------------------------- */

/* Answers by hand on the bare connection, which is closed or, if @keep, left silent. */
static void
answer_raw (HubServer *self, SoupServerMessage *message, const char *head, const guint8 *bytes, gsize n_bytes,
            gboolean keep)
{
  g_autoptr (GIOStream) stream = soup_server_message_steal_connection (message);
  GOutputStream *out = g_io_stream_get_output_stream (stream);

  /* a client that has gone is no failure of the server */
  if (g_output_stream_write_all (out, head, strlen (head), NULL, NULL, NULL))
    g_output_stream_write_all (out, bytes, n_bytes, NULL, NULL, NULL);
  if (keep)
    g_ptr_array_add (self->silent, g_steal_pointer (&stream));
  else
    g_io_stream_close (stream, NULL, NULL);
}

static gsize
range_start (SoupServerMessage *message)
{
  const char *range
      = soup_message_headers_get_one (soup_server_message_get_request_headers (message), "Range");

  return range != NULL && g_str_has_prefix (range, "bytes=") ? g_ascii_strtoull (range + 6, NULL, 10) : 0;
}

static void
make_trouble (HubServer *self, SoupServerMessage *message, ServerFile *file, const TroubleItem *item)
{
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (message);
  gsize n_bytes = 0;
  const guint8 *bytes = file != NULL ? g_bytes_get_data (file->bytes, &n_bytes) : NULL;
  gsize start = MIN (range_start (message), n_bytes);
  gsize rest = n_bytes - start;
  g_autofree char *head = NULL;
  g_autofree guint8 *more = NULL;

  if (item->trouble == TROUBLE_STATUS)
    {
      soup_server_message_set_status (message, (guint) item->number, NULL);
      if (item->text != NULL)
        soup_message_headers_replace (headers, "Retry-After", item->text);
      return;
    }
  if (item->trouble == TROUBLE_REDIRECT)
    {
      soup_server_message_set_status (message, 302, NULL);
      soup_message_headers_replace (headers, "Location", item->text);
      return;
    }
  if (item->trouble == TROUBLE_LENGTH)
    {
      soup_server_message_set_status (message, 200, NULL);
      soup_server_message_set_response (message, "application/octet-stream", SOUP_MEMORY_TAKE,
                                        g_malloc0 ((gsize) item->number), (gsize) item->number);
      return;
    }
  if (item->trouble == TROUBLE_CHUNKED)
    {
      more = g_malloc0 (n_bytes + (gsize) item->number);
      memcpy (more, bytes, n_bytes);
      answer_raw (self, message, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", more,
                  n_bytes + (gsize) item->number, FALSE);
      return;
    }
  if (item->trouble == TROUBLE_SHORT)
    {
      answer_raw (self, message, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", bytes, (gsize) item->number,
                  FALSE);
      return;
    }
  if (item->trouble == TROUBLE_OTHER_RANGE)
    {
      start += (gsize) item->number;
      rest -= (gsize) item->number;
    }
  head = g_strdup_printf (
      "HTTP/1.1 %s\r\nETag: %s\r\nContent-Length: %" G_GSIZE_FORMAT
      "\r\nContent-Range: bytes %" G_GSIZE_FORMAT "-%" G_GSIZE_FORMAT "/%" G_GSIZE_FORMAT "\r\n\r\n",
      start > 0 ? "206 Partial Content" : "200 OK", file->etag, rest, start, n_bytes - 1, n_bytes);
  if (item->trouble == TROUBLE_CUT)
    rest = MIN (rest, (gsize) item->number);
  else if (item->trouble == TROUBLE_SILENCE)
    rest /= 2;
  answer_raw (self, message, head, bytes + start, rest, item->trouble == TROUBLE_SILENCE);
}

/* ---- behaving ------------------------------------------------------------------------------ */

static void
answer_listing (HubServer *self, SoupServerMessage *message)
{
  GString *text = g_string_new ("[{\"type\":\"directory\",\"oid\":\"1\",\"size\":0,\"path\":\"onnx\"}");

  for (guint i = 0; i < self->files->len; i++)
    {
      ServerFile *file = self->files->pdata[i];

      g_string_append_printf (
          text, ",{\"type\":\"file\",\"oid\":\"%08x\",\"size\":%" G_GINT64_FORMAT ",\"path\":\"%s\"",
          g_bytes_hash (file->bytes), file->listed_size, file->path);
      if (file->listed_sha256 != NULL)
        g_string_append_printf (text,
                                ",\"lfs\":{\"oid\":\"%s\",\"size\":%" G_GINT64_FORMAT ",\"pointerSize\":135}",
                                file->listed_sha256, file->listed_size);
      g_string_append_c (text, '}');
    }
  g_string_append_c (text, ']');
  soup_server_message_set_status (message, 200, NULL);
  if (self->listing != NULL)
    soup_server_message_set_response (message, "application/json", SOUP_MEMORY_COPY, self->listing,
                                      self->listing_bytes);
  else
    soup_server_message_set_response (message, "application/json", SOUP_MEMORY_COPY, text->str, text->len);
  g_string_free (text, TRUE);
}

static void
answer_file (ServerFile *file, SoupServerMessage *message)
{
  SoupMessageHeaders *request = soup_server_message_get_request_headers (message);
  const char *if_range = soup_message_headers_get_one (request, "If-Range");
  gsize n_bytes;
  const void *bytes = g_bytes_get_data (file->bytes, &n_bytes);

  /* libsoup makes the 206 itself, but knows nothing of If-Range */
  if (file->no_ranges || (if_range != NULL && strcmp (if_range, file->etag) != 0))
    soup_message_headers_remove (request, "Range");
  soup_message_headers_replace (soup_server_message_get_response_headers (message), "ETag", file->etag);
  soup_server_message_set_status (message, 200, NULL);
  soup_server_message_set_response (message, "application/octet-stream", SOUP_MEMORY_COPY, bytes, n_bytes);
}

static void
handle (SoupServer *soup, SoupServerMessage *message, const char *path, GHashTable *query, gpointer data)
{
  HubServer *self = data;
  ServerFile *file = NULL;
  TroubleItem *item;
  const char *range
      = soup_message_headers_get_one (soup_server_message_get_request_headers (message), "Range");
  const char *if_range
      = soup_message_headers_get_one (soup_server_message_get_request_headers (message), "If-Range");

  if (strcmp (path, "/api/models/" REPO "/tree/main") == 0)
    {
      self->n_listings++;
      item = g_queue_pop_head (&self->listing_troubles);
      if (item != NULL)
        make_trouble (self, message, NULL, item);
      else
        answer_listing (self, message);
      trouble_free (item);
      return;
    }
  if (g_str_has_prefix (path, "/" REPO "/resolve/main/"))
    file = hub_server_find (self, path + strlen ("/" REPO "/resolve/main/"));
  else if (g_str_has_prefix (path, "/cdn/"))
    file = hub_server_find (self, path + strlen ("/cdn/"));
  if (file == NULL)
    {
      soup_server_message_set_status (message, 404, NULL);
      return;
    }
  file->n_requests++;
  g_ptr_array_add (file->ranges, g_strdup (range != NULL ? range : ""));
  g_ptr_array_add (file->if_ranges, g_strdup (if_range != NULL ? if_range : ""));
  g_ptr_array_add (self->order, g_strdup (file->path));
  if (self->hook != NULL)
    self->hook (file, self->hook_data);
  item = g_queue_pop_head (&file->troubles);
  if (item != NULL)
    make_trouble (self, message, file, item);
  else
    answer_file (file, message);
  trouble_free (item);
}

HubServer *
hub_server_new (GTlsCertificate *certificate)
{
  HubServer *self = g_new0 (HubServer, 1);
  SoupServerListenOptions options = SOUP_SERVER_LISTEN_IPV4_ONLY;
  g_autoptr (GError) error = NULL;
  GSList *uris;
  char *address;

  self->soup = soup_server_new ("server-header", "loopback", NULL);
  if (certificate != NULL)
    {
      soup_server_set_tls_certificate (self->soup, certificate);
      options |= SOUP_SERVER_LISTEN_HTTPS;
    }
  soup_server_add_handler (self->soup, NULL, handle, self, NULL);
  soup_server_listen_local (self->soup, 0, options, &error);
  g_assert_no_error (error);
  uris = soup_server_get_uris (self->soup);
  address = g_uri_to_string (uris->data);
  address[strlen (address) - 1] = '\0'; /* the slash */
  self->address = address;
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  self->files = g_ptr_array_new_with_free_func (file_free);
  self->order = g_ptr_array_new_with_free_func (g_free);
  self->silent = g_ptr_array_new_with_free_func (g_object_unref);
  g_queue_init (&self->listing_troubles);
  return self;
}

void
hub_server_free (HubServer *self)
{
  soup_server_disconnect (self->soup);
  g_object_unref (self->soup);
  g_ptr_array_unref (self->files);
  g_ptr_array_unref (self->order);
  g_ptr_array_unref (self->silent);
  g_queue_clear_full (&self->listing_troubles, trouble_free);
  g_free (self->listing);
  g_free (self->address);
  g_free (self);
}
