#pragma once

#include "app/downloads.h"

/**
 * ql_download_actions_new:
 *
 * The commands for downloads, whatever window shows them: start, pause, cancel, discard,
 * add and remove with the repository's name as a string, and pause-all. Nothing is asked
 * back. A command that does not fit the download's state is ignored.
 *
 * Returns: (transfer full): keeps @downloads
 */
GActionGroup *ql_download_actions_new (QlDownloads *downloads);
