#pragma once

#include <gio/gio.h>

#include "app/hub-download.h"

#define QL_TYPE_DOWNLOADS (ql_downloads_get_type ())
G_DECLARE_FINAL_TYPE (QlDownloads, ql_downloads, QL, DOWNLOADS, GObject)

/**
 * QlDownloads:
 *
 * GListModel of the QlHubDownload that a person may choose from: one for each known
 * repository, and those that were found unfinished or added by name. Lives as long as the
 * program, so that downloads do not depend on a window.
 *
 * Keeps to the settings hub-address and download-folder. Uses the network only between
 * ql_downloads_start() and the end of that download.
 *
 * Signals:
 * - "changed": the folder, its room, the address, or how many run
 * - "ended" (QlHubDownload *download): it runs no longer, whatever the outcome
 *
 * Threads: to be used from the thread of the main context it was created in.
 */

/** ql_downloads_new: @settings: (nullable). Touches neither disk nor network. Returns: (transfer full) */
QlDownloads *ql_downloads_new (GSettings *settings);

/**
 * ql_downloads_survey:
 *
 * Looks, on a worker, for what is in the folder: unfinished downloads, complete ones, room.
 * What is found shows in the downloads; those that nobody knew of yet are added.
 */
void ql_downloads_survey (QlDownloads *self);
/** ql_downloads_get_surveying: whether a worker is looking */
gboolean ql_downloads_get_surveying (QlDownloads *self);

/** ql_downloads_find: Returns: (nullable) (transfer none) */
QlHubDownload *ql_downloads_find (QlDownloads *self, const char *repo);

/**
 * ql_downloads_add:
 * @text: "owner/name", or the address of that on the hub or the mirror, as copied from a browser
 *
 * Adds a repository to the list; one that is there already is left as it is.
 *
 * Returns: (nullable) (transfer none): %NULL where it is no such name
 */
QlHubDownload *ql_downloads_add (QlDownloads *self, const char *text);

/** ql_downloads_is_removable: whether it was added by name, does not run and has left nothing on the disk */
gboolean ql_downloads_is_removable (QlDownloads *self, QlHubDownload *download);
/** ql_downloads_remove: from the list, if it is removable */
void ql_downloads_remove (QlDownloads *self, QlHubDownload *download);

/** ql_downloads_start: as ql_hub_download_start(), from the address of the settings */
gboolean ql_downloads_start (QlDownloads *self, QlHubDownload *download, GError **error);
/** ql_downloads_pause_all: for the end of the program; they go on when a person says so */
void ql_downloads_pause_all (QlDownloads *self);
/** ql_downloads_get_n_running: those that have a thread: fetching, stopping, discarding */
guint ql_downloads_get_n_running (QlDownloads *self);
/** ql_downloads_shutdown: pauses all and waits until their threads have ended */
void ql_downloads_shutdown (QlDownloads *self);

/** ql_downloads_get_size: bytes of the whole model, about where no list told it; 0: not known */
guint64 ql_downloads_get_size (QlDownloads *self, QlHubDownload *download);

/** ql_downloads_get_folder: where new downloads go, each in a folder of its own */
const char *ql_downloads_get_folder (QlDownloads *self);
/** ql_downloads_set_folder: @folder: (nullable): for what has not begun yet; %NULL for the default one */
void ql_downloads_set_folder (QlDownloads *self, const char *folder);
/** ql_downloads_get_room: bytes free in the folder when it was last looked at; 0: not known */
guint64 ql_downloads_get_room (QlDownloads *self);
/** ql_downloads_lacks_room: whether what is missing of @download is known not to fit there */
gboolean ql_downloads_lacks_room (QlDownloads *self, QlHubDownload *download);

/** ql_downloads_get_address: Returns: (transfer full): %NULL with QL_HUB_ERROR_ADDRESS for a bad setting */
char *ql_downloads_get_address (QlDownloads *self, GError **error);
