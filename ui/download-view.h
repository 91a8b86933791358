#pragma once

#include <gtk/gtk.h>

#include "app/downloads.h"
#include "ui/message-bar.h"

#define QL_TYPE_DOWNLOAD_VIEW (ql_download_view_get_type ())
G_DECLARE_FINAL_TYPE (QlDownloadView, ql_download_view, QL, DOWNLOAD_VIEW, GtkWidget)

/**
 * QlDownloadView:
 *
 * The models that can be fetched, and how far that is; where from, whereto, and how much
 * room there is. In a build without downloads, how to do without.
 *
 * Only shows what QlDownloads does: closing it stops nothing. Looking at it asks the disk,
 * never the network.
 *
 * Signals:
 * - "downloaded" (const char *dir): a folder has been fetched and checked
 * - "load" (const char *dir): a person wants to use one
 */

/**
 * ql_download_view_new:
 * @actions: of ql_download_actions_new(); the view's "download" group
 */
GtkWidget *ql_download_view_new (QlDownloads *downloads, GActionGroup *actions);

/** ql_download_view_get_row: Returns: (nullable) (transfer none): of that repository, a QlDownloadRow */
GtkWidget *ql_download_view_get_row (QlDownloadView *self, const char *repo);
/** ql_download_view_get_message: Returns: (transfer none): above the list, for what comes of downloads */
QlMessageBar *ql_download_view_get_message (QlDownloadView *self);
/** ql_download_view_get_promise: what is told of the network; for tests */
const char *ql_download_view_get_promise (QlDownloadView *self);
/** ql_download_view_get_entry: Returns: (transfer none): for a repository's name; for tests */
GtkWidget *ql_download_view_get_entry (QlDownloadView *self);
/** ql_download_view_is_refused: whether it says that the last name is none; for tests */
gboolean ql_download_view_is_refused (QlDownloadView *self);
/** ql_download_view_get_question: Returns: (nullable) (transfer none): the open question about discarding */
GtkWindow *ql_download_view_get_question (QlDownloadView *self);
