#include "app/transfer-rate.h"

#define STEP_US (G_USEC_PER_SEC / 2)
#define SHARE_OF_NEW 0.2
#define LONGEST_S (100.0 * 24 * 3600)

void
ql_transfer_rate_add (QlTransferRate *self, gint64 now_us, guint64 n_bytes)
{
  gint64 elapsed_us;
  double newest;

  if (self->since_us == 0)
    {
      self->since_us = now_us;
      return; /* what came before the clock ran tells nothing */
    }
  self->n_bytes += n_bytes;
  elapsed_us = now_us - self->since_us;
  if (elapsed_us < STEP_US)
    return;
  newest = (double) self->n_bytes * G_USEC_PER_SEC / (double) elapsed_us;
  self->bytes_per_s
      = self->bytes_per_s > 0 ? (1 - SHARE_OF_NEW) * self->bytes_per_s + SHARE_OF_NEW * newest : newest;
  self->since_us = now_us;
  self->n_bytes = 0;
}

gint64
ql_transfer_rate_eta_s (const QlTransferRate *self, guint64 n_bytes)
{
  double seconds;

  if (self->bytes_per_s < 1)
    return -1;
  seconds = (double) n_bytes / self->bytes_per_s;
  return seconds <= LONGEST_S ? (gint64) (seconds + 0.5) : -1;
}
