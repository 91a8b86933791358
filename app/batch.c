#include "app/batch.h"

#include "app/batch-engine.h"
#include "app/batch-private.h"
#include "app/engine-answer.h"
#include "app/paths.h"

/* Fewer say little about the others. */
#define MIN_TIMED 3

enum
{
  PROP_STATE = 1,
  N_PROPS,
};

enum
{
  PROGRESS,
  ITEM_FINISHED,
  FINISHED,
  N_SIGNALS,
};

static GParamSpec *props[N_PROPS];
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (QlBatch, ql_batch, G_TYPE_OBJECT)

static void
ql_batch_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  if (id == PROP_STATE)
    g_value_set_int (value, (int) QL_BATCH (object)->state);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
ql_batch_finalize (GObject *object)
{
  QlBatch *self = QL_BATCH (object);

  g_hash_table_unref (self->paths);
  g_object_unref (self->items);
  ql_batch_settings_clear (&self->settings);
  g_clear_pointer (&self->output, ql_batch_output_unref);
  G_OBJECT_CLASS (ql_batch_parent_class)->finalize (object);
}

static void
ql_batch_class_init (QlBatchClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GType type = G_TYPE_FROM_CLASS (klass);

  object_class->get_property = ql_batch_get_property;
  object_class->finalize = ql_batch_finalize;
  props[PROP_STATE] = g_param_spec_int ("state", NULL, NULL, QL_BATCH_IDLE, QL_BATCH_STOPPING, QL_BATCH_IDLE,
                                        G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  g_object_class_install_properties (object_class, N_PROPS, props);
  signals[PROGRESS] = g_signal_new ("progress", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[ITEM_FINISHED]
      = g_signal_new ("item-finished", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2,
                      QL_TYPE_BATCH_ITEM, G_TYPE_STRING | G_SIGNAL_TYPE_STATIC_SCOPE);
  signals[FINISHED] = g_signal_new ("finished", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                                    G_TYPE_ERROR | G_SIGNAL_TYPE_STATIC_SCOPE);
}

static void
ql_batch_init (QlBatch *self)
{
  self->items = g_list_store_new (QL_TYPE_BATCH_ITEM);
  self->paths = g_hash_table_new (g_str_hash, g_str_equal);
  self->settings.model_dir = ql_paths_default_model ();
  self->settings.targets.txt = TRUE;
  self->progress.eta_s = -1;
  b2_decode_options_init (&self->settings.decode, B2_PRESET_CAPTION);
}

QlBatch *
ql_batch_new (void)
{
  return g_object_new (QL_TYPE_BATCH, NULL);
}

GListModel *
ql_batch_get_items (QlBatch *self)
{
  return G_LIST_MODEL (self->items);
}

/* How often @status is counted, by @by. */
static void
count (QlBatch *self, QlBatchStatus status, int by)
{
  guint *n = status == QL_BATCH_DONE      ? &self->progress.n_done
             : status == QL_BATCH_SKIPPED ? &self->progress.n_skipped
             : status == QL_BATCH_FAILED  ? &self->progress.n_failed
                                          : NULL;

  if (n == NULL)
    return;
  *n += (guint) by;
  self->progress.n_over += (guint) by;
}

void
ql_batch_add (QlBatch *self, const GPtrArray *paths)
{
  g_autoptr (GPtrArray) added = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < paths->len; i++)
    {
      QlBatchItem *item;

      if (g_hash_table_contains (self->paths, paths->pdata[i]))
        continue;
      item = ql_batch_item_new (paths->pdata[i]);
      g_hash_table_add (self->paths, (gpointer) ql_batch_item_get_path (item));
      g_ptr_array_add (added, item);
    }
  self->progress.n_items += added->len;
  self->added = self->added || added->len > 0;
  g_list_store_splice (self->items, g_list_model_get_n_items (G_LIST_MODEL (self->items)), 0, added->pdata,
                       added->len);
}

void
ql_batch_clear (QlBatch *self)
{
  g_return_if_fail (self->state == QL_BATCH_IDLE);
  g_hash_table_remove_all (self->paths);
  self->progress = (QlBatchProgress){ .eta_s = -1 };
  g_list_store_remove_all (self->items);
}

static gboolean
may_go (QlBatch *self, QlBatchItem *item)
{
  QlBatchStatus status = ql_batch_item_get_status (item);

  return self->state == QL_BATCH_IDLE || (status != QL_BATCH_WAITING && status != QL_BATCH_WORKING);
}

/* In stretches: each change of the list is work for whoever shows it. */
void
ql_batch_remove (QlBatch *self, const GPtrArray *items)
{
  g_autoptr (GHashTable) going = g_hash_table_new (NULL, NULL);
  guint end = g_list_model_get_n_items (G_LIST_MODEL (self->items)), n_stretch = 0;

  for (guint i = 0; i < items->len; i++)
    if (may_go (self, items->pdata[i]))
      g_hash_table_add (going, items->pdata[i]);
  for (guint i = end; i-- > 0;)
    {
      g_autoptr (QlBatchItem) item = g_list_model_get_item (G_LIST_MODEL (self->items), i);
      gboolean goes = g_hash_table_contains (going, item);

      if (goes)
        {
          count (self, ql_batch_item_get_status (item), -1);
          self->progress.n_items--;
          g_hash_table_remove (self->paths, ql_batch_item_get_path (item));
          n_stretch++;
        }
      if (n_stretch > 0 && (!goes || i == 0))
        {
          g_list_store_splice (self->items, goes ? i : i + 1, n_stretch, NULL, 0);
          n_stretch = 0;
        }
    }
}

/* ---- settings ---------------------------------------------------------------------- */

void
ql_batch_set_model_dir (QlBatch *self, const char *dir)
{
  g_free (self->settings.model_dir);
  self->settings.model_dir = g_strdup (dir);
}

void
ql_batch_set_prompt (QlBatch *self, const char *prompt)
{
  g_free (self->settings.prompt);
  self->settings.prompt = g_strdup (prompt);
}

void
ql_batch_set_n_threads (QlBatch *self, int n_threads)
{
  self->settings.n_threads = n_threads;
}

void
ql_batch_set_exact (QlBatch *self, gboolean exact)
{
  self->settings.exact = exact;
}

void
ql_batch_set_pin_threads (QlBatch *self, gboolean pin)
{
  self->settings.pin_threads = pin;
}

void
ql_batch_set_if_room (QlBatch *self, gboolean if_room)
{
  self->settings.if_room = if_room;
}

void
ql_batch_set_behind (QlBatch *self, gboolean behind)
{
  self->settings.behind = behind;
}

void
ql_batch_set_encoding_cache (QlBatch *self, QlEncodingCache *cache)
{
  if (cache != NULL)
    ql_encoding_cache_ref (cache);
  g_clear_pointer (&self->settings.encodings, ql_encoding_cache_unref);
  self->settings.encodings = cache;
}

void
ql_batch_set_image_options (QlBatch *self, const QlImageOptions *options)
{
  self->settings.image = *options;
}

void
ql_batch_set_style (QlBatch *self, const QlAnswerStyle *style)
{
  QlAnswerStyle own = *style;

  ql_engine_style_options (&own, &self->settings.decode);
}

void
ql_batch_set_decode_options (QlBatch *self, const B2DecodeOptions *options)
{
  self->settings.decode = *options;
}

void
ql_batch_set_targets (QlBatch *self, const QlBatchTargets *targets)
{
  ql_batch_targets_clear (&self->settings.targets);
  ql_batch_targets_copy (&self->settings.targets, targets);
  g_clear_pointer (&self->output, ql_batch_output_unref);
}

QlBatchOutput *
ql_batch_get_output (QlBatch *self)
{
  if (self->output == NULL)
    self->output = ql_batch_output_new (&self->settings.targets);
  return self->output;
}

/* ---- running ------------------------------------------------------------------------ */

static void
set_state (QlBatch *self, QlBatchState state)
{
  if (self->state == state)
    return;
  self->state = state;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_STATE]);
}

QlBatchState
ql_batch_get_state (QlBatch *self)
{
  return self->state;
}

QlBatchProgress
ql_batch_get_progress (QlBatch *self)
{
  return self->progress;
}

void
ql_batch_update_item (QlBatch *self, QlBatchItem *item, QlBatchStatus status, const char *caption,
                      double seconds, const char *error)
{
  count (self, ql_batch_item_get_status (item), -1);
  count (self, status, 1);
  ql_batch_item_update (item, status, caption, seconds, error);
}

/* By the work, not by when captions come: several come at a time. */
static void
estimate (QlBatch *self, const QlBatchEvent *event)
{
  if (event->status != QL_BATCH_DONE)
    return;
  self->n_timed++;
  self->timed_s += event->work_seconds;
  if (self->n_timed >= MIN_TIMED)
    self->progress.eta_s = self->timed_s / self->n_timed * self->n_left;
}

static void begin_run (QlBatch *self, GPtrArray *items);
static GPtrArray *items_to_do (QlBatch *self, gboolean failed_too);

static void
end_run (QlBatch *self, const GError *failure)
{
  g_clear_pointer (&self->worker, ql_batch_worker_free);
  if (self->added && failure == NULL && self->state != QL_BATCH_STOPPING)
    {
      begin_run (self, items_to_do (self, FALSE));
      ql_batch_worker_pause (self->worker, self->state == QL_BATCH_PAUSED);
      return;
    }
  self->progress.eta_s = -1;
  set_state (self, QL_BATCH_IDLE);
  g_signal_emit (self, signals[FINISHED], 0, failure);
  g_object_unref (self); /* of start() */
}

static void
event_cb (QlBatchEvent *event, gpointer data)
{
  QlBatch *self = data;

  if (event == NULL)
    {
      g_signal_emit (self, signals[PROGRESS], 0);
      return;
    }
  if (event->item == NULL)
    {
      end_run (self, event->failure);
      return;
    }
  ql_batch_update_item (self, event->item, event->status, event->caption, event->seconds, event->error);
  if (event->status == QL_BATCH_WORKING || event->status == QL_BATCH_WAITING)
    return;
  self->n_left--;
  estimate (self, event);
  g_signal_emit (self, signals[ITEM_FINISHED], 0, event->item, event->json);
}

static GPtrArray *
items_to_do (QlBatch *self, gboolean failed_too)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->items));
  GPtrArray *items = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (QlBatchItem) item = g_list_model_get_item (G_LIST_MODEL (self->items), i);
      QlBatchStatus status = ql_batch_item_get_status (item);

      if (status == QL_BATCH_WAITING || (status == QL_BATCH_FAILED && failed_too))
        g_ptr_array_add (items, g_steal_pointer (&item));
    }
  return items;
}

/* @items: (transfer full) */
static void
begin_run (QlBatch *self, GPtrArray *items)
{
  self->added = FALSE;
  self->n_left = items->len;
  self->n_timed = 0;
  self->timed_s = 0;
  self->worker = ql_batch_worker_new (&self->settings, items, ql_batch_get_output (self), event_cb, self);
}

/* @items: (transfer full) */
static void
start (QlBatch *self, GPtrArray *items)
{
  for (guint i = 0; i < items->len; i++)
    ql_batch_update_item (self, items->pdata[i], QL_BATCH_WAITING, NULL, 0, NULL);
  g_object_ref (self); /* as long as its thread runs */
  begin_run (self, items);
  set_state (self, QL_BATCH_RUNNING);
}

void
ql_batch_start (QlBatch *self)
{
  if (self->state == QL_BATCH_PAUSED)
    {
      ql_batch_worker_pause (self->worker, FALSE);
      set_state (self, QL_BATCH_RUNNING);
    }
  else if (self->state == QL_BATCH_IDLE)
    start (self, items_to_do (self, TRUE));
}

void
ql_batch_start_items (QlBatch *self, GPtrArray *items)
{
  GPtrArray *own = g_ptr_array_new_with_free_func (g_object_unref);

  g_return_if_fail (self->state == QL_BATCH_IDLE);
  for (guint i = 0; i < items->len; i++)
    g_ptr_array_add (own, g_object_ref (items->pdata[i]));
  start (self, own);
}

void
ql_batch_reset (QlBatch *self)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->items));

  g_return_if_fail (self->state == QL_BATCH_IDLE);
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (QlBatchItem) item = g_list_model_get_item (G_LIST_MODEL (self->items), i);

      ql_batch_update_item (self, item, QL_BATCH_WAITING, NULL, 0, NULL);
    }
}

void
ql_batch_pause (QlBatch *self)
{
  if (self->state != QL_BATCH_RUNNING)
    return;
  ql_batch_worker_pause (self->worker, TRUE);
  set_state (self, QL_BATCH_PAUSED);
}

void
ql_batch_stop (QlBatch *self)
{
  if (self->state != QL_BATCH_RUNNING && self->state != QL_BATCH_PAUSED)
    return;
  ql_batch_worker_stop (self->worker);
  set_state (self, QL_BATCH_STOPPING);
}

void
ql_batch_shutdown (QlBatch *self)
{
  QlBatchWorker *worker = g_steal_pointer (&self->worker);

  if (worker != NULL)
    ql_batch_worker_free (worker); /* tells what is left, the end included */
}
