#include "app/session-store.h"

#include "app/session-store-private.h"

/* At once: often enough that rows fill before one's eyes, seldom enough that it costs nothing. */
#define BATCH 32

enum
{
  PROP_LOADING = 1,
  PROP_N_DELETED,
  N_PROPS,
};

static GParamSpec *props[N_PROPS];

static void list_model_init (GListModelInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (QlSessionStore, ql_session_store, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_init))

static GType
get_item_type (GListModel *model)
{
  return QL_TYPE_SESSION;
}

static guint
get_n_items (GListModel *model)
{
  return QL_SESSION_STORE (model)->sessions->len;
}

static gpointer
get_item (GListModel *model, guint position)
{
  QlSessionStore *self = QL_SESSION_STORE (model);

  return position < self->sessions->len ? g_object_ref (g_ptr_array_index (self->sessions, position)) : NULL;
}

static void
list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = get_item_type;
  iface->get_n_items = get_n_items;
  iface->get_item = get_item;
}

static void
ql_session_store_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  QlSessionStore *self = QL_SESSION_STORE (object);

  if (id == PROP_LOADING)
    g_value_set_boolean (value, self->loading);
  else if (id == PROP_N_DELETED)
    g_value_set_uint (value, ql_session_store_get_n_deleted (self));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
ql_session_store_finalize (GObject *object)
{
  QlSessionStore *self = QL_SESSION_STORE (object);

  g_hash_table_unref (self->by_id);
  g_hash_table_unref (self->deleted);
  g_ptr_array_unref (self->sessions);
  g_ptr_array_unref (self->to_read);
  g_queue_clear_full (&self->thumbnails, g_object_unref);
  ql_session_dirs_free (self->dirs);
  G_OBJECT_CLASS (ql_session_store_parent_class)->finalize (object);
}

static void
ql_session_store_class_init (QlSessionStoreClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->get_property = ql_session_store_get_property;
  object_class->finalize = ql_session_store_finalize;
  props[PROP_LOADING] = g_param_spec_boolean ("loading", NULL, NULL, FALSE, flags);
  props[PROP_N_DELETED] = g_param_spec_uint ("n-deleted", NULL, NULL, 0, G_MAXUINT, 0, flags);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
ql_session_store_init (QlSessionStore *self)
{
  self->sessions = g_ptr_array_new_with_free_func (g_object_unref);
  self->by_id = g_hash_table_new (g_str_hash, g_str_equal);
  self->deleted = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->to_read = g_ptr_array_new_with_free_func ((GDestroyNotify) ql_session_head_free);
  g_queue_init (&self->thumbnails);
}

QlSessionStore *
ql_session_store_new (const QlSessionDirs *dirs)
{
  QlSessionStore *self = g_object_new (QL_TYPE_SESSION_STORE, NULL);

  self->dirs = ql_session_dirs_copy (dirs);
  return self;
}

const QlSessionDirs *
ql_session_store_get_dirs (QlSessionStore *self)
{
  return self->dirs;
}

gboolean
ql_session_store_get_loading (QlSessionStore *self)
{
  return self->loading;
}

guint
ql_session_store_get_n_deleted (QlSessionStore *self)
{
  return g_hash_table_size (self->deleted);
}

QlSession *
ql_session_store_find (QlSessionStore *self, const char *id)
{
  return g_hash_table_lookup (self->by_id, id);
}

void
ql_session_store_set_deleted (QlSessionStore *self, const char *id, gboolean deleted)
{
  gboolean changed
      = deleted ? g_hash_table_add (self->deleted, g_strdup (id)) : g_hash_table_remove (self->deleted, id);

  if (changed)
    g_object_notify_by_pspec (G_OBJECT (self), props[PROP_N_DELETED]);
}

/* The newest first; those of the same instant as they were begun. */
static int
compare (const QlSessionHead *a, const QlSessionHead *b)
{
  if (a->changed_ms != b->changed_ms)
    return a->changed_ms > b->changed_ms ? -1 : 1;
  return g_strcmp0 (b->id, a->id);
}

static int
compare_heads (gconstpointer a, gconstpointer b)
{
  return compare (*(QlSessionHead *const *) a, *(QlSessionHead *const *) b);
}

static guint
place_of (QlSessionStore *self, const QlSessionHead *head)
{
  guint low = 0, high = self->sessions->len;

  while (low < high)
    {
      guint middle = low + (high - low) / 2;

      if (compare (ql_session_get_head (g_ptr_array_index (self->sessions, middle)), head) < 0)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

gboolean
ql_session_store_remove_row (QlSessionStore *self, const char *id)
{
  QlSession *session = ql_session_store_find (self, id);
  guint place;

  if (session == NULL)
    return FALSE;
  place = place_of (self, ql_session_get_head (session));
  g_assert (g_ptr_array_index (self->sessions, place) == session);
  g_hash_table_remove (self->by_id, id);
  g_ptr_array_remove_index (self->sessions, place);
  g_list_model_items_changed (G_LIST_MODEL (self), place, 1, 0);
  return TRUE;
}

/* @session: (transfer full) */
static void
insert_row (QlSessionStore *self, QlSession *session)
{
  guint place = place_of (self, ql_session_get_head (session));

  g_hash_table_insert (self->by_id, (char *) ql_session_get_id (session), session);
  g_ptr_array_insert (self->sessions, (int) place, session);
  g_list_model_items_changed (G_LIST_MODEL (self), place, 0, 1);
}

/* Takes @head, which has been read. */
static void
apply_head (QlSessionStore *self, QlSessionHead *head)
{
  QlSession *session = ql_session_store_find (self, head->id);

  /* Meanwhile it may have been put into the bin. */
  if (head->empty || g_hash_table_contains (self->deleted, head->id))
    {
      ql_session_store_remove_row (self, head->id);
      ql_session_head_free (head);
    }
  else if (session == NULL)
    insert_row (self, ql_session_new (head));
  else if (compare (ql_session_get_head (session), head) == 0)
    {
      /* The key belongs to the head that is going. */
      g_hash_table_steal (self->by_id, head->id);
      ql_session_set_head (session, head);
      g_hash_table_insert (self->by_id, head->id, session);
    }
  else
    {
      g_object_ref (session);
      ql_session_store_remove_row (self, head->id);
      ql_session_set_head (session, head);
      insert_row (self, session);
    }
}

static void
set_loading (QlSessionStore *self, gboolean loading)
{
  if (self->loading == loading)
    return;
  self->loading = loading;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_LOADING]);
}

static void
save_thread (GTask *task, gpointer source, gpointer heads, GCancellable *cancellable)
{
  ql_session_heads_save (QL_SESSION_STORE (source)->dirs, heads);
  g_task_return_boolean (task, TRUE);
}

static void
save_index (QlSessionStore *self)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, NULL, NULL);
  GPtrArray *heads = g_ptr_array_new_with_free_func ((GDestroyNotify) ql_session_head_free);

  self->index_is_old = FALSE;
  for (guint i = 0; i < self->sessions->len; i++)
    g_ptr_array_add (heads,
                     ql_session_head_copy (ql_session_get_head (g_ptr_array_index (self->sessions, i))));
  g_task_set_task_data (task, heads, (GDestroyNotify) g_ptr_array_unref);
  g_task_run_in_thread (task, save_thread);
}

static void
read_thread (GTask *task, gpointer source, gpointer heads, GCancellable *cancellable)
{
  GPtrArray *batch = heads;

  for (guint i = 0; i < batch->len; i++)
    ql_session_head_read (g_ptr_array_index (batch, i), QL_SESSION_STORE (source)->dirs);
  g_task_return_boolean (task, TRUE);
}

static void read_next (QlSessionStore *self);

static void
read_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  QlSessionStore *self = QL_SESSION_STORE (source);
  GPtrArray *batch = g_task_get_task_data (G_TASK (result));

  for (guint i = 0; i < batch->len; i++)
    apply_head (self, g_steal_pointer (&g_ptr_array_index (batch, i)));
  self->reading = FALSE;
  read_next (self);
}

static void
read_next (QlSessionStore *self)
{
  g_autoptr (GTask) task = NULL;
  GPtrArray *batch;

  if (self->reading)
    return;
  if (self->to_read->len == 0)
    {
      if (self->loading && self->index_is_old)
        save_index (self);
      set_loading (self, FALSE);
      return;
    }
  self->reading = TRUE;
  batch = g_ptr_array_new_with_free_func ((GDestroyNotify) ql_session_head_free);
  while (batch->len < BATCH && self->to_read->len > 0)
    g_ptr_array_add (batch, g_ptr_array_steal_index (self->to_read, self->to_read->len - 1));
  task = g_task_new (self, NULL, read_cb, NULL);
  g_task_set_task_data (task, batch, (GDestroyNotify) g_ptr_array_unref);
  g_task_run_in_thread (task, read_thread);
}

void
ql_session_store_refresh (QlSessionStore *self, const char *id)
{
  QlSessionHead *head;

  g_return_if_fail (ql_session_id_is_valid (id));
  /* One that waits to be read will be as new; one that is being read may not. */
  for (guint i = 0; i < self->to_read->len; i++)
    if (g_strcmp0 (((QlSessionHead *) g_ptr_array_index (self->to_read, i))->id, id) == 0)
      return;
  head = g_new0 (QlSessionHead, 1);
  head->id = g_strdup (id);
  head->title = g_strdup ("");
  head->text = g_strdup ("");
  g_ptr_array_add (self->to_read, head);
  read_next (self);
}

static void
load_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  QlSessionStore *self = QL_SESSION_STORE (source);
  GPtrArray *heads = ql_session_heads_list (self->dirs);

  g_ptr_array_sort (heads, compare_heads);
  g_task_return_pointer (task, heads, (GDestroyNotify) g_ptr_array_unref);
}

static void
take_heads (QlSessionStore *self, GPtrArray *heads)
{
  guint n_before = self->sessions->len;

  g_hash_table_remove_all (self->by_id);
  g_hash_table_remove_all (self->deleted);
  g_ptr_array_set_size (self->sessions, 0);
  g_ptr_array_set_size (self->to_read, 0);
  for (guint i = 0; i < heads->len; i++)
    {
      QlSessionHead *head = g_steal_pointer (&g_ptr_array_index (heads, i));

      if (head->deleted || head->empty || g_hash_table_contains (self->by_id, head->id))
        {
          if (head->deleted)
            g_hash_table_add (self->deleted, g_strdup (head->id));
          ql_session_head_free (head);
          continue;
        }
      if (!head->is_read) /* the newest last, as it is taken from there */
        g_ptr_array_insert (self->to_read, 0, ql_session_head_copy (head));
      g_ptr_array_add (self->sessions, ql_session_new (head));
      g_hash_table_insert (self->by_id, head->id,
                           g_ptr_array_index (self->sessions, self->sessions->len - 1));
    }
  self->index_is_old = self->to_read->len > 0;
  g_list_model_items_changed (G_LIST_MODEL (self), 0, n_before, self->sessions->len);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_N_DELETED]);
}

static void
loaded_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  QlSessionStore *self = QL_SESSION_STORE (source);
  g_autoptr (GTask) task = data;
  g_autoptr (GPtrArray) heads = g_task_propagate_pointer (G_TASK (result), NULL);

  take_heads (self, heads);
  read_next (self);
  if (g_hash_table_size (self->deleted) > 0)
    ql_session_store_purge_async (self, QL_SESSION_BIN_S, NULL, NULL);
  g_task_return_boolean (task, TRUE);
}

void
ql_session_store_load_async (QlSessionStore *self, GAsyncReadyCallback callback, gpointer data)
{
  GTask *task = g_task_new (self, NULL, callback, data);
  g_autoptr (GTask) worker = g_task_new (self, NULL, loaded_cb, task);

  g_task_set_source_tag (task, ql_session_store_load_async);
  set_loading (self, TRUE);
  g_task_run_in_thread (worker, load_thread);
}

gboolean
ql_session_store_load_finish (QlSessionStore *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_async_result_is_tagged (result, ql_session_store_load_async), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}
