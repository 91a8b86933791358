#pragma once

#include "app/engine-worker.h"

/* What files that add jobs to the service need of it. */

/**
 * ql_engine_service_submit:
 * @job: (transfer full): its inputs are set
 * @tag: for g_async_result_is_tagged()
 */
void ql_engine_service_submit (QlEngineService *self, QlEngineJob *job, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer data, gpointer tag);
