#pragma once

#include <gio/gio.h>

/** QlLabRequest: something the lab wants of the engine, and may be waiting for. */
typedef struct
{
  GCancellable *cancellable; /* NULL: nothing is waited for */
  double fraction;
} QlLabRequest;

/* In the place of an earlier one. Returns: (transfer none): to be given to the engine */
GCancellable *ql_lab_request_begin (QlLabRequest *self);
void ql_lab_request_stop (QlLabRequest *self);
/* Whether @result is that of the newest request, which is over now; else another one has taken its place. */
gboolean ql_lab_request_end (QlLabRequest *self, GAsyncResult *result);
/* The same, for what tells of a failure later. @failed: set to a copy of @error, unless it was cancelled or nothing failed */
gboolean ql_lab_request_end_with (QlLabRequest *self, GAsyncResult *result, const GError *error,
                                  GError **failed);
