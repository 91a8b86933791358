#pragma once

#include "app/engine-lab.h"
#include "app/engine-worker.h"
#include "engine/b2-lab.h"

/* What engine-lab.c hands to the engine's thread, and engine-lab-run.c does there. */

/** QlLabJob: what is asked; owned by the job. */
typedef struct
{
  char *text; /* nullable: to match */
  int query, n_near;
  gboolean presets, written;
  guint8 *cells; /* nullable */
  int n_rows;
} QlLabJob;

void ql_lab_job_free (gpointer data);

/* Each is a QlJobFunc. */
gpointer ql_lab_run_report (QlEngineWorker *worker, QlEngineJob *job, GError **error);
gpointer ql_lab_run_caption (QlEngineWorker *worker, QlEngineJob *job, GError **error);
gpointer ql_lab_run_match (QlEngineWorker *worker, QlEngineJob *job, GError **error);
gpointer ql_lab_run_masks (QlEngineWorker *worker, QlEngineJob *job, GError **error);

/** ql_query_report_new: of what the engine tells. Returns: (transfer full) */
QlQueryReport *ql_query_report_new (B2Model *model, const B2QueryReport *report);
