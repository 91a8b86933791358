#include "ui/application.h"

#include <glib/gi18n.h>

#include "app/settings.h"
#include "ui/about.h"
#include "ui/color-scheme.h"
#include "ui/download-actions.h"
#include "ui/download-keeper.h"
#include "ui/model-actions.h"
#include "ui/preferences-window.h"
#include "ui/window.h"

#define APP_ID "io.github.qlens.Qlens"
#define DOWNLOADS_PATH "/io/github/qlens/Qlens/downloads"

struct _QlApplication
{
  GtkApplication parent_instance;

  QlEngineService *engine;
  QlEncodingCache *encodings; /* also where it is not used */
  GPowerProfileMonitor *power; /* NULL until it was asked */
  QlSpeech *speech;
  GSettings *settings;
  QlSessionStore *sessions;
  QlModelStore *models;
  QlModelLoader *loader;
  char *model_dir; /* of --model; NULL: the default */
  GtkWidget *preferences; /* weak: while it is open */
  guint inhibit_cookie; /* 0: the computer may sleep */
  QlDownloads *downloads;
  QlDownloadKeeper *keeper;
  GActionGroup *download_actions;
  guint download_export; /* of them, on the session bus; 0: there is none */
};

G_DEFINE_FINAL_TYPE (QlApplication, ql_application, GTK_TYPE_APPLICATION)

static const struct
{
  const char *action;
  const char *accels[4];
} accels[] = {
  { "win.new", { "<Control>n" } },
  { "win.open", { "<Control>o" } },
  { "win.paste", { "<Control>v", "<Shift>Insert" } },
  { "win.describe", { "<Control>Return", "<Control>KP_Enter" } },
  { "win.again", { "<Control>r" } },
  { "win.edit", { "<Control>e" } },
  { "win.undo", { "<Control>z" } },
  { "win.save", { "<Control>s" } },
  { "win.read-aloud(uint32 0)", { "<Control><Shift>r" } },
  { "win.newest", { "<Alt>End" } },
  { "win.style", { "<Control>d" } },
  { "win.zoom-in", { "<Control>plus", "<Control>equal", "<Control>KP_Add" } },
  { "win.zoom-out", { "<Control>minus", "<Control>KP_Subtract" } },
  { "win.zoom-fit", { "<Control>0", "<Control>KP_0" } },
  { "win.zoom-actual", { "<Control>1", "<Control>KP_1" } },
  { "win.copy-image", { "<Control><Shift>c" } },
  { "win.stop", { "Escape" } },
  { "win.focus-question", { "<Control>l" } },
  { "win.page::chat", { "<Alt>1" } },
  { "win.page::attention", { "<Alt>2" } },
  { "win.page::pipeline", { "<Alt>3" } },
  { "win.page::masks", { "<Alt>4" } },
  { "win.test-redo", { "<Control><Shift>z" } },
  { "win.query-caption", { "<Control><Alt>q" } },
  { "win.mask-run", { "<Control><Alt>r" } },
  { "win.lessons", { "<Control><Shift>l" } },
  { "win.lesson-next", { "<Alt>Page_Down" } },
  { "win.lesson-back", { "<Alt>Page_Up" } },
  { "win.lesson-hint", { "<Alt>h" } },
  { "win.word-strip", { "<Control><Shift>w" } },
  { "win.presentation", { "F11" } },
  { "win.clear-selection", { "<Shift>Escape" } },
  { "win.copy-figure", { "<Control><Alt>c" } },
  { "win.export-figure", { "<Control><Shift>e" } },
  { "win.save-trace", { "<Control><Shift>s" } },
  { "win.sidebar", { "F9" } },
  { "win.batch", { "<Control>b" } },
  { "win.batch-open-folder", { "<Control><Shift>o" } },
  { "win.batch-add-files", { "<Control><Alt>o" } },
  { "win.batch-start", { "F5" } },
  { "win.batch-pause", { "<Control>F5" } },
  { "win.batch-stop", { "<Shift>F5" } },
  { "win.batch-options", { "<Control><Shift>b" } },
  { "win.batch-show-failed", { "<Control><Shift>f" } },
  { "win.batch-clear", { "<Control><Shift>Delete" } },
  { "win.search-sessions", { "<Control>f" } },
  { "win.next-session", { "<Control>Page_Down" } },
  { "win.previous-session", { "<Control>Page_Up" } },
  { "win.next-pane", { "F6" } },
  { "win.previous-pane", { "<Shift>F6" } },
  { "win.show-help-overlay", { "<Control>question" } },
  { "win.close", { "<Control>w" } },
  { "app.new-window", { "<Control><Shift>n" } },
  { "app.models", { "<Control>m" } },
  { "app.preferences", { "<Control>comma" } },
  { "app.quit", { "<Control>q" } },
};

void
ql_application_ensure_model (QlApplication *self)
{
  ql_model_loader_ensure (self->loader);
}

void
ql_application_stop_model (QlApplication *self)
{
  ql_model_loader_stop (self->loader);
}

static void
quit_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  QlApplication *self = data;
  /* A copy: a window takes those with it that belong to it. */
  GList *windows = g_list_copy_deep (gtk_application_get_windows (GTK_APPLICATION (self)),
                                     (GCopyFunc) (void (*) (void)) g_object_ref, NULL);

  /* Without a window, these alone would keep the program. */
  ql_downloads_pause_all (self->downloads);
  /* Started by the bus, and never shown. */
  if (windows == NULL)
    g_application_quit (G_APPLICATION (self));
  /* Closing lets every window keep its size; the last one ends the program. */
  for (GList *l = windows; l != NULL; l = l->next)
    gtk_window_close (l->data);
  g_list_free_full (windows, g_object_unref);
}

static void
about_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  ql_about_show (gtk_application_get_active_window (data));
}

static void
activate_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  g_application_activate (data);
}

/* Of a notification, which may be older than this run of the program. */
static void
show_window_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  GtkWindow *window = gtk_application_get_window_by_id (data, g_variant_get_uint32 (parameter));

  if (window != NULL)
    gtk_window_present (window);
  else
    g_application_activate (data);
}

static void
new_window_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  gtk_window_present (GTK_WINDOW (ql_window_new (data)));
}

static void
open_session_in_window_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  QlWindow *window = ql_window_new (data);

  gtk_window_present (GTK_WINDOW (window));
  ql_window_open_session (window, g_variant_get_string (parameter, NULL));
}

static void
preferences_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  QlApplication *self = data;

  if (self->preferences == NULL && self->settings != NULL)
    {
      self->preferences = ql_preferences_window_new (gtk_application_get_active_window (data), self->settings,
                                                     self->encodings);
      g_object_add_weak_pointer (G_OBJECT (self->preferences), (gpointer *) &self->preferences);
    }
  if (self->preferences != NULL)
    gtk_window_present (GTK_WINDOW (self->preferences));
}

/* Hours of work should not end because nobody touched the mouse. */
static void
engine_state_cb (QlApplication *self)
{
  QlEngineState state = ql_engine_service_get_state (self->engine);
  gboolean works = state == QL_ENGINE_LOADING || state == QL_ENGINE_BUSY;

  if (works && self->inhibit_cookie == 0)
    self->inhibit_cookie = gtk_application_inhibit (
        GTK_APPLICATION (self), gtk_application_get_active_window (GTK_APPLICATION (self)),
        GTK_APPLICATION_INHIBIT_SUSPEND, _ ("A picture is being looked at"));
  else if (!works && self->inhibit_cookie != 0)
    {
      gtk_application_uninhibit (GTK_APPLICATION (self), self->inhibit_cookie);
      self->inhibit_cookie = 0;
    }
}

static void
threads_cb (QlApplication *self)
{
  ql_engine_service_set_threads (self->engine, g_settings_get_int (self->settings, "threads"));
}

static void
exact_cb (QlApplication *self)
{
  ql_engine_service_set_exact (self->engine, g_settings_get_boolean (self->settings, "exact"));
}

gboolean
ql_application_may_look_ahead (QlApplication *self)
{
  if (self->settings != NULL && !g_settings_get_boolean (self->settings, "look-ahead"))
    return FALSE;
  if (self->power == NULL)
    self->power = g_power_profile_monitor_dup_default ();
  return self->power == NULL || !g_power_profile_monitor_get_power_saver_enabled (self->power);
}

static void
encodings_cb (QlApplication *self)
{
  gboolean used = self->settings == NULL || g_settings_get_boolean (self->settings, "remember-encodings");

  ql_engine_service_set_encoding_cache (self->engine, used ? self->encodings : NULL);
}

static const GActionEntry app_actions[] = {
  { "activate", activate_action, NULL, NULL, NULL },
  { "show-window", show_window_action, "u", NULL, NULL },
  { "new-window", new_window_action, NULL, NULL, NULL },
  { "open-session-in-window", open_session_in_window_action, "s", NULL, NULL },
  { "preferences", preferences_action, NULL, NULL, NULL },
  { "about", about_action, NULL, NULL, NULL },
  { "quit", quit_action, NULL, NULL, NULL },
};

static void
load_style (void)
{
  g_autoptr (GtkCssProvider) provider = gtk_css_provider_new ();

  gtk_css_provider_load_from_resource (provider, "/io/github/qlens/Qlens/style.css");
  gtk_style_context_add_provider_for_display (gdk_display_get_default (), GTK_STYLE_PROVIDER (provider),
                                              GTK_STYLE_PROVIDER_PRIORITY_APPLICATION);
}

static void
start_downloads (QlApplication *self)
{
  GDBusConnection *bus = g_application_get_dbus_connection (G_APPLICATION (self));

  self->downloads = ql_downloads_new (self->settings);
  self->keeper
      = ql_download_keeper_new (GTK_APPLICATION (self), self->downloads, self->models, self->settings);
  self->download_actions = ql_download_actions_new (self->downloads);
  if (bus != NULL)
    self->download_export
        = g_dbus_connection_export_action_group (bus, DOWNLOADS_PATH, self->download_actions, NULL);
}

static void
stop_downloads (QlApplication *self)
{
  if (self->download_export != 0)
    g_dbus_connection_unexport_action_group (g_application_get_dbus_connection (G_APPLICATION (self)),
                                             self->download_export);
  self->download_export = 0;
  if (self->downloads != NULL)
    ql_downloads_shutdown (self->downloads);
}

static void
ql_application_startup (GApplication *application)
{
  QlApplication *self = QL_APPLICATION (application);
  g_autoptr (QlSessionDirs) dirs = ql_session_dirs_new (NULL, NULL);

  G_APPLICATION_CLASS (ql_application_parent_class)->startup (application);
  gtk_window_set_default_icon_name (APP_ID);
  load_style ();
  g_action_map_add_action_entries (G_ACTION_MAP (self), app_actions, G_N_ELEMENTS (app_actions), self);
  for (guint i = 0; i < G_N_ELEMENTS (accels); i++)
    gtk_application_set_accels_for_action (GTK_APPLICATION (self), accels[i].action, accels[i].accels);
  self->settings = ql_settings_new ();
  ql_color_scheme_follow (self->settings);
  self->sessions = ql_session_store_new (dirs);
  ql_session_store_load_async (self->sessions, NULL, NULL);
  self->engine = ql_engine_service_new ();
  self->encodings = ql_encoding_cache_new (NULL, QL_ENCODING_CACHE_MAX_BYTES);
  encodings_cb (self);
  self->speech = ql_speech_new ();
  self->models = ql_model_store_new (NULL, self->settings);
  self->loader = ql_model_loader_new (self->engine, self->models, self->model_dir);
  ql_model_actions_add (self);
  g_signal_connect_object (self->engine, "notify::state", G_CALLBACK (engine_state_cb), self,
                           G_CONNECT_SWAPPED);
  if (self->settings != NULL)
    {
      g_signal_connect_object (self->settings, "changed::threads", G_CALLBACK (threads_cb), self,
                               G_CONNECT_SWAPPED);
      threads_cb (self);
      g_signal_connect_object (self->settings, "changed::exact", G_CALLBACK (exact_cb), self,
                               G_CONNECT_SWAPPED);
      exact_cb (self);
      g_signal_connect_object (self->settings, "changed::remember-encodings", G_CALLBACK (encodings_cb), self,
                               G_CONNECT_SWAPPED);
    }
  start_downloads (self);
  ql_application_ensure_model (self);
}

static QlWindow *
present_window (QlApplication *self)
{
  GtkWindow *window = gtk_application_get_active_window (GTK_APPLICATION (self));

  /* The preferences may be the active one. */
  if (window != NULL && !QL_IS_WINDOW (window))
    window = gtk_window_get_transient_for (window);
  if (!QL_IS_WINDOW (window))
    window = GTK_WINDOW (ql_window_new (self));
  gtk_window_present (window);
  return QL_WINDOW (window);
}

static void
ql_application_activate (GApplication *application)
{
  present_window (QL_APPLICATION (application));
}

static void
ql_application_open (GApplication *application, GFile **files, int n_files, const char *hint)
{
  ql_window_open_files (present_window (QL_APPLICATION (application)), files, n_files);
}

static int
ql_application_handle_local_options (GApplication *application, GVariantDict *options)
{
  QlApplication *self = QL_APPLICATION (application);
  g_autofree char *model = NULL;

  if (g_variant_dict_contains (options, "version"))
    {
      g_print ("qlens %s\n", QLENS_VERSION);
      return 0;
    }
  if (g_variant_dict_lookup (options, "model", "^ay", &model))
    {
      self->model_dir = g_canonicalize_filename (model, NULL);
      /* A running Qlens has a model already; this one is asked for by name. */
      g_application_set_flags (application, g_application_get_flags (application) | G_APPLICATION_NON_UNIQUE);
    }
  if (g_variant_dict_contains (options, "new-window") && g_application_register (application, NULL, NULL)
      && g_application_get_is_remote (application))
    {
      g_action_group_activate_action (G_ACTION_GROUP (application), "new-window", NULL);
      return 0;
    }
  return -1;
}

static void
ql_application_shutdown (GApplication *application)
{
  QlApplication *self = QL_APPLICATION (application);

  stop_downloads (self);
  if (self->engine != NULL)
    ql_engine_service_shutdown (self->engine);
  /* What was written in the background until now must not be lost. */
  if (self->models != NULL && ql_model_store_is_saving (self->models))
    ql_model_store_flush (self->models, NULL);
  G_APPLICATION_CLASS (ql_application_parent_class)->shutdown (application);
}

static void
ql_application_finalize (GObject *object)
{
  QlApplication *self = QL_APPLICATION (object);

  g_clear_object (&self->loader);
  g_clear_object (&self->models);
  g_clear_object (&self->engine);
  g_clear_pointer (&self->encodings, ql_encoding_cache_unref);
  g_clear_object (&self->power);
  g_clear_object (&self->speech);
  g_clear_object (&self->settings);
  g_clear_object (&self->sessions);
  g_clear_object (&self->download_actions);
  g_clear_object (&self->keeper);
  g_clear_object (&self->downloads);
  g_free (self->model_dir);
  G_OBJECT_CLASS (ql_application_parent_class)->finalize (object);
}

static void
ql_application_class_init (QlApplicationClass *klass)
{
  GApplicationClass *application_class = G_APPLICATION_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = ql_application_finalize;
  application_class->startup = ql_application_startup;
  application_class->shutdown = ql_application_shutdown;
  application_class->activate = ql_application_activate;
  application_class->open = ql_application_open;
  application_class->handle_local_options = ql_application_handle_local_options;
}

static void
ql_application_init (QlApplication *self)
{
  static const GOptionEntry options[] = {
    { "model", 'm', 0, G_OPTION_ARG_FILENAME, NULL, N_ ("Use the BLIP-2 model in this folder or GGUF file"),
      N_ ("DIR") },
    { "new-window", 0, 0, G_OPTION_ARG_NONE, NULL, N_ ("Open another window of a Qlens that runs"), NULL },
    { "version", 0, 0, G_OPTION_ARG_NONE, NULL, N_ ("Show the version and exit"), NULL },
    G_OPTION_ENTRY_NULL,
  };

  g_application_add_main_option_entries (G_APPLICATION (self), options);
  g_application_set_option_context_parameter_string (G_APPLICATION (self), _ ("[PICTURE…]"));
}

QlApplication *
ql_application_new (void)
{
  return g_object_new (QL_TYPE_APPLICATION, "application-id", APP_ID, "resource-base-path",
                       "/io/github/qlens/Qlens", "flags", G_APPLICATION_HANDLES_OPEN, NULL);
}

QlEngineService *
ql_application_get_engine (QlApplication *self)
{
  return self->engine;
}

QlSpeech *
ql_application_get_speech (QlApplication *self)
{
  return self->speech;
}

GSettings *
ql_application_get_settings (QlApplication *self)
{
  return self->settings;
}

QlSessionStore *
ql_application_get_sessions (QlApplication *self)
{
  return self->sessions;
}

QlModelStore *
ql_application_get_models (QlApplication *self)
{
  return self->models;
}

QlModelLoader *
ql_application_get_loader (QlApplication *self)
{
  return self->loader;
}

QlDownloads *
ql_application_get_downloads (QlApplication *self)
{
  return self->downloads;
}

GActionGroup *
ql_application_get_download_actions (QlApplication *self)
{
  return self->download_actions;
}
