/* QlEngineService on the demo model: answers, streaming, and stopping in every phase. */

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <glib/gstdio.h>
#include <jansson.h>

#include "app/conversation.h"
#include "app/engine-service.h"
#include "app/free-memory.h"
#include "app/picture.h"
#include "engine/b2.h"

#define DEMO "data/models/qlens-demo-opt"

static char *
source_path (const char *relative)
{
  const char *root = g_getenv ("QLENS_SRC");

  g_assert_nonnull (root);
  return g_build_filename (root, relative, NULL);
}

typedef struct
{
  QlEngineService *service;
  QlPicture *picture;
  json_t *samples;
  GAsyncResult *result; /* of the newest request */
  GCancellable *cancellable;
  GPtrArray *texts; /* what was streamed, in order */
  GThread *main_thread;

  /* The gate: holds the engine's thread in a phase until it is opened. */
  GMutex lock;
  GCond cond;
  QlEnginePhase hold_phase;
  int hold_step; /* not before this step of the phase */
  gboolean held;
  gboolean open;
  int steps_after_open;
} Fixture;

static void
spin_until_result (Fixture *f)
{
  while (f->result == NULL)
    g_main_context_iteration (NULL, TRUE);
}

static void
result_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  Fixture *f = data;

  g_assert_true (g_thread_self () == f->main_thread);
  g_assert_null (f->result);
  f->result = g_object_ref (result);
}

static void
text_cb (const char *text, gpointer data)
{
  Fixture *f = data;

  g_assert_true (g_thread_self () == f->main_thread);
  g_ptr_array_add (f->texts, g_strdup (text));
}

static void
picture_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  QlPicture **out = data;

  *out = ql_picture_load_finish (result, &error);
  g_assert_no_error (error);
}

static QlPicture *
load_sample (const char *name)
{
  g_autofree char *relative = g_build_filename ("data", "samples", name, NULL);
  g_autofree char *path = source_path (relative);
  g_autoptr (GFile) file = g_file_new_for_path (path);
  QlPicture *picture = NULL;

  ql_picture_load_async (file, 0, NULL, picture_cb, &picture);
  while (picture == NULL)
    g_main_context_iteration (NULL, TRUE);
  return picture;
}

static void
set_up (Fixture *f, gconstpointer data)
{
  g_autofree char *samples = source_path ("data/samples/samples.json");

  f->main_thread = g_thread_self ();
  f->service = ql_engine_service_new ();
  f->cancellable = g_cancellable_new ();
  f->texts = g_ptr_array_new_with_free_func (g_free);
  f->samples = json_load_file (samples, 0, NULL);
  g_assert_nonnull (f->samples);
  f->picture = load_sample ("01-donut.png");
  g_mutex_init (&f->lock);
  g_cond_init (&f->cond);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  ql_engine_service_shutdown (f->service);
  g_clear_object (&f->result); /* holds the service */
  g_assert_finalize_object (f->service);
  g_clear_object (&f->picture);
  g_clear_object (&f->cancellable);
  g_ptr_array_unref (f->texts);
  json_decref (f->samples);
  g_mutex_clear (&f->lock);
  g_cond_clear (&f->cond);
}

static void
start_open (Fixture *f, const char *relative)
{
  g_autofree char *dir = source_path (relative);

  ql_engine_service_open_model_async (f->service, dir, f->cancellable, result_cb, f);
}

static void
open_path (Fixture *f, const char *path)
{
  g_autoptr (GError) error = NULL;

  ql_engine_service_open_model_async (f->service, path, f->cancellable, result_cb, f);
  spin_until_result (f);
  g_assert_true (ql_engine_service_open_model_finish (f->service, f->result, &error));
  g_assert_no_error (error);
  g_clear_object (&f->result);
}

static void
open_demo (Fixture *f)
{
  g_autofree char *dir = source_path (DEMO);

  open_path (f, dir);
}

static void
start_ask (Fixture *f, const char *question)
{
  ql_engine_service_ask_async (f->service, f->picture, question, f->cancellable, text_cb, f, result_cb, f);
}

static QlAnswer *
finish_ask (Fixture *f, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  spin_until_result (f);
  result = g_steal_pointer (&f->result);
  return ql_engine_service_ask_finish (f->service, result, error);
}

static const json_t *
sample_json (Fixture *f, const char *name)
{
  size_t i;
  json_t *entry;

  json_array_foreach (
      f->samples, i,
      entry) if (g_str_equal (json_string_value (json_object_get (entry, "file")), name)) return entry;
  g_assert_not_reached ();
}

static void
test_caption_and_questions (Fixture *f, gconstpointer data)
{
  const json_t *sample = sample_json (f, "01-donut.png");
  g_autoptr (GError) error = NULL;
  g_autoptr (QlAnswer) caption = NULL;
  json_t *qa;
  size_t i;

  g_assert_cmpint (ql_engine_service_get_state (f->service), ==, QL_ENGINE_NO_MODEL);
  open_demo (f);
  g_assert_cmpint (ql_engine_service_get_state (f->service), ==, QL_ENGINE_READY);
  start_ask (f, NULL);
  g_assert_cmpint (ql_engine_service_get_state (f->service), ==, QL_ENGINE_BUSY);
  caption = finish_ask (f, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (caption->text, ==, json_string_value (json_object_get (sample, "model_caption")));
  g_assert_false (caption->picture_reused);
  g_assert_cmpint (ql_engine_service_get_state (f->service), ==, QL_ENGINE_READY);
  g_assert_cmpint (ql_engine_service_get_progress (f->service).phase, ==, QL_ENGINE_PHASE_NONE);

  json_array_foreach (json_object_get (sample, "qa"), i, qa)
  {
    g_autoptr (QlAnswer) answer = NULL;

    start_ask (f, json_string_value (json_object_get (qa, "question")));
    answer = finish_ask (f, &error);
    g_assert_no_error (error);
    g_assert_cmpstr (answer->text, ==, json_string_value (json_object_get (qa, "answer")));
    g_assert_true (answer->picture_reused);
  }
}

static void
test_another_picture (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (QlAnswer) first = NULL;
  g_autoptr (QlAnswer) second = NULL;

  open_demo (f);
  start_ask (f, NULL);
  first = finish_ask (f, &error);
  g_assert_no_error (error);
  g_object_unref (f->picture);
  f->picture = load_sample ("14-bird-cat-chicken.jpg");
  start_ask (f, NULL);
  second = finish_ask (f, &error);
  g_assert_no_error (error);
  g_assert_false (second->picture_reused);
  g_assert_cmpstr (
      second->text, ==,
      json_string_value (json_object_get (sample_json (f, "14-bird-cat-chicken.jpg"), "model_caption")));
}

/* ---- the gate ---- */

static void
gate_probe (QlEnginePhase phase, int done, int total, gpointer data)
{
  Fixture *f = data;

  g_assert_true (g_thread_self () != f->main_thread);
  g_assert_cmpint (done, <=, total);
  g_mutex_lock (&f->lock);
  if (f->open)
    f->steps_after_open++;
  else if (phase == f->hold_phase && done >= f->hold_step)
    {
      f->held = TRUE;
      g_cond_broadcast (&f->cond);
      while (!f->open)
        g_cond_wait (&f->cond, &f->lock);
    }
  g_mutex_unlock (&f->lock);
}

static void
hold_at_step (Fixture *f, QlEnginePhase phase, int step)
{
  g_mutex_lock (&f->lock);
  f->hold_phase = phase;
  f->hold_step = step;
  f->held = f->open = FALSE;
  f->steps_after_open = 0;
  g_mutex_unlock (&f->lock);
  ql_engine_service_set_probe (f->service, gate_probe, f);
}

static void
hold_at (Fixture *f, QlEnginePhase phase)
{
  hold_at_step (f, phase, 0);
}

static void
wait_held (Fixture *f)
{
  g_mutex_lock (&f->lock);
  while (!f->held)
    g_cond_wait (&f->cond, &f->lock);
  g_mutex_unlock (&f->lock);
}

static void
open_gate (Fixture *f)
{
  g_mutex_lock (&f->lock);
  f->open = TRUE;
  g_cond_broadcast (&f->cond);
  g_mutex_unlock (&f->lock);
}

static gboolean
count_cb (gpointer data)
{
  ++*(int *) data;
  return G_SOURCE_CONTINUE;
}

static void
test_stop_in_phase (Fixture *f, gconstpointer data)
{
  QlEnginePhase phase = (QlEnginePhase) GPOINTER_TO_INT (data);
  g_autoptr (GError) error = NULL;
  guint n_texts;

  if (phase != QL_ENGINE_PHASE_OPEN)
    open_demo (f);
  hold_at (f, phase);
  if (phase == QL_ENGINE_PHASE_OPEN)
    start_open (f, "data/models/qlens-demo-opt");
  else
    start_ask (f, NULL);
  wait_held (f);
  /* The main loop goes on while the engine is held: progress arrives, and says where. */
  while (ql_engine_service_get_progress (f->service).phase != phase)
    g_main_context_iteration (NULL, TRUE);
  g_cancellable_cancel (f->cancellable);
  n_texts = f->texts->len;
  open_gate (f);
  if (phase == QL_ENGINE_PHASE_OPEN)
    {
      spin_until_result (f);
      g_assert_false (ql_engine_service_open_model_finish (f->service, f->result, &error));
      g_assert_cmpint (ql_engine_service_get_state (f->service), ==, QL_ENGINE_NO_MODEL);
      g_clear_object (&f->result);
    }
  else
    {
      g_assert_null (finish_ask (f, &error));
      g_assert_cmpint (ql_engine_service_get_state (f->service), ==, QL_ENGINE_READY);
    }
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  /* It did stop, rather than finish and be thrown away: within a step or two of the gate. */
  g_assert_cmpint (f->steps_after_open, <=, 2);
  g_assert_cmpuint (f->texts->len, ==, n_texts);

  /* What was stopped can be had again. */
  g_clear_object (&f->cancellable);
  f->cancellable = g_cancellable_new ();
  ql_engine_service_set_probe (f->service, NULL, NULL);
  if (phase == QL_ENGINE_PHASE_OPEN)
    open_demo (f);
  {
    g_autoptr (GError) again_error = NULL;
    g_autoptr (QlAnswer) answer = NULL;

    start_ask (f, NULL);
    answer = finish_ask (f, &again_error);
    g_assert_no_error (again_error);
    g_assert_cmpstr (answer->text, ==,
                     json_string_value (json_object_get (sample_json (f, "01-donut.png"), "model_caption")));
  }
}

static void
test_heartbeat (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (QlAnswer) answer = NULL;
  int beats = 0;
  guint source;

  open_demo (f);
  hold_at (f, QL_ENGINE_PHASE_VISION);
  start_ask (f, NULL);
  wait_held (f);
  source = g_timeout_add (10, count_cb, &beats);
  /* Ends only if the main loop turns although the engine makes no progress at all. */
  while (beats < 20)
    g_main_context_iteration (NULL, TRUE);
  g_assert_null (f->result);
  g_source_remove (source);
  open_gate (f);
  answer = finish_ask (f, &error);
  g_assert_no_error (error);
}

static void
test_streaming (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (QlAnswer) answer = NULL;

  open_demo (f);
  hold_at_step (f, QL_ENGINE_PHASE_DECODE, 3);
  start_ask (f, NULL);
  wait_held (f);
  /* Words come while the engine stands still in the middle of the answer. */
  while (f->texts->len == 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_null (f->result);
  g_assert_cmpstr (g_ptr_array_index (f->texts, 0), !=, "");
  open_gate (f);
  answer = finish_ask (f, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (strlen (answer->text), >, strlen (g_ptr_array_index (f->texts, 0)));
}

/* A request that waits behind another ends at once when cancelled. */
static void
test_cancel_queued (Fixture *f, gconstpointer data)
{
  g_autoptr (GCancellable) queued = g_cancellable_new ();
  g_autoptr (GAsyncResult) first = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (QlAnswer) answer = NULL;

  open_demo (f);
  hold_at (f, QL_ENGINE_PHASE_VISION);
  start_ask (f, NULL);
  wait_held (f);
  ql_engine_service_ask_async (f->service, f->picture, "what can you see?", queued, NULL, NULL, result_cb, f);
  g_cancellable_cancel (queued);
  g_assert_null (finish_ask (f, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  open_gate (f);
  answer = finish_ask (f, &error);
  g_assert_no_error (error);
  g_assert_nonnull (answer);
}

static void
test_no_model (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  start_ask (f, NULL);
  g_assert_null (finish_ask (f, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_INITIALIZED);
}

static void
test_bad_model (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  start_open (f, "data/samples");
  spin_until_result (f);
  g_assert_false (ql_engine_service_open_model_finish (f->service, f->result, &error));
  g_assert_true (error->domain == B2_ERROR);
  g_assert_nonnull (strstr (error->message, "samples"));
  g_assert_cmpint (ql_engine_service_get_state (f->service), ==, QL_ENGINE_ERROR);
}

/* Ending the service while the engine works stops and joins it, and completes the request. */
static void
test_shutdown_while_running (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GThread) opener = NULL;

  open_demo (f);
  hold_at (f, QL_ENGINE_PHASE_VISION);
  start_ask (f, NULL);
  wait_held (f);
  opener = g_thread_new ("gate", (GThreadFunc) (void (*) (void)) open_gate, f);
  ql_engine_service_shutdown (f->service);
  g_assert_null (finish_ask (f, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_thread_join (g_steal_pointer (&opener));
}

/* ---- which model is open ---- */

/* Whether the weights of the model in @relative are mapped into this process. */
static gboolean
is_mapped (const char *relative)
{
  g_autofree char *dir = source_path (relative);
  g_autofree char *real = realpath (dir, NULL);
  g_autofree char *weights = g_build_filename (real, "model.safetensors", NULL);
  g_autofree char *maps = NULL;

  g_assert_true (g_file_get_contents ("/proc/self/maps", &maps, NULL, NULL));
  return strstr (maps, weights) != NULL;
}

static gboolean
finish_close (Fixture *f, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  spin_until_result (f);
  result = g_steal_pointer (&f->result);
  return ql_engine_service_close_model_finish (f->service, result, error);
}

static gboolean
finish_open (Fixture *f, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  spin_until_result (f);
  result = g_steal_pointer (&f->result);
  return ql_engine_service_open_model_finish (f->service, result, error);
}

static void
test_close (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (QlAnswer) answer = NULL;

  open_demo (f);
  g_assert_true (is_mapped (DEMO));
  g_assert_cmpuint (ql_engine_service_get_model_facts (f->service)->n_parameters, >, 1000000);
  ql_engine_service_close_model_async (f->service, NULL, result_cb, f);
  g_assert_cmpint (ql_engine_service_get_state (f->service), ==, QL_ENGINE_NO_MODEL);
  g_assert_true (finish_close (f, &error));
  g_assert_no_error (error);
  g_assert_false (is_mapped (DEMO));
  g_assert_null (ql_engine_service_get_model_facts (f->service));
  g_assert_cmpint (ql_engine_service_get_state (f->service), ==, QL_ENGINE_NO_MODEL);
  /* The one to open again. */
  g_assert_true (g_str_has_suffix (ql_engine_service_get_model_dir (f->service), DEMO));
  start_ask (f, NULL);
  g_assert_null (finish_ask (f, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_INITIALIZED);
  g_clear_error (&error);
  /* There being none is no error. */
  ql_engine_service_close_model_async (f->service, NULL, result_cb, f);
  g_assert_true (finish_close (f, &error));

  open_demo (f);
  start_ask (f, NULL);
  answer = finish_ask (f, &error);
  g_assert_no_error (error);
}

/* What was asked before is answered first; what is opened after is open. */
static void
test_close_in_order (Fixture *f, gconstpointer data)
{
  g_autofree char *dir = source_path (DEMO);
  g_autoptr (GError) error = NULL;
  g_autoptr (QlAnswer) answer = NULL;

  open_demo (f);
  hold_at (f, QL_ENGINE_PHASE_VISION);
  start_ask (f, NULL);
  wait_held (f);
  ql_engine_service_close_model_async (f->service, NULL, NULL, NULL);
  ql_engine_service_open_model_async (f->service, dir, NULL, NULL, NULL);
  g_assert_cmpint (ql_engine_service_get_state (f->service), ==, QL_ENGINE_LOADING);
  open_gate (f);
  answer = finish_ask (f, &error);
  g_assert_no_error (error);
  while (ql_engine_service_get_state (f->service) != QL_ENGINE_READY)
    g_main_context_iteration (NULL, TRUE);
  g_assert_true (is_mapped (DEMO));
}

static void
test_close_cancelled (Fixture *f, gconstpointer data)
{
  g_autoptr (GCancellable) close = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (QlAnswer) answer = NULL;

  open_demo (f);
  hold_at (f, QL_ENGINE_PHASE_VISION);
  start_ask (f, NULL);
  wait_held (f);
  ql_engine_service_close_model_async (f->service, close, result_cb, f);
  g_cancellable_cancel (close);
  g_assert_false (finish_close (f, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  open_gate (f);
  answer = finish_ask (f, &error);
  g_assert_no_error (error);
  g_assert_cmpint (ql_engine_service_get_state (f->service), ==, QL_ENGINE_READY);
}

static guint64
one_megabyte (void)
{
  return 1000 * 1000;
}

static void
test_no_room (Fixture *f, gconstpointer data)
{
  g_autofree char *dir = source_path (DEMO);
  g_autoptr (GError) error = NULL;

  ql_free_memory_set_source (one_megabyte);
  ql_engine_service_open_model_if_room_async (f->service, dir, NULL, result_cb, f);
  g_assert_false (finish_open (f, &error));
  g_assert_error (error, QL_MODEL_ERROR, QL_MODEL_ERROR_NO_ROOM);
  g_assert_nonnull (strstr (error->message, "1.0\302\240MB free"));
  g_assert_cmpint (ql_engine_service_get_state (f->service), ==, QL_ENGINE_ERROR);
  g_assert_false (is_mapped (DEMO));
  g_clear_error (&error);

  open_demo (f); /* who insists gets it */
  ql_free_memory_set_source (NULL);
  ql_engine_service_close_model_async (f->service, NULL, result_cb, f);
  g_assert_true (finish_close (f, NULL));
  ql_engine_service_open_model_if_room_async (f->service, dir, NULL, result_cb, f);
  g_assert_true (finish_open (f, &error));
  g_assert_no_error (error);
}

/* A model that cannot be had costs nothing: the earlier one still answers. */
static void
test_earlier_stays (Fixture *f, gconstpointer data)
{
  g_autofree char *matching = source_path ("tests/golden/itm-basic");
  g_autofree char *none = source_path ("data/samples");
  g_autoptr (GError) error = NULL;
  g_autoptr (QlAnswer) answer = NULL;

  open_demo (f);
  ql_engine_service_open_model_async (f->service, none, NULL, result_cb, f);
  g_assert_cmpstr (ql_engine_service_get_model_dir (f->service), ==, none);
  g_assert_false (finish_open (f, &error));
  g_assert_true (error->domain == B2_ERROR);
  g_clear_error (&error);
  g_assert_cmpint (ql_engine_service_get_state (f->service), ==, QL_ENGINE_READY);
  g_assert_true (g_str_has_suffix (ql_engine_service_get_model_dir (f->service), DEMO));

  ql_engine_service_open_model_async (f->service, matching, NULL, result_cb, f);
  g_assert_false (finish_open (f, &error));
  g_assert_error (error, QL_MODEL_ERROR, QL_MODEL_ERROR_WRITES_NONE);
  g_clear_error (&error);

  ql_free_memory_set_source (one_megabyte);
  ql_engine_service_open_model_if_room_async (f->service, ql_engine_service_get_model_dir (f->service), NULL,
                                              result_cb, f);
  g_assert_false (finish_open (f, &error));
  g_assert_error (error, QL_MODEL_ERROR, QL_MODEL_ERROR_NO_ROOM);
  g_clear_error (&error);
  ql_free_memory_set_source (NULL);

  hold_at (f, QL_ENGINE_PHASE_OPEN);
  start_open (f, DEMO);
  wait_held (f);
  g_cancellable_cancel (f->cancellable);
  open_gate (f);
  g_assert_false (finish_open (f, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  g_clear_object (&f->cancellable);

  g_assert_cmpint (ql_engine_service_get_state (f->service), ==, QL_ENGINE_READY);
  g_assert_nonnull (ql_engine_service_get_model_facts (f->service));
  start_ask (f, NULL);
  answer = finish_ask (f, &error);
  g_assert_no_error (error);
}

/* ---- conversation ---- */

static void
failed_cb (QlConversation *conversation, QlTurn *turn, GError *error, char **message)
{
  *message = g_strdup (error->message);
}

static void
spin_while_busy (QlConversation *conversation)
{
  while (ql_conversation_get_busy (conversation))
    g_main_context_iteration (NULL, TRUE);
}

static void
test_conversation (Fixture *f, gconstpointer data)
{
  g_autoptr (QlConversation) conversation = ql_conversation_new (f->service, "picture", f->picture);
  g_autofree char *message = NULL;
  QlTurn *turn;

  g_signal_connect (conversation, "failed", G_CALLBACK (failed_cb), &message);
  g_assert_true (ql_conversation_ask (conversation, "is there a donut?"));
  g_assert_false (ql_conversation_ask (conversation, NULL));
  spin_while_busy (conversation);
  turn = ql_conversation_get_last (conversation);
  g_assert_cmpint (ql_turn_get_state (turn), ==, QL_TURN_FAILED);
  g_assert_nonnull (message);

  open_demo (f);
  g_assert_true (ql_conversation_ask (conversation, "is there a donut?"));
  spin_while_busy (conversation);
  turn = ql_conversation_get_last (conversation);
  g_assert_cmpint (ql_turn_get_state (turn), ==, QL_TURN_DONE);
  g_assert_cmpstr (ql_turn_get_text (turn), ==, "yes");
  g_assert_cmpuint (g_list_model_get_n_items (ql_conversation_get_turns (conversation)), ==, 2);
}

/* Stopped while it writes: the words that were there stay. */
static void
test_conversation_stop (Fixture *f, gconstpointer data)
{
  g_autoptr (QlConversation) conversation = ql_conversation_new (f->service, "picture", f->picture);
  g_autofree char *before = NULL;
  QlTurn *turn;

  open_demo (f);
  hold_at_step (f, QL_ENGINE_PHASE_DECODE, 3);
  ql_conversation_ask (conversation, NULL);
  turn = ql_conversation_get_current (conversation);
  wait_held (f);
  while (ql_turn_get_state (turn) == QL_TURN_WAITING)
    g_main_context_iteration (NULL, TRUE);
  before = g_strdup (ql_turn_get_text (turn));
  g_assert_cmpstr (before, !=, "");
  ql_conversation_stop (conversation);
  open_gate (f);
  spin_while_busy (conversation);
  g_assert_cmpint (ql_turn_get_state (turn), ==, QL_TURN_STOPPED);
  g_assert_cmpstr (ql_turn_get_text (turn), ==, before);
}

/* ---- encodings on the disk ---- */

static void
remove_folder (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      g_assert_cmpint (g_remove (child), ==, 0);
    }
  g_rmdir (path);
}

static QlAnswer *
ask_another_service (Fixture *f, QlEncodingCache *cache)
{
  g_autoptr (GError) error = NULL;
  QlAnswer *answer;

  ql_engine_service_shutdown (f->service);
  g_object_unref (f->service);
  f->service = ql_engine_service_new ();
  ql_engine_service_set_encoding_cache (f->service, cache);
  open_demo (f);
  start_ask (f, NULL);
  answer = finish_ask (f, &error);
  g_assert_no_error (error);
  return answer;
}

/* Another run of the program finds the picture read; of one that is not remembered nothing is left. */
static void
test_encodings (Fixture *f, gconstpointer data)
{
  g_autofree char *dir = g_dir_make_tmp ("qlens-encodings-XXXXXX", NULL);
  g_autoptr (QlEncodingCache) cache = ql_encoding_cache_new (dir, QL_ENCODING_CACHE_MAX_BYTES);
  g_autoptr (QlAnswer) not_kept = NULL, first = NULL, second = NULL, small = NULL;
  guint64 n_bytes;

  small = ask_another_service (f, cache);
  g_assert_cmpuint (ql_encoding_cache_count_bytes (cache), ==, 0); /* the demo model is quick */
  ql_encoding_cache_set_least_work (cache, 0);
  not_kept = ask_another_service (f, cache);
  g_assert_cmpuint (ql_encoding_cache_count_bytes (cache), ==, 0);

  ql_picture_set_remembered (f->picture);
  first = ask_another_service (f, cache);
  g_assert_false (first->picture_reused);
  n_bytes = ql_encoding_cache_count_bytes (cache);
  g_assert_cmpuint (n_bytes, >, 0);
  second = ask_another_service (f, cache);
  g_assert_true (second->picture_reused);
  g_assert_cmpstr (second->text, ==, first->text);
  g_assert_cmpfloat (second->score, ==, first->score);
  g_assert_cmpuint (ql_encoding_cache_count_bytes (cache), ==, n_bytes);

  /* Switched off. */
  g_clear_pointer (&second, ql_answer_free);
  second = ask_another_service (f, NULL);
  g_assert_false (second->picture_reused);
  remove_folder (dir);
}

/* ---- arithmetic ---- */

static double
score_of (Fixture *f, gboolean exact)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (QlAnswer) answer = NULL;

  ql_engine_service_set_exact (f->service, exact);
  start_ask (f, NULL);
  answer = finish_ask (f, &error);
  g_assert_no_error (error);
  g_assert_false (answer->picture_reused); /* what another arithmetic made of it is no use */
  return answer->score;
}

/* By the engine itself. */
static double
exact_score (Fixture *f, const char *path)
{
  B2SessionOptions options = { .n_threads = 1, .exact = TRUE };
  B2DecodeOptions decode;
  g_autoptr (GError) error = NULL;
  g_autoptr (B2Model) model = b2_model_open (path, NULL, &error);
  g_autoptr (B2Session) session = b2_session_new (model, &options, &error);
  g_autoptr (B2Answer) answer = NULL;

  b2_session_set_image (session, g_bytes_get_data (ql_picture_get_rgb (f->picture), NULL),
                        ql_picture_get_width (f->picture), ql_picture_get_height (f->picture),
                        ql_picture_get_stride (f->picture), &error);
  b2_decode_options_init (&decode, B2_PRESET_CAPTION);
  answer = b2_session_generate (session, NULL, &decode, NULL, &error);
  g_assert_no_error (error);
  return answer->score;
}

/* A small model rounds what it multiplies, unless it is asked not to. */
static void
test_exact (Fixture *f, gconstpointer data)
{
  g_autofree char *from = source_path (DEMO);
  g_autofree char *dir = g_dir_make_tmp ("qlens-exact-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (dir, "small.gguf", NULL);
  B2ConvertOptions options = { .type = "q8_0", .n_threads = 2 };
  g_autoptr (GError) error = NULL;
  g_autoptr (B2ConvertReport) report = b2_convert (from, path, &options, NULL, &error);
  double rounded;

  g_assert_no_error (error);
  open_path (f, path);
  rounded = score_of (f, FALSE);
  g_assert_cmpfloat (score_of (f, TRUE), ==, exact_score (f, path));
  g_assert_cmpfloat (score_of (f, FALSE), ==, rounded);
  g_assert_cmpfloat (rounded, !=, exact_score (f, path));
  g_unlink (path);
  g_rmdir (dir);
}

/* ---- looking ahead ---- */

static void
count_vision (QlEnginePhase phase, int done, int total, gpointer data)
{
  if (phase == QL_ENGINE_PHASE_VISION)
    g_atomic_int_inc ((int *) data);
}

/* Who asks finds the picture read, or waits for that alone. */
static void
test_look_ahead (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (QlAnswer) answer = NULL;
  int n_blocks = 0, n_once;

  ql_engine_service_look_ahead (f->service, f->picture); /* no model: nothing */
  open_demo (f);
  ql_engine_service_set_probe (f->service, count_vision, &n_blocks);
  ql_engine_service_look_ahead (f->service, f->picture);
  g_assert_cmpint (ql_engine_service_get_state (f->service), ==, QL_ENGINE_READY);
  ql_engine_service_look_ahead (f->service, f->picture); /* it does so already */
  start_ask (f, NULL);
  answer = finish_ask (f, &error);
  g_assert_no_error (error);
  g_assert_true (answer->picture_reused);
  g_assert_cmpfloat (answer->timings.qformer, ==, 0);
  n_once = g_atomic_int_get (&n_blocks);
  g_assert_cmpint (n_once, >, 0);
  ql_engine_service_look_ahead (f->service, f->picture);
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  g_assert_cmpint (g_atomic_int_get (&n_blocks), ==, n_once);
}

/* Another question does not wait for it. */
static void
test_look_ahead_gives_way (Fixture *f, gconstpointer data)
{
  g_autoptr (QlPicture) other = load_sample ("02-tent.png");
  g_autoptr (GError) error = NULL;
  g_autoptr (QlAnswer) answer = NULL, first = NULL;

  open_demo (f);
  hold_at (f, QL_ENGINE_PHASE_VISION);
  ql_engine_service_look_ahead (f->service, other);
  wait_held (f);
  start_ask (f, NULL);
  ql_engine_service_set_probe (f->service, NULL, NULL);
  open_gate (f);
  answer = finish_ask (f, &error);
  g_assert_no_error (error);
  g_assert_false (answer->picture_reused);
  g_assert_cmpstr (answer->text, ==, "a purple donut in the sky");
  /* And it is told apart from having looked. */
  ql_engine_service_look_ahead (f->service, other);
  g_set_object (&f->picture, other);
  start_ask (f, NULL);
  first = finish_ask (f, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (first->text, ==, "an orange tent on a red background");
  g_assert_true (first->picture_reused);
}

/* Not while something is asked, nor behind another's back: closing the model stops it. */
static void
test_look_ahead_busy (Fixture *f, gconstpointer data)
{
  g_autoptr (QlPicture) other = load_sample ("02-tent.png");
  g_autoptr (GError) error = NULL;
  g_autoptr (QlAnswer) answer = NULL;

  open_demo (f);
  start_ask (f, NULL);
  ql_engine_service_look_ahead (f->service, other);
  answer = finish_ask (f, &error);
  g_assert_no_error (error);
  hold_at (f, QL_ENGINE_PHASE_VISION);
  ql_engine_service_look_ahead (f->service, other);
  wait_held (f);
  ql_engine_service_close_model_async (f->service, NULL, result_cb, f);
  open_gate (f);
  spin_until_result (f);
  g_assert_true (ql_engine_service_close_model_finish (f->service, f->result, &error));
  g_assert_cmpint (f->steps_after_open, <=, 2);
  g_clear_object (&f->result);
}

static void
nice_cb (QlEnginePhase phase, int done, int total, gpointer data)
{
  *(int *) data = getpriority (PRIO_PROCESS, 0);
}

/* The engine's thread lets the window go first; the window's does not step back. */
static void
test_steps_back (Fixture *f, gconstpointer data)
{
  int before = getpriority (PRIO_PROCESS, 0), at_work = -100;

  ql_engine_service_set_probe (f->service, nice_cb, &at_work);
  open_demo (f);
  g_assert_cmpint (at_work, ==, MAX (before, 5));
  g_assert_cmpint (getpriority (PRIO_PROCESS, 0), ==, before);
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *path;
    QlEnginePhase phase;
  } phases[] = {
    { "/engine-service/stop/open", QL_ENGINE_PHASE_OPEN },
    { "/engine-service/stop/vision", QL_ENGINE_PHASE_VISION },
    { "/engine-service/stop/qformer", QL_ENGINE_PHASE_QFORMER },
    { "/engine-service/stop/prefill", QL_ENGINE_PHASE_PREFILL },
    { "/engine-service/stop/decode", QL_ENGINE_PHASE_DECODE },
  };

  g_test_init (&argc, &argv, NULL);
#define ADD(path, func) g_test_add (path, Fixture, NULL, set_up, func, tear_down)
  ADD ("/engine-service/caption-and-questions", test_caption_and_questions);
  ADD ("/engine-service/another-picture", test_another_picture);
  ADD ("/engine-service/heartbeat", test_heartbeat);
  ADD ("/engine-service/exact", test_exact);
  ADD ("/engine-service/look-ahead", test_look_ahead);
  ADD ("/engine-service/look-ahead/gives-way", test_look_ahead_gives_way);
  ADD ("/engine-service/look-ahead/busy", test_look_ahead_busy);
  ADD ("/engine-service/encodings", test_encodings);
  ADD ("/engine-service/steps-back", test_steps_back);
  ADD ("/engine-service/streaming", test_streaming);
  ADD ("/engine-service/cancel-queued", test_cancel_queued);
  ADD ("/engine-service/no-model", test_no_model);
  ADD ("/engine-service/bad-model", test_bad_model);
  ADD ("/engine-service/close", test_close);
  ADD ("/engine-service/close-in-order", test_close_in_order);
  ADD ("/engine-service/close-cancelled", test_close_cancelled);
  ADD ("/engine-service/no-room", test_no_room);
  ADD ("/engine-service/earlier-stays", test_earlier_stays);
  ADD ("/engine-service/shutdown-while-running", test_shutdown_while_running);
  ADD ("/conversation/fails-and-answers", test_conversation);
  ADD ("/conversation/stop-keeps-words", test_conversation_stop);
#undef ADD
  for (guint i = 0; i < G_N_ELEMENTS (phases); i++)
    g_test_add (phases[i].path, Fixture, GINT_TO_POINTER (phases[i].phase), set_up, test_stop_in_phase,
                tear_down);
  return g_test_run ();
}
