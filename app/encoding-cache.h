#pragma once

#include <glib.h>

/**
 * QlEncodingCache:
 *
 * What the image encoder made of pictures, kept on the disk so that a picture that comes again is not looked at
 * again: by the window, by qlens-cli and by batches alike. One safetensors file each, `$XDG_CACHE_HOME/qlens/encodings/KEY.safetensors`; the
 * engine (#B2EncodingStore) says what is in it and checks it. For its owner alone: folder 0700, files 0600.
 *
 * It is only a cache: whatever goes wrong with it is no error of anyone, and it may be deleted at any time. Files that were not
 * used for longest go when all together are larger than they may be, and those that were not used for 30 days, as deleted pictures'
 * sessions are kept no longer than that. Other files in the folder are left alone.
 *
 * Reference counted. Threads: any; several processes may use one folder.
 */
typedef struct QlEncodingCache QlEncodingCache;

#define QL_ENCODING_CACHE_MAX_BYTES (500 * G_GUINT64_CONSTANT (1000000))

/**
 * ql_encoding_cache_new:
 * @dir: (nullable): instead of the usual folder; made when something is saved
 * @max_bytes: of all files together
 */
QlEncodingCache *ql_encoding_cache_new (const char *dir, guint64 max_bytes);
QlEncodingCache *ql_encoding_cache_ref (QlEncodingCache *self);
void ql_encoding_cache_unref (QlEncodingCache *self);

/**
 * ql_encoding_cache_set_least_work:
 * @gflop: of the image encoder, for a picture
 *
 * Models with less are not served: the demo models are through before a disk answers. 5 until set; before it is handed out.
 */
void ql_encoding_cache_set_least_work (QlEncodingCache *self, double gflop);

/** ql_encoding_cache_count_bytes: of all files, as they are now; looks at the folder */
guint64 ql_encoding_cache_count_bytes (QlEncodingCache *self);

/** ql_encoding_cache_clear: deletes all files of the cache. Returns: %FALSE with %G_IO_ERROR where one is left */
gboolean ql_encoding_cache_clear (QlEncodingCache *self, GError **error);

/* ---- what the engine wants of it ---- */

/** ql_encoding_cache_load: Returns: (transfer full) (nullable): the file of @key, which now counts as used */
GBytes *ql_encoding_cache_load (QlEncodingCache *self, const char *key, gsize max_bytes);
void ql_encoding_cache_save (QlEncodingCache *self, const char *key, GBytes *bytes);
void ql_encoding_cache_remove (QlEncodingCache *self, const char *key);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QlEncodingCache, ql_encoding_cache_unref)
