#include "app/lab-queries.h"

#include <glib/gi18n.h>

#include "app/lab-private.h"

/* As many as have room in three lines. */
#define N_NEAR 6
/* The nearest tokens of a model of so many bytes are found in a fraction of a second. */
#define QUICK_BYTES (512u * 1024 * 1024)

typedef enum
{
  ASK_REPORT,
  ASK_CAPTION,
  ASK_MATCH,
} Ask;

struct _QlLabQueries
{
  GObject parent_instance;

  QlLab *lab; /* owns this */
  QlTrace *trace; /* nullable: of which what is kept is true */
  QlPicture *picture; /* nullable: the same of the match */
  QlQueryReport *report;
  GHashTable *captions; /* query → text */
  QlMatchReport *match;
  QlSimilarity similarity;

  QlLabRequest pending;
  Ask asked; /* what is being computed, or failed */
  int asked_query;
  GError *error;
};

enum
{
  CHANGED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (QlLabQueries, ql_lab_queries, G_TYPE_OBJECT)

static void
emit_changed (QlLabQueries *self)
{
  g_signal_emit (self, signals[CHANGED], 0);
}

const char *
ql_lab_queries_why_not (QlLabQueries *self)
{
  QlTrace *trace = ql_lab_get_trace (self->lab);
  const QlModelFacts *facts = ql_engine_service_get_model_facts (self->lab->engine);

  if (trace == NULL)
    return _ ("There is no answer to look into.");
  if (ql_lab_get_turn (self->lab) == NULL || ql_lab_get_picture (self->lab) == NULL)
    return _ ("This needs the model and the picture; a trace from a file has only what was kept.");
  if (facts == NULL)
    return _ ("No model is open.");
  if (facts->fingerprint != NULL && g_strcmp0 (facts->fingerprint, ql_trace_get_fingerprint (trace)) != 0)
    return _ ("Another model is open than the one that wrote this answer.");
  return NULL;
}

gboolean
ql_lab_queries_is_quick (QlLabQueries *self)
{
  const QlModelFacts *facts = ql_engine_service_get_model_facts (self->lab->engine);

  return facts != NULL && facts->n_bytes < QUICK_BYTES;
}

gboolean
ql_lab_queries_is_working (QlLabQueries *self)
{
  return self->pending.cancellable != NULL;
}

void
ql_lab_queries_stop (QlLabQueries *self)
{
  if (self->pending.cancellable == NULL)
    return;
  ql_lab_request_stop (&self->pending);
  emit_changed (self);
}

/* A request begins, in the place of an earlier one. Returns: (transfer none) */
static GCancellable *
begin (QlLabQueries *self, Ask asked, int query)
{
  g_clear_error (&self->error);
  self->asked = asked;
  self->asked_query = query;
  return ql_lab_request_begin (&self->pending);
}

static QlAskState
state_of (QlLabQueries *self, Ask asked, int query, gboolean there)
{
  gboolean newest = self->asked == asked && self->asked_query == query;

  if (newest && self->pending.cancellable != NULL)
    return QL_ASK_WORKING;
  if (newest && self->error != NULL)
    return QL_ASK_FAILED;
  return there ? QL_ASK_READY : QL_ASK_NONE;
}

/* ---- the report ---- */

static void
reported_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (QlLabQueries) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (QlQueryReport) report
      = ql_engine_service_report_queries_finish (QL_ENGINE_SERVICE (source), result, &error);

  if (!ql_lab_request_end_with (&self->pending, result, error, &self->error))
    return;
  if (report != NULL)
    {
      g_clear_pointer (&self->report, ql_query_report_unref);
      self->report = g_steal_pointer (&report);
    }
  emit_changed (self);
}

void
ql_lab_queries_ask_report (QlLabQueries *self)
{
  QlAskState state = ql_lab_queries_get_report_state (self);

  if (state == QL_ASK_READY || state == QL_ASK_WORKING || ql_lab_queries_why_not (self) != NULL)
    return;
  ql_engine_service_report_queries_async (self->lab->engine, ql_lab_get_picture (self->lab),
                                          ql_turn_get_prompt (ql_lab_get_turn (self->lab)), N_NEAR,
                                          begin (self, ASK_REPORT, 0), reported_cb, g_object_ref (self));
  emit_changed (self);
}

QlAskState
ql_lab_queries_get_report_state (QlLabQueries *self)
{
  return state_of (self, ASK_REPORT, 0, self->report != NULL);
}

QlQueryReport *
ql_lab_queries_get_report (QlLabQueries *self)
{
  return self->report;
}

/* ---- a query alone ---- */

static void
captioned_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (QlLabQueries) self = data;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = ql_engine_service_caption_query_finish (QL_ENGINE_SERVICE (source), result, &error);

  if (!ql_lab_request_end_with (&self->pending, result, error, &self->error))
    return;
  if (text != NULL)
    g_hash_table_insert (self->captions, GINT_TO_POINTER (self->asked_query), g_steal_pointer (&text));
  emit_changed (self);
}

void
ql_lab_queries_ask_caption (QlLabQueries *self, int query)
{
  QlAskState state = ql_lab_queries_get_caption_state (self, query);
  QlTurn *turn = ql_lab_get_turn (self->lab);

  if (state == QL_ASK_READY || state == QL_ASK_WORKING || ql_lab_queries_why_not (self) != NULL)
    return;
  ql_engine_service_caption_query_async (self->lab->engine, ql_lab_get_picture (self->lab), query,
                                         ql_turn_get_prompt (turn), ql_turn_get_style (turn),
                                         begin (self, ASK_CAPTION, query), captioned_cb, g_object_ref (self));
  emit_changed (self);
}

QlAskState
ql_lab_queries_get_caption_state (QlLabQueries *self, int query)
{
  return state_of (self, ASK_CAPTION, query, ql_lab_queries_get_caption (self, query) != NULL);
}

const char *
ql_lab_queries_get_caption (QlLabQueries *self, int query)
{
  return g_hash_table_lookup (self->captions, GINT_TO_POINTER (query));
}

/* ---- a match ---- */

static void
matched_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (QlLabQueries) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (QlMatchReport) match
      = ql_engine_service_match_finish (QL_ENGINE_SERVICE (source), result, &error);

  if (!ql_lab_request_end_with (&self->pending, result, error, &self->error))
    return;
  if (match != NULL)
    {
      g_clear_pointer (&self->match, ql_match_report_free);
      self->match = g_steal_pointer (&match);
    }
  emit_changed (self);
}

gboolean
ql_lab_queries_can_match (QlLabQueries *self)
{
  return ql_lab_get_picture (self->lab) != NULL && ql_lab_get_turn (self->lab) != NULL;
}

void
ql_lab_queries_ask_match (QlLabQueries *self, const char *text)
{
  if (!ql_lab_queries_can_match (self) || *text == '\0')
    return;
  ql_engine_service_match_async (self->lab->engine, ql_lab_get_picture (self->lab), text,
                                 begin (self, ASK_MATCH, 0), matched_cb, g_object_ref (self));
  emit_changed (self);
}

QlAskState
ql_lab_queries_get_match_state (QlLabQueries *self)
{
  return state_of (self, ASK_MATCH, 0, self->match != NULL);
}

const QlMatchReport *
ql_lab_queries_get_match (QlLabQueries *self)
{
  return self->match;
}

const GError *
ql_lab_queries_get_error (QlLabQueries *self)
{
  return self->error;
}

QlSimilarity
ql_lab_queries_get_similarity (QlLabQueries *self)
{
  return self->similarity;
}

void
ql_lab_queries_set_similarity (QlLabQueries *self, QlSimilarity which)
{
  if (which == self->similarity)
    return;
  self->similarity = which;
  emit_changed (self);
}

/* ---- life ---- */

static void
forget (QlLabQueries *self)
{
  g_clear_pointer (&self->report, ql_query_report_unref);
  g_hash_table_remove_all (self->captions);
}

/* Another answer: what was said of the earlier one is not true of it. */
static void
lab_changed_cb (QlLab *lab, guint change, QlLabQueries *self)
{
  QlTrace *trace = ql_lab_get_trace (lab);
  QlPicture *picture = ql_lab_get_picture (self->lab);

  if ((change & QL_LAB_CHANGED_TRACE) == 0)
    return;
  if (trace != self->trace || picture != self->picture)
    {
      ql_lab_request_stop (&self->pending);
      g_clear_error (&self->error);
      forget (self);
    }
  g_set_object (&self->trace, trace);
  if (picture != self->picture)
    g_clear_pointer (&self->match, ql_match_report_free);
  g_set_object (&self->picture, picture);
  emit_changed (self);
}

static void
engine_cb (QlLabQueries *self)
{
  emit_changed (self);
}

void
ql_lab_queries_leave (QlLabQueries *self)
{
  ql_lab_request_stop (&self->pending);
  if (self->lab != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->lab, self);
      g_signal_handlers_disconnect_by_data (self->lab->engine, self);
    }
}

static void
ql_lab_queries_finalize (GObject *object)
{
  QlLabQueries *self = QL_LAB_QUERIES (object);

  forget (self);
  g_hash_table_unref (self->captions);
  g_clear_pointer (&self->match, ql_match_report_free);
  ql_lab_request_stop (&self->pending);
  g_clear_object (&self->trace);
  g_clear_object (&self->picture);
  g_clear_error (&self->error);
  G_OBJECT_CLASS (ql_lab_queries_parent_class)->finalize (object);
}

static void
ql_lab_queries_class_init (QlLabQueriesClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ql_lab_queries_finalize;
  signals[CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 0);
}

static void
ql_lab_queries_init (QlLabQueries *self)
{
  self->captions = g_hash_table_new_full (NULL, NULL, NULL, g_free);
}

QlLabQueries *
ql_lab_get_queries (QlLab *lab)
{
  QlLabQueries *self = lab->queries;

  if (self != NULL)
    return self;
  self = lab->queries = g_object_new (QL_TYPE_LAB_QUERIES, NULL);
  self->lab = lab;
  g_signal_connect_object (lab, "changed", G_CALLBACK (lab_changed_cb), self, 0);
  g_signal_connect_object (lab->engine, "notify::state", G_CALLBACK (engine_cb), self, G_CONNECT_SWAPPED);
  lab_changed_cb (lab, QL_LAB_CHANGED_TRACE, self);
  return self;
}
