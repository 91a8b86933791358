#pragma once

/* The worker's side of a download; private to hub-*.c. */

#include "app/hub-http.h"
#include "app/hub-listing.h"
#include "app/hub-parts.h"
#include "app/hub-progress.h"
#include "app/transfer-rate.h"

/** QlHubPatience: how long to wait for a server. */
typedef struct
{
  guint first_wait_ms; /* before the second try; twice as long before each further one */
  guint timeout_s; /* of silence */
} QlHubPatience;

/** QlHubRun: what all steps of a download share. */
typedef struct
{
  const char *repo, *base, *dir;
  QlHubPatience patience;
  GCancellable *cancellable;
  QlHubReportFunc report;
  gpointer report_data;

  QlHubHttp *http;
  QlHubParts *parts;
  QlHubProgress progress;
  QlTransferRate rate;
  guint64 finished_bytes; /* of the files before the current one */
  guint64 received_bytes; /* from the network, ever */
  gint64 retry_after_s; /* of the last answer; -1: not told */
} QlHubRun;

/** ql_hub_run_tell: @file_bytes: of the current file that are there */
void ql_hub_run_tell (QlHubRun *self, QlHubPhase phase, guint64 file_bytes);

/** ql_hub_run_set_status_error: what an HTTP status other than 200 and 206 means */
gboolean ql_hub_run_set_status_error (QlHubRun *self, const QlHubReply *reply, const char *name,
                                      GError **error);

/** QlHubAttempt: Returns: %FALSE with an error, after which another try may succeed or not */
typedef gboolean (*QlHubAttempt) (QlHubRun *self, gpointer data, GError **error);

/**
 * ql_hub_run_try:
 *
 * Tries until it works, the error is not a passing one, or there were eight tries in a row
 * that brought next to nothing.
 */
gboolean ql_hub_run_try (QlHubRun *self, QlHubAttempt attempt, gpointer data, GError **error);

/**
 * ql_hub_file_fetch:
 * @sha256: (out): of the file that is now in the folder
 *
 * Fetches one file, or goes on with what is there of it, and checks it.
 */
gboolean ql_hub_file_fetch (QlHubRun *self, const QlHubFile *file, char **sha256, GError **error);

/**
 * ql_hub_job_run:
 * @self: with everything up to @report_data filled in
 *
 * The whole download, blocking.
 */
gboolean ql_hub_job_run (QlHubRun *self, GError **error);

/** ql_hub_job_discard: as ql_hub_job_run(), but removes what an unfinished download left in the folder */
gboolean ql_hub_job_discard (QlHubRun *self, GError **error);
