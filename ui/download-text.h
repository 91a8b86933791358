#pragma once

#include "app/hub-download.h"

/**
 * ql_download_facts_text:
 * @size_bytes: of the model; 0: not known
 * @lacks_room: whether it does not fit on the disk
 * @memory_bytes: of this computer; 0: not known
 *
 * What to know before pressing Download: "15.0 GB · larger than this computer's memory".
 *
 * Returns: (transfer full)
 */
char *ql_download_facts_text (guint64 size_bytes, gboolean lacks_room, guint64 memory_bytes);

/**
 * ql_download_status_text:
 * @size_bytes: of the model; 0: not known
 *
 * Where a download is, in one or two lines; of one that stopped, what is kept.
 *
 * Returns: (transfer full): "" where there is nothing to tell
 */
char *ql_download_status_text (QlHubDownload *download, guint64 size_bytes);

/** ql_download_fraction: Returns: 0…1, of the whole folder */
double ql_download_fraction (QlHubDownload *download, guint64 size_bytes);
