#pragma once

#include <libsoup/soup.h>

/* A model hub on the loopback, in the test's own main context, that can be told to misbehave. */

/** Trouble: what the server does instead of answering properly; each is used up by one request. */
typedef enum
{
  TROUBLE_CUT, /* after @number bytes of the body the connection ends */
  TROUBLE_STATUS, /* @number instead of 200; @text: (nullable): Retry-After */
  TROUBLE_REDIRECT, /* to @text, with 302 */
  TROUBLE_LENGTH, /* says that the body has @number bytes, and sends as many zeros */
  TROUBLE_CHUNKED, /* sends @number bytes too many, without having told a length */
  TROUBLE_SHORT, /* @number bytes, properly ended, without having told a length */
  TROUBLE_SILENCE, /* half of the body, then nothing, with the connection kept open */
  TROUBLE_OTHER_RANGE, /* a 206 that begins @number bytes later than asked for */
} Trouble;

typedef struct
{
  char *path;
  GBytes *bytes;
  char *etag;
  char *listed_sha256; /* (nullable): not in the list */
  gint64 listed_size;
  gboolean no_ranges;
  GQueue troubles;
  int n_requests;
  GPtrArray *ranges; /* of utf8: of each request, "" where it had none */
  GPtrArray *if_ranges; /* likewise */
} ServerFile;

typedef void (*ServerHook) (ServerFile *file, gpointer data);

typedef struct
{
  SoupServer *soup;
  char *address;
  GPtrArray *files; /* of ServerFile */
  char *listing; /* (nullable): instead of the made one */
  gsize listing_bytes;
  GQueue listing_troubles;
  int n_listings;
  GPtrArray *order; /* of utf8: paths, as they were asked for */
  GPtrArray *silent; /* of GIOStream */
  ServerHook hook; /* (nullable): called at each request of a file */
  gpointer hook_data;
} HubServer;

/** hub_server_new: @certificate: (nullable): makes it https */
HubServer *hub_server_new (GTlsCertificate *certificate);
void hub_server_free (HubServer *self);

/** hub_server_add: a file of @n_bytes made from its name; in the list as a large file if @large */
ServerFile *hub_server_add (HubServer *self, const char *path, gsize n_bytes, gboolean large);
/** hub_server_add_model: config.json, tokenizer.json, and model.safetensors of @n_bytes. Returns: the last */
ServerFile *hub_server_add_model (HubServer *self, gsize n_bytes);
/** hub_server_add_folder: the regular files of a folder on the disk, *.safetensors as large ones */
void hub_server_add_folder (HubServer *self, const char *dir);
ServerFile *hub_server_find (HubServer *self, const char *path);
/** hub_server_cut_silent: ends the connections that TROUBLE_SILENCE keeps open */
void hub_server_cut_silent (HubServer *self);

void trouble_push (GQueue *troubles, Trouble trouble, gint64 number, const char *text);
