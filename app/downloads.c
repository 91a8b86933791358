#include "app/downloads.h"

#include <string.h>

#include "app/hub-address.h"
#include "app/hub-repositories.h"
#include "app/hub-survey.h"

#define ADDRESS_KEY "hub-address"
#define FOLDER_KEY "download-folder"

struct _QlDownloads
{
  GObject parent_instance;

  GPtrArray *items; /* of QlHubDownload */
  GHashTable *running; /* of those in @items that have a thread */
  GSettings *settings; /* nullable */
  char *folder;
  guint64 room_bytes;
  guint number; /* of what happened to downloads or folder: a survey from before is out of date */
  gboolean surveying, surveyed;
  gboolean closed;
};

enum
{
  CHANGED,
  ENDED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

/* ---- GListModel --------------------------------------------------------------- */

static GType
get_item_type (GListModel *model)
{
  return QL_TYPE_HUB_DOWNLOAD;
}

static guint
get_n_items (GListModel *model)
{
  return QL_DOWNLOADS (model)->items->len;
}

static gpointer
get_item (GListModel *model, guint position)
{
  QlDownloads *self = QL_DOWNLOADS (model);

  return position < self->items->len ? g_object_ref (self->items->pdata[position]) : NULL;
}

static void
list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = get_item_type;
  iface->get_n_items = get_n_items;
  iface->get_item = get_item;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (QlDownloads, ql_downloads, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_init))

/* ---- the downloads ------------------------------------------------------------------ */

static gboolean
is_running (QlHubDownload *download)
{
  QlHubState state = ql_hub_download_get_state (download);

  return state == QL_HUB_RUNNING || state == QL_HUB_STOPPING || state == QL_HUB_DISCARDING;
}

static void
download_changed_cb (QlHubDownload *download, QlDownloads *self)
{
  gboolean runs = is_running (download);

  if (runs == g_hash_table_contains (self->running, download))
    return;
  self->number++;
  if (runs)
    g_hash_table_add (self->running, g_object_ref (download));
  else
    {
      g_signal_emit (self, signals[ENDED], 0, download);
      g_hash_table_remove (self->running, download);
      ql_downloads_survey (self); /* there is less or more room now */
    }
  g_signal_emit (self, signals[CHANGED], 0);
}

static QlHubDownload *
insert (QlDownloads *self, guint position, const char *repo, const char *dir)
{
  QlHubDownload *download = ql_hub_download_new (repo, dir, NULL);

  g_signal_connect_object (download, "changed", G_CALLBACK (download_changed_cb), self, 0);
  g_ptr_array_insert (self->items, (int) position, download);
  g_list_model_items_changed (G_LIST_MODEL (self), position, 0, 1);
  return download;
}

QlHubDownload *
ql_downloads_find (QlDownloads *self, const char *repo)
{
  for (guint i = 0; i < self->items->len; i++)
    if (strcmp (ql_hub_download_get_repo (self->items->pdata[i]), repo) == 0)
      return self->items->pdata[i];
  return NULL;
}

static const char *
without_address (const char *text, const char *address)
{
  if (address == NULL || !g_str_has_prefix (text, address) || text[strlen (address)] != '/')
    return text;
  return text + strlen (address) + 1;
}

QlHubDownload *
ql_downloads_add (QlDownloads *self, const char *text)
{
  g_autofree char *mirror = ql_downloads_get_address (self, NULL);
  g_autofree char *stripped = g_strstrip (g_strdup (text));
  g_autofree char *repo
      = g_strdup (without_address (without_address (stripped, QL_HUB_DEFAULT_ADDRESS), mirror));
  g_autofree char *dir = NULL;
  QlHubDownload *download;

  while (g_str_has_suffix (repo, "/"))
    repo[strlen (repo) - 1] = '\0';
  if (!ql_hub_repo_is_valid (repo))
    return NULL;
  download = ql_downloads_find (self, repo);
  if (download != NULL)
    return download;
  dir = ql_hub_download_dir_in (self->folder, repo);
  self->number++;
  download = insert (self, self->items->len, repo, dir);
  ql_downloads_survey (self); /* it may be there, from an earlier run */
  return download;
}

gboolean
ql_downloads_is_removable (QlDownloads *self, QlHubDownload *download)
{
  QlHubState state = ql_hub_download_get_state (download);

  return (state == QL_HUB_IDLE || state == QL_HUB_FAILED) && ql_hub_download_get_kept_bytes (download) == 0
         && ql_hub_repository_find (ql_hub_download_get_repo (download)) == NULL;
}

void
ql_downloads_remove (QlDownloads *self, QlHubDownload *download)
{
  guint position;

  if (!ql_downloads_is_removable (self, download) || !g_ptr_array_find (self->items, download, &position))
    return;
  g_signal_handlers_disconnect_by_func (download, download_changed_cb, self);
  g_ptr_array_remove_index (self->items, position);
  g_list_model_items_changed (G_LIST_MODEL (self), position, 1, 0);
}

gboolean
ql_downloads_start (QlDownloads *self, QlHubDownload *download, GError **error)
{
  g_autofree char *address
      = self->settings != NULL ? g_settings_get_string (self->settings, ADDRESS_KEY) : NULL;

  ql_hub_download_set_address (download, address);
  return ql_hub_download_start (download, error);
}

void
ql_downloads_pause_all (QlDownloads *self)
{
  for (guint i = 0; i < self->items->len; i++)
    ql_hub_download_pause (self->items->pdata[i]);
}

guint
ql_downloads_get_n_running (QlDownloads *self)
{
  return g_hash_table_size (self->running);
}

void
ql_downloads_shutdown (QlDownloads *self)
{
  self->closed = TRUE;
  ql_downloads_pause_all (self);
  while (ql_downloads_get_n_running (self) > 0)
    g_main_context_iteration (NULL, TRUE);
}

guint64
ql_downloads_get_size (QlDownloads *self, QlHubDownload *download)
{
  const QlHubRepository *known = ql_hub_repository_find (ql_hub_download_get_repo (download));
  guint64 told = ql_hub_download_get_total_bytes (download);

  return told == 0 && known != NULL ? known->n_bytes : told;
}

/* ---- what is on the disk ------------------------------------------------------------- */

typedef struct
{
  char *folder;
  char *default_folder; /* NULL: that is @folder */
  GPtrArray *repos; /* of utf8 */
  guint number;
  GPtrArray *found[2]; /* in each */
  guint64 room_bytes;
} Survey;

static void
survey_free (gpointer data)
{
  Survey *survey = data;

  g_free (survey->folder);
  g_free (survey->default_folder);
  g_ptr_array_unref (survey->repos);
  for (int i = 0; i < 2; i++)
    g_clear_pointer (&survey->found[i], g_ptr_array_unref);
  g_free (survey);
}

static void
survey_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Survey *survey = data;

  survey->room_bytes = ql_hub_survey_room (survey->folder);
  survey->found[0] = ql_hub_survey (survey->folder, survey->repos);
  if (survey->default_folder != NULL)
    survey->found[1] = ql_hub_survey (survey->default_folder, survey->repos);
  g_task_return_boolean (task, TRUE);
}

/* What is not finished comes first, when the list is looked at for the first time. */
static void
move_to_top (QlDownloads *self, QlHubDownload *download)
{
  guint position;

  if (!g_ptr_array_find (self->items, download, &position) || position == 0)
    return;
  g_ptr_array_insert (self->items, 0, g_ptr_array_steal_index (self->items, position));
  g_list_model_items_changed (G_LIST_MODEL (self), 0, position + 1, position + 1);
}

static void
take_found (QlDownloads *self, const QlHubFound *found, GHashTable *taken)
{
  QlHubDownload *download = ql_downloads_find (self, found->repo);

  if (download == NULL)
    download = insert (self, 0, found->repo, found->dir);
  if (g_hash_table_contains (taken, download) || is_running (download))
    return;
  if (strcmp (ql_hub_download_get_dir (download), found->dir) != 0)
    {
      if (ql_hub_download_get_state (download) != QL_HUB_IDLE)
        return; /* it has a place already */
      ql_hub_download_set_dir (download, found->dir);
    }
  if (!self->surveyed && !found->complete)
    move_to_top (self, download);
  ql_hub_download_set_found (download, found->kept_bytes, found->total_bytes, found->complete);
  g_hash_table_add (taken, download);
}

static gboolean
was_looked_at (const Survey *survey, QlHubDownload *download)
{
  g_autofree char *folder = g_path_get_dirname (ql_hub_download_get_dir (download));

  return strcmp (folder, survey->folder) == 0 || g_strcmp0 (folder, survey->default_folder) == 0;
}

static void
surveyed_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  QlDownloads *self = QL_DOWNLOADS (source);
  Survey *survey = g_task_get_task_data (G_TASK (result));
  g_autoptr (GHashTable) taken = g_hash_table_new (NULL, NULL);

  self->surveying = FALSE;
  if (survey->number != self->number)
    {
      ql_downloads_survey (self);
      return;
    }
  self->room_bytes = survey->room_bytes;
  for (int i = 0; i < 2; i++)
    for (guint j = survey->found[i] != NULL ? survey->found[i]->len : 0; j > 0; j--)
      take_found (self, survey->found[i]->pdata[j - 1], taken);
  for (guint i = 0; i < self->items->len; i++)
    if (!g_hash_table_contains (taken, self->items->pdata[i])
        && was_looked_at (survey, self->items->pdata[i]))
      ql_hub_download_set_found (self->items->pdata[i], 0, 0, FALSE); /* gone meanwhile */
  self->surveyed = TRUE;
  g_signal_emit (self, signals[CHANGED], 0);
}

void
ql_downloads_survey (QlDownloads *self)
{
  g_autoptr (GTask) task = NULL;
  g_autofree char *default_folder = ql_hub_download_default_folder ();
  Survey *survey;

  if (self->surveying)
    self->number++; /* which makes that one start again */
  if (self->surveying || self->closed)
    return;
  survey = g_new0 (Survey, 1);
  self->surveying = TRUE;
  survey->number = self->number;
  survey->folder = g_strdup (self->folder);
  if (strcmp (default_folder, self->folder) != 0)
    survey->default_folder = g_steal_pointer (&default_folder);
  survey->repos = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < self->items->len; i++)
    g_ptr_array_add (survey->repos, g_strdup (ql_hub_download_get_repo (self->items->pdata[i])));
  task = g_task_new (self, NULL, surveyed_cb, NULL);
  g_task_set_task_data (task, survey, survey_free);
  g_task_run_in_thread (task, survey_thread);
}

gboolean
ql_downloads_get_surveying (QlDownloads *self)
{
  return self->surveying;
}

/* ---- the folder and the address --------------------------------------------------------- */

const char *
ql_downloads_get_folder (QlDownloads *self)
{
  return self->folder;
}

guint64
ql_downloads_get_room (QlDownloads *self)
{
  return self->room_bytes;
}

gboolean
ql_downloads_lacks_room (QlDownloads *self, QlHubDownload *download)
{
  g_autofree char *folder = g_path_get_dirname (ql_hub_download_get_dir (download));
  guint64 size = ql_downloads_get_size (self, download);
  guint64 kept = MIN (size, ql_hub_download_get_kept_bytes (download));

  return self->room_bytes > 0 && size - kept > self->room_bytes && strcmp (folder, self->folder) == 0
         && ql_hub_download_get_state (download) != QL_HUB_FINISHED && !is_running (download);
}

/* What has begun stays where it is. */
static void
move_idle (QlDownloads *self)
{
  for (guint i = 0; i < self->items->len; i++)
    {
      QlHubDownload *download = self->items->pdata[i];
      QlHubState state = ql_hub_download_get_state (download);

      if (state == QL_HUB_IDLE || state == QL_HUB_FINISHED
          || (state == QL_HUB_FAILED && ql_hub_download_get_kept_bytes (download) == 0))
        {
          g_autofree char *dir = ql_hub_download_dir_in (self->folder, ql_hub_download_get_repo (download));

          ql_hub_download_set_dir (download, dir);
        }
    }
}

/* @folder: (transfer full) */
static void
take_folder (QlDownloads *self, char *folder)
{
  if (g_strcmp0 (folder, self->folder) == 0)
    {
      g_free (folder);
      return;
    }
  g_free (self->folder);
  self->folder = folder;
  self->room_bytes = 0;
  self->number++;
  move_idle (self);
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
folder_changed_cb (QlDownloads *self)
{
  g_autofree char *uri = g_settings_get_string (self->settings, FOLDER_KEY);
  g_autoptr (GFile) file = g_file_new_for_uri (uri);
  char *path = *uri != '\0' ? g_file_get_path (file) : NULL;

  take_folder (self, path != NULL ? path : ql_hub_download_default_folder ());
}

void
ql_downloads_set_folder (QlDownloads *self, const char *folder)
{
  g_autoptr (GFile) file = folder != NULL ? g_file_new_for_path (folder) : NULL;
  g_autofree char *uri = file != NULL ? g_file_get_uri (file) : g_strdup ("");

  if (self->settings != NULL)
    g_settings_set_string (self->settings, FOLDER_KEY, uri);
  else
    take_folder (self, file != NULL ? g_file_get_path (file) : ql_hub_download_default_folder ());
  ql_downloads_survey (self);
}

static void
address_changed_cb (QlDownloads *self)
{
  g_signal_emit (self, signals[CHANGED], 0);
}

char *
ql_downloads_get_address (QlDownloads *self, GError **error)
{
  g_autofree char *address
      = self->settings != NULL ? g_settings_get_string (self->settings, ADDRESS_KEY) : g_strdup ("");

  return ql_hub_address_check (*address != '\0' ? address : QL_HUB_DEFAULT_ADDRESS, error);
}

/* ---- life ------------------------------------------------------------------------------------ */

static void
ql_downloads_dispose (GObject *object)
{
  QlDownloads *self = QL_DOWNLOADS (object);

  ql_downloads_pause_all (self);
  g_clear_object (&self->settings);
  G_OBJECT_CLASS (ql_downloads_parent_class)->dispose (object);
}

static void
ql_downloads_finalize (GObject *object)
{
  QlDownloads *self = QL_DOWNLOADS (object);

  g_ptr_array_unref (self->items);
  g_hash_table_unref (self->running);
  g_free (self->folder);
  G_OBJECT_CLASS (ql_downloads_parent_class)->finalize (object);
}

static void
ql_downloads_class_init (QlDownloadsClass *klass)
{
  GType type = G_TYPE_FROM_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ql_downloads_dispose;
  G_OBJECT_CLASS (klass)->finalize = ql_downloads_finalize;
  signals[CHANGED] = g_signal_new ("changed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[ENDED] = g_signal_new ("ended", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                                 QL_TYPE_HUB_DOWNLOAD);
}

static void
ql_downloads_init (QlDownloads *self)
{
  self->items = g_ptr_array_new_with_free_func (g_object_unref);
  self->running = g_hash_table_new_full (NULL, NULL, g_object_unref, NULL);
  self->folder = ql_hub_download_default_folder ();
}

QlDownloads *
ql_downloads_new (GSettings *settings)
{
  QlDownloads *self = g_object_new (QL_TYPE_DOWNLOADS, NULL);
  gsize n;
  const QlHubRepository *known = ql_hub_repositories (&n);

  if (settings != NULL)
    {
      self->settings = g_object_ref (settings);
      g_signal_connect_object (settings, "changed::" ADDRESS_KEY, G_CALLBACK (address_changed_cb), self,
                               G_CONNECT_SWAPPED);
      g_signal_connect_object (settings, "changed::" FOLDER_KEY, G_CALLBACK (folder_changed_cb), self,
                               G_CONNECT_SWAPPED);
      folder_changed_cb (self);
    }
  for (gsize i = 0; i < n; i++)
    {
      g_autofree char *dir = ql_hub_download_dir_in (self->folder, known[i].repo);

      insert (self, self->items->len, known[i].repo, dir);
    }
  return self;
}
