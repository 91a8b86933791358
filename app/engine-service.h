#pragma once

#include <gio/gio.h>

#include "app/answer-style.h"
#include "app/encoding-cache.h"
#include "app/intervention.h"
#include "app/lab-trace.h"
#include "app/model-facts.h"
#include "app/picture.h"
#include "app/session-state.h"

/**
 * QlEngineState: what the service is at.
 */
typedef enum
{
  QL_ENGINE_NO_MODEL,
  QL_ENGINE_LOADING, /* a model is being opened; requests wait for it */
  QL_ENGINE_READY,
  QL_ENGINE_BUSY, /* a picture is looked at or a text is written */
  QL_ENGINE_ERROR, /* the last model could not be opened */
} QlEngineState;

/** QlEnginePhase: as the engine's phases, and one for idleness. */
typedef enum
{
  QL_ENGINE_PHASE_NONE,
  QL_ENGINE_PHASE_OPEN,
  QL_ENGINE_PHASE_VISION,
  QL_ENGINE_PHASE_QFORMER,
  QL_ENGINE_PHASE_PREFILL,
  QL_ENGINE_PHASE_DECODE,
} QlEnginePhase;

/** QlEngineProgress: @done of @total steps of @phase. */
typedef struct
{
  QlEnginePhase phase;
  int done;
  int total;
} QlEngineProgress;

/** QlAnswer: a finished text. */
typedef struct
{
  char *text;
  double seconds; /* of work, without waiting in the queue */
  int n_tokens;
  gboolean picture_reused; /* the image encoder did not run */
  GArray *tokens; /* of QlSavedToken; the mark of the end has no text */
  double score; /* beams: sum of log-probabilities / length^penalty; else their mean */
  gboolean complete; /* by the model's own end token, not by the limit */
  QlSavedTimings timings;
  char *prompt; /* nullable: what the model read before the answer */
  int n_earlier; /* turns that were put before the question */
  QlAnswerStyle style; /* with the seed that was drawn */
  char *fingerprint; /* of the model that wrote it */
  char *beams; /* nullable: the search, as a trace has it (JSON); only where there were beams */
} QlAnswer;

void ql_answer_free (QlAnswer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (QlAnswer, ql_answer_free)

/** QL_MODEL_ERROR: why a model that could be opened is not used; messages are translated. */
#define QL_MODEL_ERROR (ql_model_error_quark ())
GQuark ql_model_error_quark (void);

/**
 * QlModelError:
 * @QL_MODEL_ERROR_NO_ROOM: it needs more memory than is free; the message gives both figures
 * @QL_MODEL_ERROR_WRITES_NONE: it only compares pictures with texts
 */
typedef enum
{
  QL_MODEL_ERROR_NO_ROOM,
  QL_MODEL_ERROR_WRITES_NONE,
} QlModelError;

/** QlTextFunc: called in the main context with the whole text so far, at most every 33 ms. */
typedef void (*QlTextFunc) (const char *text, gpointer data);

/**
 * QlEngineProbe:
 *
 * Called on the engine's thread at every step of every phase. Whatever it does delays
 * the engine: made for tests that hold the engine in a phase, and for measurements.
 */
typedef void (*QlEngineProbe) (QlEnginePhase phase, int done, int total, gpointer data);

#define QL_TYPE_ENGINE_SERVICE (ql_engine_service_get_type ())
G_DECLARE_FINAL_TYPE (QlEngineService, ql_engine_service, QL, ENGINE_SERVICE, GObject)

/**
 * QlEngineService:
 *
 * Owns the one thread that runs the engine, and a queue of jobs for it. What the thread
 * has to tell reaches the main context through one source, at most every 33 ms.
 *
 * A cancelled request that still waits in the queue ends at once; a running one within a
 * layer. After cancellation no more text of it is delivered.
 *
 * Properties: "state" and "progress" are announced by ::notify; read them with the
 * functions below.
 *
 * Threads: to be used from the thread of the main context it was created in.
 */

/** ql_engine_service_new: Returns: (transfer full): a service with no model; its thread runs */
QlEngineService *ql_engine_service_new (void);

/**
 * ql_engine_service_shutdown:
 *
 * Stops whatever runs, joins the thread and completes all requests as cancelled. The
 * service accepts none afterwards. Called by the last unref too, but requests keep a reference.
 */
void ql_engine_service_shutdown (QlEngineService *self);

QlEngineState ql_engine_service_get_state (QlEngineService *self);
/** ql_engine_service_get_progress: phase NONE while nothing runs */
QlEngineProgress ql_engine_service_get_progress (QlEngineService *self);
/** ql_engine_service_get_fraction: of the whole request, 0…1, never falling within one */
double ql_engine_service_get_fraction (QlEngineService *self);
/**
 * ql_engine_service_get_model_dir:
 *
 * Returns: (nullable): the folder last asked for; once that could not be opened and an earlier
 *   model stayed, that one's
 */
const char *ql_engine_service_get_model_dir (QlEngineService *self);
/** ql_engine_service_get_model_name: Returns: (transfer full) (nullable): for people */
char *ql_engine_service_get_model_name (QlEngineService *self);
/** ql_engine_service_get_model_facts: Returns: (nullable) (transfer none): of the model that is open */
const QlModelFacts *ql_engine_service_get_model_facts (QlEngineService *self);
/** ql_engine_service_is_demo_model: whether the model is the embedded one */
gboolean ql_engine_service_is_demo_model (QlEngineService *self);
/** ql_engine_service_get_text: Returns: (nullable): text so far of the request that runs */
const char *ql_engine_service_get_text (QlEngineService *self);

void ql_engine_service_set_probe (QlEngineService *self, QlEngineProbe probe, gpointer data);

/**
 * ql_engine_service_open_model_async:
 * @dir: a Hugging Face model folder
 *
 * A request still waiting or running for an earlier model is not affected: it ends first.
 * An earlier model stays until @dir has been opened and looked at; so it stays too if that fails.
 */
void ql_engine_service_open_model_async (QlEngineService *self, const char *dir, GCancellable *cancellable,
                                         GAsyncReadyCallback callback, gpointer data);
/**
 * ql_engine_service_open_model_if_room_async:
 *
 * As above, but a model that needs more memory than is free is not used: that ends with
 * QL_MODEL_ERROR_NO_ROOM. The figure is that of the moment when the folder has been opened, which
 * itself takes next to none. Ends with ql_engine_service_open_model_finish().
 */
void ql_engine_service_open_model_if_room_async (QlEngineService *self, const char *dir,
                                                 GCancellable *cancellable, GAsyncReadyCallback callback,
                                                 gpointer data);
gboolean ql_engine_service_open_model_finish (QlEngineService *self, GAsyncResult *result, GError **error);

/**
 * ql_engine_service_close_model_async:
 *
 * Gives the memory of the model back, once the requests that were made before have ended. Requests
 * made afterwards find no model. There being none to close is no error.
 */
void ql_engine_service_close_model_async (QlEngineService *self, GCancellable *cancellable,
                                          GAsyncReadyCallback callback, gpointer data);
/** ql_engine_service_close_model_finish: Returns: %FALSE if it was cancelled before its turn came */
gboolean ql_engine_service_close_model_finish (QlEngineService *self, GAsyncResult *result, GError **error);

/**
 * ql_engine_service_ask_async:
 * @question: (nullable): as typed; %NULL describes the picture
 * @text: (nullable): called with the text as it grows
 *
 * The picture is encoded once: further requests on the same one are answered from what
 * the engine kept.
 */
void ql_engine_service_ask_async (QlEngineService *self, QlPicture *picture, const char *question,
                                  GCancellable *cancellable, QlTextFunc text, gpointer text_data,
                                  GAsyncReadyCallback callback, gpointer data);

/** QlAskOptions: zero-filled describes the picture. Copied where it is handed over. */
typedef struct
{
  const char *question; /* nullable: describe */
  const QlAnswerStyle *style; /* nullable: as QL_PRESET_AUTO */
  const char *const *earlier; /* nullable: questions and answers in turn, oldest first; see chat-prompt.h */
} QlAskOptions;

/**
 * ql_engine_service_ask_with_async:
 *
 * As above. Of earlier turns the oldest are left out until the rest has room in the model.
 * Ends with ql_engine_service_ask_finish().
 */
void ql_engine_service_ask_with_async (QlEngineService *self, QlPicture *picture, const QlAskOptions *options,
                                       GCancellable *cancellable, QlTextFunc text, gpointer text_data,
                                       GAsyncReadyCallback callback, gpointer data);

/** ql_engine_service_set_threads: @n_threads: 0 for one per core; holds from the next request on */
void ql_engine_service_set_threads (QlEngineService *self, int n_threads);
/** ql_engine_service_set_exact: all arithmetic in f32 (#B2SessionOptions.exact); off if not set; holds from the next request on */
void ql_engine_service_set_exact (QlEngineService *self, gboolean exact);

/**
 * ql_engine_service_set_encoding_cache:
 * @cache: (nullable): none is used
 *
 * For pictures that are remembered; holds from the next request on.
 */
void ql_engine_service_set_encoding_cache (QlEngineService *self, QlEncodingCache *cache);

/**
 * ql_engine_service_look_ahead:
 *
 * Has the model look at a picture that nobody has asked about yet, if it has nothing else to do, so that the first question waits for the
 * rest alone. The service is not busy meanwhile. A request for the same picture waits for it; any other stops it at once.
 */
void ql_engine_service_look_ahead (QlEngineService *self, QlPicture *picture);

/** ql_engine_service_get_encoding_cache: Returns: (nullable) (transfer none): the one that is used */
QlEncodingCache *ql_engine_service_get_encoding_cache (QlEngineService *self);

/**
 * ql_engine_service_ask_finish:
 *
 * Returns: (transfer full): %NULL with G_IO_ERROR_CANCELLED, an error of the engine, or
 *   G_IO_ERROR_NOT_INITIALIZED where no model is open
 */
QlAnswer *ql_engine_service_ask_finish (QlEngineService *self, GAsyncResult *result, GError **error);

/** QlTraceRequest: which answer; copied where it is handed over. */
typedef struct
{
  const char *question; /* nullable */
  const char *prompt; /* nullable: as it was then; else it is made of @question */
  const GArray *tokens; /* of QlSavedToken, at least one */
  QlIntervention *intervention; /* nullable: the run is changed so; it does not stay */
  /* What only the run that wrote the answer knows. It goes into the trace where the open model is the one that did. */
  const char *fingerprint; /* nullable: of that model; %NULL: not known, so that none of it is taken */
  const char *beams; /* nullable: as QlAnswer has it */
  QlSavedTimings timings;
} QlTraceRequest;

/**
 * ql_engine_service_trace_async:
 *
 * Has the model read an answer that it wrote before, and keeps what it attends to. Writes nothing: takes a
 * fraction of the time of the answer. Where another model is open than the one that wrote it, the trace is of the
 * open one.
 */
void ql_engine_service_trace_async (QlEngineService *self, QlPicture *picture, const QlTraceRequest *request,
                                    GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
/** ql_engine_service_trace_finish: Returns: (transfer full): %NULL as ql_engine_service_ask_finish() */
QlTrace *ql_engine_service_trace_finish (QlEngineService *self, GAsyncResult *result, GError **error);
