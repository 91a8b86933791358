#pragma once

#include <glib.h>

/**
 * QlTransferRate:
 *
 * How fast bytes come, over the last seconds, so that what is shown neither jumps nor lags.
 * Begin with zeros.
 */
typedef struct
{
  gint64 since_us; /* begin of what was not counted yet */
  guint64 n_bytes;
  double bytes_per_s; /* 0: not known yet */
} QlTransferRate;

/** ql_transfer_rate_add: @n_bytes more at @now_us, a clock that never goes back */
void ql_transfer_rate_add (QlTransferRate *self, gint64 now_us, guint64 n_bytes);

/** ql_transfer_rate_eta_s: Returns: seconds until @n_bytes are there; -1: not known */
gint64 ql_transfer_rate_eta_s (const QlTransferRate *self, guint64 n_bytes);
