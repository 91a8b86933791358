#pragma once

#include <glib.h>

/** QlHubPhase: what a download is doing. */
typedef enum
{
  QL_HUB_PHASE_LIST, /* asking what there is */
  QL_HUB_PHASE_CHECK, /* reading what an earlier run fetched */
  QL_HUB_PHASE_FETCH,
  QL_HUB_PHASE_WAIT, /* until the next try */
} QlHubPhase;

/** QlHubProgress: how far a download is. */
typedef struct
{
  QlHubPhase phase;
  guint64 done_bytes; /* of the folder; less than before where a file began anew */
  guint64 total_bytes; /* 0 until the list is there */
  double bytes_per_s; /* 0: not known */
  gint64 eta_s; /* -1: not known */
  gint64 wait_s; /* of WAIT */
  int file, n_files; /* the @file-th of @n_files, from 1 */
  char file_name[256]; /* "" before the first */
} QlHubProgress;

/** QlHubReportFunc: called on the thread that downloads */
typedef void (*QlHubReportFunc) (const QlHubProgress *progress, gpointer data);
