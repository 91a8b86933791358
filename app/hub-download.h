#pragma once

#include <gio/gio.h>

#include "app/hub-error.h"
#include "app/hub-progress.h"

/** QlHubState: where a download is. */
typedef enum
{
  QL_HUB_IDLE, /* never started */
  QL_HUB_RUNNING,
  QL_HUB_STOPPING, /* pausing or cancelling; soon over */
  QL_HUB_DISCARDING, /* removing what was fetched; soon over */
  QL_HUB_PAUSED,
  QL_HUB_CANCELLED, /* what was fetched is kept, as when pausing */
  QL_HUB_FAILED, /* ql_hub_download_get_error() tells why; what was fetched is kept */
  QL_HUB_FINISHED, /* the folder is complete, checked, and has its SHA256SUMS */
} QlHubState;

#define QL_TYPE_HUB_DOWNLOAD (ql_hub_download_get_type ())
G_DECLARE_FINAL_TYPE (QlHubDownload, ql_hub_download, QL, HUB_DOWNLOAD, GObject)

/**
 * QlHubDownload:
 *
 * Fetches a model folder from the hub, or goes on with fetching it: after a pause, a
 * broken connection, or in another run of the program. The only thing in Qlens that uses
 * the network, and only between start and the end of its run.
 *
 * Files keep the name FILE.part until they are whole and right. Nothing that was in the
 * folder before is replaced.
 *
 * Signals: "changed": state or progress; from the main context, at most every 100 ms while it runs.
 *
 * Threads: to be used from the thread of the main context it was created in. Works on a
 * thread of its own, and keeps itself alive while that runs.
 */

/** ql_hub_download_is_built: whether this build of the program can download */
gboolean ql_hub_download_is_built (void);

/** ql_hub_download_default_folder: the folder of all downloads. Returns: (transfer full) */
char *ql_hub_download_default_folder (void);
/** ql_hub_download_dir_in: where a download of @repo goes in @folder. Returns: (transfer full) */
char *ql_hub_download_dir_in (const char *folder, const char *repo);
/** ql_hub_download_default_dir: both together. Returns: (transfer full) */
char *ql_hub_download_default_dir (const char *repo);

/**
 * ql_hub_download_new:
 * @repo: "owner/name"
 * @dir: (nullable): the folder to fill, made if it is not there; %NULL for the default one
 * @address: (nullable): of the hub or a mirror; %NULL or "" for huggingface.co
 *
 * Touches neither the network nor the disk. Returns: (transfer full)
 */
QlHubDownload *ql_hub_download_new (const char *repo, const char *dir, const char *address);

/**
 * ql_hub_download_start:
 *
 * Begins, or goes on.
 *
 * Returns: %FALSE with QL_HUB_ERROR_NOT_BUILT, with QL_HUB_ERROR_ADDRESS, after which the state is
 *   FAILED, or with G_IO_ERROR_PENDING while it runs
 */
gboolean ql_hub_download_start (QlHubDownload *self, GError **error);

/** ql_hub_download_pause: also for closing the program; start goes on */
void ql_hub_download_pause (QlHubDownload *self);
/** ql_hub_download_cancel: keeps what was fetched, as pausing does */
void ql_hub_download_cancel (QlHubDownload *self);

/**
 * ql_hub_download_discard:
 *
 * Removes what an unfinished download left in its folder, and nothing else. Takes a moment, on
 * a thread; then the state is IDLE.
 *
 * Returns: %FALSE while it runs, and after it has finished
 */
gboolean ql_hub_download_discard (QlHubDownload *self);

QlHubState ql_hub_download_get_state (QlHubDownload *self);
/** ql_hub_download_get_error: Returns: (nullable) (transfer none): where the state is FAILED */
const GError *ql_hub_download_get_error (QlHubDownload *self);
/** ql_hub_download_get_progress: Returns: a copy */
QlHubProgress ql_hub_download_get_progress (QlHubDownload *self);
const char *ql_hub_download_get_repo (QlHubDownload *self);
const char *ql_hub_download_get_dir (QlHubDownload *self);
/** ql_hub_download_get_kept_bytes: of an unfinished download, in its folder, when it last stopped */
guint64 ql_hub_download_get_kept_bytes (QlHubDownload *self);
/** ql_hub_download_get_total_bytes: of the whole folder; 0 as long as no list told it */
guint64 ql_hub_download_get_total_bytes (QlHubDownload *self);

/** ql_hub_download_set_address: (nullable): as for ql_hub_download_new(); holds from the next start on */
void ql_hub_download_set_address (QlHubDownload *self, const char *address);
/** ql_hub_download_set_dir: to another folder, which forgets the state; not while it runs */
void ql_hub_download_set_dir (QlHubDownload *self, const char *dir);

/**
 * ql_hub_download_set_found:
 * @complete: the folder is whole
 *
 * Takes up what was found in the folder: PAUSED where something is kept, FINISHED where all is
 * there, IDLE where nothing is. Without effect while it runs.
 */
void ql_hub_download_set_found (QlHubDownload *self, guint64 kept_bytes, guint64 total_bytes,
                                gboolean complete);

/**
 * ql_hub_download_set_patience:
 * @first_wait_ms: before the second try of a file; default 1000
 * @timeout_s: of silence until a connection counts as broken; default 60
 */
void ql_hub_download_set_patience (QlHubDownload *self, guint first_wait_ms, guint timeout_s);
