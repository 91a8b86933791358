#pragma once

#include <glib.h>

/**
 * B2FileMap:
 *
 * A whole regular file, mapped read-only. The size is that of the moment of opening:
 * a file that somebody shortens afterwards faults on access, as any mapping does.
 */
typedef struct
{
  const guint8 *bytes;
  gsize n_bytes;
} B2FileMap;

/**
 * b2_file_open:
 * @n_bytes: (out): size
 *
 * Opens a regular file for reading. Follows links (the Hugging Face cache is made of
 * them); never blocks on a pipe.
 *
 * Returns: a descriptor, to be closed with close(); -1 with B2_ERROR_IO
 */
int b2_file_open (const char *path, guint64 *n_bytes, GError **error);

/**
 * b2_file_map_open:
 * @self: (out caller-allocates)
 *
 * Returns: %FALSE with B2_ERROR_IO, or B2_ERROR_FORMAT if the file is empty
 */
gboolean b2_file_map_open (B2FileMap *self, const char *path, GError **error);

/**
 * b2_file_map_advise:
 * @random: %TRUE before reading bits from all over the file: keeps the kernel from
 *   reading ahead, which costs a hundred times what is wanted; %FALSE afterwards
 */
void b2_file_map_advise (const B2FileMap *self, gboolean random);

/**
 * b2_file_map_release:
 * @bytes: in a mapping; what was read of it front to back up to @n_bytes from here
 *
 * Gives the memory back that these bytes take in this process; read again, they come from the file.
 */
void b2_file_map_release (const void *bytes, gsize n_bytes);

/** b2_file_sync_folder: so that the name @path survives a power cut; not every file system can do it. */
void b2_file_sync_folder (const char *path);

void b2_file_map_close (B2FileMap *self);
