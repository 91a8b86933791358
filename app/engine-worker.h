#pragma once

#include <gio/gio.h>

#include "app/engine-service.h"
#include "app/engine-test.h"
#include "engine/b2.h"

/*
 * The thread behind QlEngineService, and the one way its news take to the main context.
 * Private to the service.
 */

typedef enum
{
  QL_JOB_OPEN,
  QL_JOB_ASK,
  QL_JOB_TRACE,
  QL_JOB_CALL, /* whatever its function does; who waits for it shows it: the service is not busy */
  QL_JOB_CLOSE,
  QL_JOB_QUIT,
} QlJobKind;

typedef struct QlEngineWorker QlEngineWorker;
typedef struct QlEngineJob QlEngineJob;

/** QlJobFunc: what a %QL_JOB_CALL does, on the engine's thread. Returns: (transfer full): %NULL with an error */
typedef gpointer (*QlJobFunc) (QlEngineWorker *worker, QlEngineJob *job, GError **error);

/** QlEngineJob: reference counted; who may touch what is said at the fields. */
struct QlEngineJob
{
  gatomicrefcount ref_count;

  /* Set before it is pushed, constant from then on. */
  QlJobKind kind;
  char *dir;
  gboolean if_room; /* open only what memory is free for */
  gboolean looks_ahead; /* nobody waits for it: whatever is asked ends it */
  QlPicture *picture;
  char *question;
  GStrv earlier; /* nullable */
  char *prompt; /* nullable; of a trace */
  GArray *tokens; /* of QlSavedToken; of a trace */
  QlIntervention *intervention; /* nullable; of a trace or a call */
  char *fingerprint, *beams; /* nullable; of a trace: as QlTraceRequest has them */
  QlSavedTimings timings; /* the same */
  QlAnswerStyle style;
  QlJobFunc func; /* of a call */
  gpointer request; /* nullable; of a call */
  GDestroyNotify request_free, result_free; /* of a call */
  int n_threads;
  gboolean exact; /* all arithmetic in f32 */
  QlEncodingCache *encodings; /* nullable: of this picture nothing is kept */
  B2Cancel *cancel;

  /* Under the worker's lock. */
  gboolean claimed; /* the thread has begun */
  gboolean dropped; /* cancelled before it began; set in the main context, which may read it without */
  gboolean dirty; /* is in the list of news */
  gboolean done;
  QlEngineProgress progress;
  char *new_text;

  /* Written by the thread before @done, read afterwards. */
  GError *error;
  QlAnswer *answer;
  QlTrace *trace;
  gpointer result; /* of a call */
  QlModelFacts *facts; /* of a model that was opened */
  gboolean earlier_stays; /* opening failed, and left the model there was */

  /* Of the main context alone. */
  GTask *task;
  gulong cancel_handler;
  QlTextFunc text;
  gpointer text_data;
  QlFractionFunc fraction; /* nullable; of a call */
  gpointer fraction_data;
  double fraction_told;

  /* Atomic: of a call that consists of several, which one it is at. */
  int part, n_parts;
};

QlEngineJob *ql_engine_job_new (QlJobKind kind);
QlEngineJob *ql_engine_job_ref (QlEngineJob *self);
void ql_engine_job_unref (QlEngineJob *self);

/**
 * QlWorkerNews:
 * @text: (nullable): the text so far, if it changed
 * @done: the job is over; @job's error or answer is set
 *
 * Called in the main context, in the order in which jobs ran.
 */
typedef void (*QlWorkerNews) (QlEngineJob *job, QlEngineProgress progress, const char *text, gboolean done,
                              gpointer data);

/** ql_engine_worker_new: starts the thread. News come to the thread-default context of now. */
QlEngineWorker *ql_engine_worker_new (QlWorkerNews news, gpointer data);
void ql_engine_worker_set_probe (QlEngineWorker *self, QlEngineProbe probe, gpointer data);

/** ql_engine_worker_push: takes a reference of its own on @job */
void ql_engine_worker_push (QlEngineWorker *self, QlEngineJob *job);

/** ql_engine_worker_cancel: a waiting job ends at once, a running one within a layer */
void ql_engine_worker_cancel (QlEngineWorker *self, QlEngineJob *job);

/** ql_engine_worker_free: the job that runs must have been cancelled. Joins; no more news come. */
void ql_engine_worker_free (QlEngineWorker *self);

/* ---- for a QlJobFunc, on the engine's thread ---------------------------------------------- */

/** ql_engine_worker_watch: stops as the job does, and tells of progress */
B2Watch ql_engine_worker_watch (QlEngineWorker *self, QlEngineJob *job);
/**
 * ql_engine_worker_session:
 * @model: (out) (transfer none): its model
 *
 * Returns: (transfer none): with the job's picture and threads; %NULL with an error
 */
B2Session *ql_engine_worker_session (QlEngineWorker *self, QlEngineJob *job, B2Model **model, GError **error);
/**
 * ql_engine_worker_match_session:
 *
 * The same of a model that can match: the one that is open, or else the retrieval demo model, opened beside it.
 */
B2Session *ql_engine_worker_match_session (QlEngineWorker *self, QlEngineJob *job, B2Model **model,
                                           GError **error);
