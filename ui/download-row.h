#pragma once

#include <gtk/gtk.h>

#include "app/downloads.h"

#define QL_TYPE_DOWNLOAD_ROW (ql_download_row_get_type ())
G_DECLARE_FINAL_TYPE (QlDownloadRow, ql_download_row, QL, DOWNLOAD_ROW, GtkListBoxRow)

/**
 * QlDownloadRow:
 *
 * One download of a QlDownloadView: what it is, how far it is, what went wrong, and two
 * buttons that offer what fits its state, each always in the same place.
 */
GtkWidget *ql_download_row_new (QlDownloads *downloads, QlHubDownload *download);

QlHubDownload *ql_download_row_get_download (QlDownloadRow *self);
/** ql_download_row_focus: its first button */
void ql_download_row_focus (QlDownloadRow *self);

/** QlDownloadRowPart: for tests */
typedef enum
{
  QL_DOWNLOAD_ROW_PRIMARY,
  QL_DOWNLOAD_ROW_SECONDARY,
  QL_DOWNLOAD_ROW_PROGRESS,
  QL_DOWNLOAD_ROW_FACTS,
  QL_DOWNLOAD_ROW_STATUS,
  QL_DOWNLOAD_ROW_MESSAGE,
} QlDownloadRowPart;

/** ql_download_row_get_part: Returns: (nullable) (transfer none): %NULL while it is not shown */
GtkWidget *ql_download_row_get_part (QlDownloadRow *self, QlDownloadRowPart part);
