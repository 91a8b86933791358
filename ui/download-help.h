#pragma once

#include <gtk/gtk.h>

#define QL_TYPE_DOWNLOAD_HELP (ql_download_help_get_type ())
G_DECLARE_FINAL_TYPE (QlDownloadHelp, ql_download_help, QL, DOWNLOAD_HELP, GtkWidget)

/**
 * QlDownloadHelp:
 *
 * How to get a model without Qlens fetching it: which files, from where, what then. Has the
 * command "download-help.copy" for the list of files.
 */

/** ql_download_help_list: Returns: (transfer full): the files of a model folder, a line each */
char *ql_download_help_list (void);
