#include "app/lab-private.h"

enum
{
  CHANGED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (QlLab, ql_lab, G_TYPE_OBJECT)

QlPicture *
ql_lab_get_picture (QlLab *self)
{
  return self->conversation != NULL ? ql_conversation_get_picture (self->conversation) : NULL;
}

void
ql_lab_emit_changed (QlLab *self, QlLabChange change)
{
  if ((change & (QL_LAB_CHANGED_TRACE | QL_LAB_CHANGED_MAP)) != 0)
    g_clear_pointer (&self->map, ql_map_unref);
  if (self->pipeline != NULL && ql_pipeline_get_trace (self->pipeline) != self->trace)
    {
      g_clear_pointer (&self->pipeline, ql_pipeline_unref);
      self->beam = -1;
    }
  g_signal_emit (self, signals[CHANGED], 0, (guint) change);
}

static void
ql_lab_dispose (GObject *object)
{
  QlLab *self = QL_LAB (object);

  if (self->queries != NULL)
    ql_lab_queries_leave (self->queries);
  if (self->mask != NULL)
    ql_lab_mask_leave (self->mask);
  g_clear_object (&self->queries);
  g_clear_object (&self->mask);
  g_clear_pointer (&self->map, ql_map_unref);
  g_clear_pointer (&self->pinned, ql_map_unref);
  if (self->test != NULL)
    ql_lab_test_close (self->test);
  g_clear_pointer (&self->pipeline, ql_pipeline_unref);
  ql_lab_dispose_traces (self);
  g_clear_object (&self->test);
  ql_lab_set_settings (self, NULL);
  g_clear_object (&self->engine);
  G_OBJECT_CLASS (ql_lab_parent_class)->dispose (object);
}

static void
ql_lab_class_init (QlLabClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = ql_lab_dispose;
  signals[CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 1, G_TYPE_UINT);
}

static void
ql_lab_init (QlLab *self)
{
  self->word = self->column = self->row = -1;
  self->key.method = QL_MAP_HEAD_MEAN;
  self->stage_part = self->beam = -1;
  self->key.layer = G_MAXINT; /* the last one, once there are any */
  ql_lab_init_look (self);
  ql_lab_init_traces (self);
}

QlLab *
ql_lab_new (QlEngineService *engine)
{
  QlLab *self = g_object_new (QL_TYPE_LAB, NULL);

  self->engine = g_object_ref (engine);
  self->test = ql_lab_test_new (self, engine);
  return self;
}

QlLabTest *
ql_lab_get_test (QlLab *self)
{
  return self->test;
}

/* ---- what is selected ---- */

static int
top_query (QlLab *self, int word)
{
  g_autoptr (GArray) top = ql_trace_top_queries (self->trace, word, QL_LM_MEAN, 1);

  return top->len > 0 ? g_array_index (top, QlQueryWeight, 0).query : self->key.query;
}

/* Where to begin to look: the word whose map is the most concentrated. */
static void
begin (QlLab *self)
{
  double least = G_MAXDOUBLE;
  int best = -1;

  for (int word = 0; word < ql_trace_get_n_words (self->trace); word++)
    {
      QlMapKey key = self->key;
      g_autoptr (QlMap) map = NULL;

      key.query = top_query (self, word);
      map = ql_map_new (self->trace, &key);
      if (ql_map_get_entropy (map) < least)
        {
          least = ql_map_get_entropy (map);
          best = word;
        }
    }
  self->word = best;
  if (best >= 0)
    self->key.query = top_query (self, best);
}

void
ql_lab_take_trace (QlLab *self, QlTrace *trace)
{
  gboolean first = self->key.layer == G_MAXINT;
  /* Of the same answer in another run. */
  gboolean same = trace != NULL && self->trace != NULL
                  && ql_trace_get_n_words (trace) == ql_trace_get_n_words (self->trace)
                  && g_str_equal (ql_trace_get_text (trace), ql_trace_get_text (self->trace));

  g_set_object (&self->trace, trace);
  if (!same)
    self->word = -1;
  if (trace == NULL)
    return;
  self->key.query = MIN (self->key.query, ql_trace_get_n_queries (trace) - 1);
  self->key.layer = MIN (self->key.layer, ql_trace_get_n_layers (trace) - 1);
  self->key.head = MIN (self->key.head, ql_trace_get_n_heads (trace) - 1);
  if (!ql_map_is_possible (trace, &self->key))
    self->key.method = QL_MAP_HEAD_MEAN;
  if (first)
    begin (self);
  if (self->column >= ql_trace_get_columns (trace) || self->row >= ql_trace_get_rows (trace))
    self->column = self->row = -1;
}

int
ql_lab_get_query (QlLab *self)
{
  return self->key.query;
}

int
ql_lab_get_layer (QlLab *self)
{
  return self->trace != NULL ? self->key.layer : 0;
}

int
ql_lab_get_head (QlLab *self)
{
  return self->key.head;
}

QlMapMethod
ql_lab_get_method (QlLab *self)
{
  return self->key.method;
}

int
ql_lab_get_word (QlLab *self)
{
  return self->word;
}

gboolean
ql_lab_get_patch (QlLab *self, int *column, int *row)
{
  if (self->trace == NULL || self->column < 0)
    return FALSE;
  if (column != NULL)
    *column = self->column;
  if (row != NULL)
    *row = self->row;
  return TRUE;
}

void
ql_lab_get_key (QlLab *self, QlMapKey *key)
{
  *key = self->key;
  key->layer = ql_lab_get_layer (self);
}

void
ql_lab_set_key (QlLab *self, const QlMapKey *key)
{
  QlMapKey to = *key;

  if (self->trace == NULL)
    return;
  to.query = CLAMP (to.query, 0, ql_trace_get_n_queries (self->trace) - 1);
  to.layer = CLAMP (to.layer, 0, ql_trace_get_n_layers (self->trace) - 1);
  to.head = CLAMP (to.head, 0, ql_trace_get_n_heads (self->trace) - 1);
  if (!ql_map_is_possible (self->trace, &to)
      || (to.query == self->key.query && to.layer == self->key.layer && to.head == self->key.head
          && to.method == self->key.method))
    return;
  self->key = to;
  ql_lab_emit_changed (self, QL_LAB_CHANGED_MAP);
}

void
ql_lab_set_query (QlLab *self, int query)
{
  QlMapKey key = self->key;

  key.query = query;
  ql_lab_set_key (self, &key);
}

void
ql_lab_set_layer (QlLab *self, int layer)
{
  QlMapKey key = self->key;

  key.layer = layer;
  ql_lab_set_key (self, &key);
}

void
ql_lab_set_head (QlLab *self, int head)
{
  QlMapKey key = self->key;

  key.head = head;
  key.method = QL_MAP_HEAD;
  ql_lab_set_key (self, &key);
}

void
ql_lab_set_method (QlLab *self, QlMapMethod method)
{
  QlMapKey key = self->key;

  key.method = method;
  ql_lab_set_key (self, &key);
}

void
ql_lab_set_word (QlLab *self, int word)
{
  if (self->trace == NULL)
    return;
  word = CLAMP (word, -1, ql_trace_get_n_words (self->trace) - 1);
  if (word == self->word)
    return;
  self->word = word;
  if (word >= 0)
    self->key.query = top_query (self, word);
  ql_lab_emit_changed (self, QL_LAB_CHANGED_MAP);
}

void
ql_lab_set_patch (QlLab *self, int column, int row)
{
  if (self->trace == NULL)
    return;
  if (column < 0)
    column = row = -1;
  else
    {
      column = MIN (column, ql_trace_get_columns (self->trace) - 1);
      row = CLAMP (row, 0, ql_trace_get_rows (self->trace) - 1);
    }
  if (column == self->column && row == self->row)
    return;
  self->column = column;
  self->row = row;
  ql_lab_emit_changed (self, QL_LAB_CHANGED_PATCH);
}

/* ---- A and B ---- */

void
ql_lab_pin (QlLab *self)
{
  g_autoptr (QlMap) map = NULL;

  if (self->trace == NULL)
    return;
  map = ql_map_new (self->trace, &self->key);
  g_clear_pointer (&self->pinned, ql_map_unref);
  self->pinned = g_steal_pointer (&map);
  self->difference = FALSE;
  ql_lab_emit_changed (self, QL_LAB_CHANGED_PIN | QL_LAB_CHANGED_MAP);
}

void
ql_lab_unpin (QlLab *self)
{
  if (self->pinned == NULL)
    return;
  g_clear_pointer (&self->pinned, ql_map_unref);
  self->difference = FALSE;
  ql_lab_emit_changed (self, QL_LAB_CHANGED_PIN | QL_LAB_CHANGED_MAP);
}

QlMap *
ql_lab_get_pinned (QlLab *self)
{
  return self->pinned;
}

gboolean
ql_lab_can_differ (QlLab *self)
{
  return self->trace != NULL && self->pinned != NULL
         && ql_map_get_columns (self->pinned) == ql_trace_get_columns (self->trace)
         && ql_map_get_rows (self->pinned) == ql_trace_get_rows (self->trace);
}

void
ql_lab_set_difference (QlLab *self, gboolean difference)
{
  difference = difference && ql_lab_can_differ (self);
  if (difference == self->difference)
    return;
  self->difference = difference;
  ql_lab_emit_changed (self, QL_LAB_CHANGED_PIN | QL_LAB_CHANGED_MAP);
}

gboolean
ql_lab_get_difference (QlLab *self)
{
  return self->difference && ql_lab_can_differ (self);
}

/* ---- the map ---- */

QlMap *
ql_lab_get_map (QlLab *self)
{
  g_autoptr (QlMap) map = NULL;

  if (self->map != NULL || self->trace == NULL)
    return self->map;
  map = ql_map_new (self->trace, &self->key);
  self->map
      = ql_lab_get_difference (self) ? ql_map_new_difference (self->pinned, map) : g_steal_pointer (&map);
  return self->map;
}
