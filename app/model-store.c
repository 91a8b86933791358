#include "app/model-store-private.h"

#include <string.h>

#include "app/paths.h"

#define DEMO_PREFIX "demo:"
#define SETTINGS_KEY "default-model"
#define MAX_MODELS 1000

static const char *const demos[] = { "qlens-demo-opt", "qlens-demo-itm" };

enum
{
  PROBLEM,
  DEFAULT_CHANGED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

/* ---- GListModel --------------------------------------------------------------- */

static GType
get_item_type (GListModel *model)
{
  return QL_TYPE_MODEL_ENTRY;
}

static guint
get_n_items (GListModel *model)
{
  return QL_MODEL_STORE (model)->entries->len;
}

static gpointer
get_item (GListModel *model, guint position)
{
  QlModelStore *self = QL_MODEL_STORE (model);

  return position < self->entries->len ? g_object_ref (self->entries->pdata[position]) : NULL;
}

static void
list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = get_item_type;
  iface->get_n_items = get_n_items;
  iface->get_item = get_item;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (QlModelStore, ql_model_store, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_init))

/* ---- models.json ----------------------------------------------------------------- */

static void
set_problem (QlModelStore *self, const char *text)
{
  g_free (self->problem);
  self->problem = g_strdup (text);
  g_signal_emit (self, signals[PROBLEM], 0, text);
}

static guint64
prepare (QlModelStore *self, char **text)
{
  json_t *models = json_array ();

  for (guint i = self->n_demos; i < self->entries->len; i++)
    json_array_append (models, ((QlModelEntry *) self->entries->pdata[i])->record);
  return ql_model_list_file_prepare (self->file, models, text);
}

typedef struct
{
  QlModelListFile *file;
  guint64 number;
  char *text;
} Save;

static void
save_free (gpointer data)
{
  Save *save = data;

  ql_model_list_file_unref (save->file);
  g_free (save->text);
  g_free (save);
}

static void
save_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Save *save = data;
  GError *error = NULL;

  if (ql_model_list_file_write (save->file, save->number, save->text, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
save_done_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (QlModelStore) self = data;
  g_autoptr (GError) error = NULL;

  self->n_saving--;
  if (!g_task_propagate_boolean (G_TASK (result), &error))
    set_problem (self, error->message);
}

void
ql_model_store_save (QlModelStore *self)
{
  /* not its source: a task may end on the worker, and the store must not */
  g_autoptr (GTask) task = g_task_new (NULL, NULL, save_done_cb, g_object_ref (self));
  Save *save = g_new0 (Save, 1);

  self->n_saving++;
  save->file = ql_model_list_file_ref (self->file);
  save->number = prepare (self, &save->text);
  g_task_set_task_data (task, save, save_free);
  g_task_run_in_thread (task, save_thread);
}

gboolean
ql_model_store_is_saving (QlModelStore *self)
{
  return self->n_saving > 0;
}

gboolean
ql_model_store_flush (QlModelStore *self, GError **error)
{
  g_autofree char *text = NULL;
  guint64 number = prepare (self, &text);

  return ql_model_list_file_write (self->file, number, text, error);
}

static void
add_recorded (QlModelStore *self)
{
  json_t *record;
  size_t i;

  json_array_foreach (ql_model_list_file_get_models (self->file), i, record)
  {
    const char *uri = json_string_value (json_object_get (record, "uri"));
    g_autofree char *dir = uri != NULL ? g_filename_from_uri (uri, NULL, NULL) : NULL;

    if (dir != NULL && i < MAX_MODELS && ql_model_store_find (self, dir) == NULL)
      g_ptr_array_add (self->entries, ql_model_entry_new (uri, dir, FALSE, record));
  }
}

static void
add_demos (QlModelStore *self)
{
  for (gsize i = 0; i < G_N_ELEMENTS (demos); i++)
    {
      g_autofree char *dir = ql_paths_demo_model (demos[i]);
      g_autofree char *id = g_strconcat (DEMO_PREFIX, demos[i], NULL);

      if (dir != NULL)
        g_ptr_array_add (self->entries, ql_model_entry_new (id, dir, TRUE, NULL));
    }
  self->n_demos = self->entries->len;
}

/* ---- the default ------------------------------------------------------------------- */

static char *
chosen_id (QlModelStore *self)
{
  return self->settings != NULL ? g_settings_get_string (self->settings, SETTINGS_KEY)
                                : g_strdup (self->default_id);
}

QlModelEntry *
ql_model_store_get_default (QlModelStore *self)
{
  g_autofree char *id = chosen_id (self);

  for (guint i = 0; i < self->entries->len; i++)
    if (strcmp (ql_model_entry_get_id (self->entries->pdata[i]), id) == 0)
      return self->entries->pdata[i];
  return self->n_demos > 0 ? self->entries->pdata[0] : NULL;
}

static void
mark_default (QlModelStore *self)
{
  QlModelEntry *chosen = ql_model_store_get_default (self);
  gboolean same = chosen == NULL || ql_model_entry_is_default (chosen);

  for (guint i = 0; i < self->entries->len; i++)
    ql_model_entry_set_default (self->entries->pdata[i], self->entries->pdata[i] == chosen);
  if (!same)
    g_signal_emit (self, signals[DEFAULT_CHANGED], 0);
}

static void
set_default_id (QlModelStore *self, const char *id)
{
  if (self->settings != NULL)
    g_settings_set_string (self->settings, SETTINGS_KEY, id);
  g_free (self->default_id);
  self->default_id = g_strdup (id);
  mark_default (self);
}

void
ql_model_store_set_default (QlModelStore *self, QlModelEntry *entry)
{
  set_default_id (self, ql_model_entry_get_id (entry));
}

/* ---- the list ------------------------------------------------------------------------ */

char *
ql_model_store_uri (const char *dir)
{
  g_autofree char *path = g_canonicalize_filename (dir, NULL);

  return g_filename_to_uri (path, NULL, NULL);
}

QlModelEntry *
ql_model_store_find (QlModelStore *self, const char *dir)
{
  g_autofree char *uri = ql_model_store_uri (dir);

  for (guint i = 0; i < self->entries->len; i++)
    {
      QlModelEntry *entry = self->entries->pdata[i];
      g_autofree char *other = ql_model_store_uri (ql_model_entry_get_dir (entry));

      if (strcmp (other, uri) == 0)
        return entry;
    }
  return NULL;
}

void
ql_model_store_add (QlModelStore *self, QlModelEntry *entry)
{
  g_ptr_array_add (self->entries, entry);
  g_list_model_items_changed (G_LIST_MODEL (self), self->entries->len - 1, 0, 1);
  mark_default (self); /* the settings may name a folder that was not in the list */
  ql_model_store_save (self);
}

gboolean
ql_model_store_remove (QlModelStore *self, QlModelEntry *entry)
{
  gboolean was_default = ql_model_store_get_default (self) == entry;
  guint position;

  if (entry->is_demo || !g_ptr_array_find (self->entries, entry, &position))
    return FALSE;
  entry->removed_from = position;
  entry->removed_default = was_default;
  g_object_ref (entry);
  g_cancellable_cancel (entry->verifying);
  g_ptr_array_remove_index (self->entries, position);
  g_list_model_items_changed (G_LIST_MODEL (self), position, 1, 0);
  if (was_default)
    set_default_id (self, "");
  ql_model_entry_set_default (entry, FALSE); /* whoever still shows it */
  ql_model_store_save (self);
  g_object_unref (entry);
  return TRUE;
}

gboolean
ql_model_store_restore (QlModelStore *self, QlModelEntry *entry)
{
  guint position = MIN (entry->removed_from, self->entries->len);
  g_autofree char *chosen = chosen_id (self);

  if (ql_model_store_find (self, entry->dir) != NULL)
    return FALSE;
  g_ptr_array_insert (self->entries, (gint) position, g_object_ref (entry));
  g_list_model_items_changed (G_LIST_MODEL (self), position, 0, 1);
  if (entry->removed_default && *chosen == '\0')
    set_default_id (self, entry->id);
  ql_model_store_save (self);
  return TRUE;
}

const char *
ql_model_store_get_problem (QlModelStore *self)
{
  return self->problem;
}

/* ---- life -------------------------------------------------------------------------------- */

static void
ql_model_store_finalize (GObject *object)
{
  QlModelStore *self = QL_MODEL_STORE (object);

  /* saves in the background hold a reference: nothing waits to be written here */
  if (self->settings != NULL)
    g_signal_handlers_disconnect_by_data (self->settings, self);
  g_clear_object (&self->settings);
  g_ptr_array_unref (self->entries);
  g_clear_pointer (&self->file, ql_model_list_file_unref);
  g_free (self->default_id);
  g_free (self->problem);
  G_OBJECT_CLASS (ql_model_store_parent_class)->finalize (object);
}

static void
ql_model_store_class_init (QlModelStoreClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ql_model_store_finalize;
  signals[PROBLEM] = g_signal_new ("problem", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[DEFAULT_CHANGED] = g_signal_new ("default-changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0,
                                           NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
ql_model_store_init (QlModelStore *self)
{
  self->entries = g_ptr_array_new_with_free_func (g_object_unref);
  self->default_id = g_strdup ("");
}

QlModelStore *
ql_model_store_new (const char *config_dir, GSettings *settings)
{
  QlModelStore *self = g_object_new (QL_TYPE_MODEL_STORE, NULL);
  g_autofree char *own_dir = g_build_filename (g_get_user_config_dir (), "qlens", NULL);
  g_autofree char *path = g_build_filename (config_dir != NULL ? config_dir : own_dir, "models.json", NULL);

  self->file = ql_model_list_file_open (path);
  self->problem = g_strdup (ql_model_list_file_get_problem (self->file));
  add_demos (self);
  add_recorded (self);
  if (settings != NULL)
    {
      self->settings = g_object_ref (settings);
      g_signal_connect_swapped (settings, "changed::" SETTINGS_KEY, G_CALLBACK (mark_default), self);
    }
  mark_default (self);
  return self;
}
