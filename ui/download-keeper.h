#pragma once

#include <gtk/gtk.h>

#include "app/downloads.h"
#include "app/model-store.h"

#define QL_TYPE_DOWNLOAD_KEEPER (ql_download_keeper_get_type ())
G_DECLARE_FINAL_TYPE (QlDownloadKeeper, ql_download_keeper, QL, DOWNLOAD_KEEPER, GObject)

/**
 * QlDownloadKeeper:
 *
 * What running downloads mean for the program: it stays without a window, and says so; the
 * computer does not suspend; what has been fetched gets into the list of models; a notification tells
 * of the end to those who look elsewhere.
 */

/**
 * ql_download_keeper_new:
 * @app: outlives the keeper
 * @settings: (nullable): whether to notify
 */
QlDownloadKeeper *ql_download_keeper_new (GtkApplication *app, QlDownloads *downloads, QlModelStore *models,
                                          GSettings *settings);
