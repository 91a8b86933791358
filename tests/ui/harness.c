#include "tests/ui/harness.h"

#include <errno.h>
#include <execinfo.h>
#include <libintl.h>
#include <locale.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>

QlApplication *app;
json_t *samples;

/* ---- the gate: holds the engine's thread at a step until it is opened ---- */

static struct
{
  GMutex lock;
  GCond cond;
  QlEnginePhase phase;
  int step;
  gboolean held, open;
  guint n; /* one more with each gate: who has been let through the last may wake only when the next is set */
} gate;

static void
gate_probe (QlEnginePhase phase, int done, int total, gpointer data)
{
  g_mutex_lock (&gate.lock);
  if (!gate.open && phase == gate.phase && done >= gate.step)
    {
      guint n = gate.n;

      gate.held = TRUE;
      while (!gate.open && gate.n == n)
        g_cond_wait (&gate.cond, &gate.lock);
    }
  g_mutex_unlock (&gate.lock);
}

void
gate_set (QlEnginePhase phase, int step)
{
  g_mutex_lock (&gate.lock);
  gate.phase = phase;
  gate.step = step;
  gate.held = gate.open = FALSE;
  gate.n++;
  g_cond_broadcast (&gate.cond);
  g_mutex_unlock (&gate.lock);
  ql_engine_service_set_probe (ql_application_get_engine (app), gate_probe, NULL);
}

gboolean
gate_held (void)
{
  gboolean held;

  g_mutex_lock (&gate.lock);
  held = gate.held;
  g_mutex_unlock (&gate.lock);
  return held;
}

void
gate_open (void)
{
  g_mutex_lock (&gate.lock);
  gate.open = TRUE;
  g_cond_broadcast (&gate.cond);
  g_mutex_unlock (&gate.lock);
}

/* ---- helpers ---- */

GFile *
sample_file (const char *name)
{
  g_autofree char *path = g_build_filename (g_getenv ("QLENS_SRC"), "data", "samples", name, NULL);

  return g_file_new_for_path (path);
}

json_t *
sample_json (const char *name)
{
  size_t i;
  json_t *entry;

  json_array_foreach (samples, i, entry) if (g_str_equal (json_string_value (json_object_get (entry, "file")),
                                                          name)) return entry;
  g_error ("no sample %s", name);
}

const char *
sample_caption (const char *name)
{
  return json_string_value (json_object_get (sample_json (name), "model_caption"));
}

QlWindow *
new_window (void)
{
  QlWindow *window = ql_window_new (app);

  gtk_window_present (GTK_WINDOW (window));
  WAIT (gtk_widget_get_mapped (GTK_WIDGET (window)));
  return window;
}

void
close_window (QlWindow *window)
{
  gtk_window_close (GTK_WINDOW (window));
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

void
act (QlWindow *window, const char *name)
{
  g_assert_true (g_action_group_get_action_enabled (G_ACTION_GROUP (window), name));
  g_action_group_activate_action (G_ACTION_GROUP (window), name, NULL);
}

gboolean
enabled (QlWindow *window, const char *name)
{
  return g_action_group_get_action_enabled (G_ACTION_GROUP (window), name);
}

gboolean
idle (QlWindow *window)
{
  return window->loading == NULL && window->conversation != NULL
         && !ql_conversation_get_busy (window->conversation);
}

guint
n_sessions (void)
{
  return g_list_model_get_n_items (G_LIST_MODEL (ql_application_get_sessions (app)));
}

guint
n_turns (QlWindow *window)
{
  return g_list_model_get_n_items (ql_conversation_get_turns (window->conversation));
}

const char *
last_text (QlWindow *window)
{
  return ql_turn_get_text (ql_conversation_get_last (window->conversation));
}

/* As the drop target hands it on; real drags are in test-drop.c. */
gboolean
drop_value (QlWindow *window, const GValue *value)
{
  if (G_VALUE_HOLDS (value, GDK_TYPE_FILE_LIST))
    ql_window_take_files (window, g_value_get_boxed (value));
  else
    ql_window_open_texture (window, g_value_get_object (value));
  return TRUE;
}

void
drop_files (QlWindow *window, const char *first, const char *second)
{
  g_auto (GValue) value = G_VALUE_INIT;
  GSList *files = NULL;

  if (second != NULL)
    files = g_slist_prepend (files, sample_file (second));
  files = g_slist_prepend (files, sample_file (first));
  g_value_init (&value, GDK_TYPE_FILE_LIST);
  g_value_take_boxed (&value, gdk_file_list_new_from_list (files));
  g_slist_free_full (files, g_object_unref);
  g_assert_true (drop_value (window, &value));
}

/* Opens a sample and waits for its caption. */
void
open_sample (QlWindow *window, const char *name)
{
  drop_files (window, name, NULL);
  WAIT (idle (window));
  g_assert_cmpstr (last_text (window), ==, sample_caption (name));
}

/* The only child of its type somewhere below @root; the last, if there are several. */
GtkWidget *
find_type (GtkWidget *root, GType type)
{
  GtkWidget *found = G_TYPE_CHECK_INSTANCE_TYPE (root, type) ? root : NULL;

  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *below = find_type (child, type);
      found = below != NULL ? below : found;
    }
  return found;
}

GtkWidget *
find_class (GtkWidget *root, const char *css_class)
{
  GtkWidget *found = gtk_widget_has_css_class (root, css_class) ? root : NULL;

  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL && found == NULL;
       child = gtk_widget_get_next_sibling (child))
    found = find_class (child, css_class);
  return found;
}

GtkLabel *
row_label (QlWindow *window, const char *css_class)
{
  GtkWidget *list = NULL;
  GQueue queue = G_QUEUE_INIT;
  GtkLabel *found = NULL;

  g_queue_push_tail (&queue, window->chat_page);
  while ((list = g_queue_pop_head (&queue)) != NULL)
    {
      /* The last in the transcript wins. */
      if (GTK_IS_LABEL (list) && gtk_widget_has_css_class (list, css_class))
        found = GTK_LABEL (list);
      for (GtkWidget *child = gtk_widget_get_first_child (list); child != NULL;
           child = gtk_widget_get_next_sibling (child))
        g_queue_push_tail (&queue, child);
    }
  return found;
}

gboolean
question_is (QlWindow *window, const char *text)
{
  g_autofree char *question = ql_chat_page_get_question (window->chat_page);

  return g_str_equal (question, text);
}

/* $QLENS_CATALOGUE is a file without the folders that gettext wants around it. */
static char *
locale_dir (void)
{
  const char *catalogue = g_getenv ("QLENS_CATALOGUE");
  char *dir = catalogue != NULL ? g_build_filename (g_get_user_cache_dir (), "locale", NULL)
                                : g_build_filename (g_getenv ("QLENS_BUILD"), "po", NULL);
  g_autofree char *messages = g_build_filename (dir, g_getenv ("LANGUAGE"), "LC_MESSAGES", NULL);
  g_autofree char *link_name = g_build_filename (messages, GETTEXT_PACKAGE ".mo", NULL);

  if (catalogue != NULL
      && (g_mkdir_with_parents (messages, 0700) != 0 || symlink (catalogue, link_name) != 0))
    g_error ("%s: %s", link_name, g_strerror (errno));
  return dir;
}

void
harness_remove_tree (const char *path)
{
  g_autoptr (GDir) listing = g_dir_open (path, 0, NULL);
  const char *name;

  while (listing != NULL && (name = g_dir_read_name (listing)) != NULL)
    {
      g_autofree char *inner = g_build_filename (path, name, NULL);
      harness_remove_tree (inner);
    }
  g_remove (path);
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
/* A crash that comes once in many runs is gone if it did not say where it was. For addr2line. */
static void
crash_cb (int signal)
{
  void *frames[64];

  backtrace_symbols_fd (frames, backtrace (frames, G_N_ELEMENTS (frames)), STDERR_FILENO);
  raise (signal); /* the handler is gone by now */
}

static void
tell_of_crashes (void)
{
  struct sigaction action = { .sa_handler = crash_cb, .sa_flags = (int) SA_RESETHAND | SA_NODEFER };
  void *frame;

  (void) backtrace (&frame, 1); /* loads what it needs while memory is whole */
  sigaction (SIGSEGV, &action, NULL);
  sigaction (SIGBUS, &action, NULL);
}
#else
static void
tell_of_crashes (void)
{
}
#endif

void
harness_init (int *argc, char ***argv)
{
  g_autofree char *catalogues = NULL;
  g_autofree char *index = NULL;
  g_autoptr (GError) error = NULL;

  tell_of_crashes ();
  gtk_test_init (argc, argv, NULL);
  /* GTK's tests speak English, in a locale that need not be there. */
  setlocale (LC_ALL, "");
  g_assert_nonnull (g_getenv ("QLENS_SRC"));
  catalogues = locale_dir ();
  bindtextdomain (GETTEXT_PACKAGE, catalogues);
  textdomain (GETTEXT_PACKAGE);
  index = g_build_filename (g_getenv ("QLENS_SRC"), "data", "samples", "samples.json", NULL);
  samples = json_load_file (index, 0, NULL);
  g_assert_nonnull (samples);
  g_object_set (gtk_settings_get_default (), "gtk-enable-animations", FALSE, NULL);
  app = ql_application_new ();
  g_assert_true (g_application_register (G_APPLICATION (app), NULL, &error));
  g_assert_no_error (error);
  g_application_hold (G_APPLICATION (app));
}

int
harness_run (void)
{
  int result = g_test_run ();

  ql_engine_service_shutdown (ql_application_get_engine (app));
  json_decref (samples);
  return result;
}
