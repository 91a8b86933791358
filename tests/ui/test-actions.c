/* The program's actions, as the session bus tells them, against what people read of them:
 * the manual, the menus, the shortcuts window. Each complaint says which line goes where. */

#include <string.h>

#include "tests/ui/harness.h"

#define MANUAL "data/man/qlens.1"
#define SHORTCUTS "resources/help-overlay.ui"

/* Not in a menu, and why; a command that a person could look for does not belong here. */
static const struct
{
  const char *action, *reason;
} without_menu[] = {
  { "app.activate", "for notifications: shows any window" },
  { "app.show-window", "for notifications: shows theirs" },
  { "app.load-model", "takes a folder; Models lists them" },
  { "app.reload-model",
    "a button behind the header's model, and of the message that says why it did not open" },
  { "app.load-anyway", "the button of the message that says that memory is short" },
  { "app.unload-model", "a button behind the header's model" },
  { "app.stop-model", "a button behind the header's model; the menu has Stop" },
  { "app.open-session-in-window", "in the menu of a session" },
  { "win.open-session", "a row of the sidebar" },
  { "win.batch-start-anyway", "the button of the message that says that memory is short" },
  { "win.batch-add-uris", "takes addresses; Add Folder and Add Pictures ask for some" },
  { "win.undelete-session", "the button of the bar that offers to undo; the menu has Undo Deleting" },
  { "win.ask", "the button beside the question" },
  { "win.ask-text", "takes the question" },
  { "win.open-uri", "takes an address; Open asks for one" },
  { "win.save-as", "takes an address; Export asks for one" },
  { "win.again-turn", "of a turn; for the last one the menu has Ask Again" },
  { "win.edit-turn", "of a turn; for the last one the menu has Edit Last Question" },
  { "win.dismiss-undo", "the button of the bar that offers to undo" },
  { "win.preset", "a choice in the popover of How Answers Are Written" },
  { "win.reset-style", "a button in the popover of How Answers Are Written" },
  { "win.focus-question", "moves the focus" },
  { "win.next-pane", "moves the focus" },
  { "win.previous-pane", "moves the focus" },
  { "win.page", "the switcher above the pages" },
  { "win.close", "the window's own button" },
  { "win.test-drop", "takes a place; the brush on the picture" },
  { "win.test-take-back", "a button in the list of changes" },
  { "win.test-stop", "the button beside the progress" },
  { "win.test-retry", "the button of the message that says that it failed" },
  { "win.test-maps", "a choice on the card" },
  { "win.test-patch", "a key on the picture; its menu" },
  { "win.test-undo", "the menu has Undo" },
  { "win.run-faithfulness", "a button of the window of the curve" },
  { "win.stop-faithfulness", "a button of the window of the curve" },
  { "win.save-faithfulness-as", "takes an address; Export asks for one" },
  { "win.query-stop", "the button beside the progress" },
  { "win.match-text", "takes the text; the page has an entry" },
  { "win.pipeline-stage", "a row of the page" },
  { "win.pipeline-part", "a slider of the page" },
  { "win.pipeline-view", "a choice of the page" },
  { "win.beam", "arrow keys in the tree" },
  { "win.dropped-beams", "a check box of the page" },
  { "win.save-beams-as", "takes an address; Export asks for one" },
  { "win.mask-text", "takes the text; the page has an entry" },
  { "win.mask-read", "the button beside the text" },
  { "win.mask-cell", "a click, or a key, on the mask" },
  { "win.mask-stop", "the button beside the progress" },
  { "win.mask-zoom", "buttons beside the mask" },
  { "win.lesson", "takes a name; the list of lessons has them" },
  { "win.lesson-next", "a button of the lesson" },
  { "win.lesson-back", "a button of the lesson" },
  { "win.lesson-step", "the dots of the lesson" },
  { "win.lesson-hint", "a button of the lesson" },
  { "win.lesson-solve", "a button of the lesson" },
  { "win.lesson-fold", "a button of the lesson" },
  { "win.lesson-leave", "a button of the lesson" },
  { "win.attention-turn", "in the menu of a turn" },
  { "win.attention-again", "the button of the message that says that it failed" },
  { "win.query", "takes a number; the page has a slider" },
  { "win.layer", "takes a number; the page has a slider" },
  { "win.head", "takes a number; the page has a slider" },
  { "win.map-key", "takes numbers; a click on the atlas" },
  { "win.word", "takes a number; a click on a word" },
  { "win.patch", "takes a place; a click on the picture" },
  { "win.step-query", "a key on the picture and the page" },
  { "win.step-layer", "a key on the picture and the page" },
  { "win.step-head", "a key on the picture and the page" },
  { "win.step-word", "a key on the picture and the page" },
  { "win.step-method", "a key; the menu has the methods" },
  { "win.step-patch", "arrow keys on the picture" },
  { "win.box", "takes places; dragged on the picture with Shift" },
  { "win.extend-box", "Shift and arrow keys on the picture" },
  { "win.step-style", "a key; the menu has the styles" },
  { "win.step-opacity", "a key; a slider over the picture" },
  { "win.swap-scale", "a key; the menu has both scales" },
  { "win.save-figure-as", "takes an address; Export asks for one" },
  { "win.save-atlas-as", "takes an address; Export asks for one" },
  { "win.save-trace-as", "takes an address; Export asks for one" },
  { "download.add", "takes a name, which the view of downloads has an entry for" },
  { "download.remove", "a button in a download's row" },
  { "download.start", "a button in a download's row" },
  { "download.pause", "a button in a download's row" },
  { "download.cancel", "a button in a download's row" },
  { "download.discard", "a button in a download's row, which asks before" },
  { "download.pause-all", "for scripts; each row can pause, and Quit pauses all" },
};

typedef struct
{
  char *type; /* of the parameter, as D-Bus writes it; "": none */
  char *text; /* of the manual */
} Action;

static QlWindow *window;
static GHashTable *exported; /* "win.name" → Action, as the bus has them */
static GHashTable *described; /* "win.name" → Action, as the manual has them */
static GHashTable *in_menus; /* set of "win.name" */
static GHashTable *in_shortcuts; /* set of detailed names */

static void
action_free (Action *self)
{
  g_free (self->type);
  g_free (self->text);
  g_free (self);
}

static void
complain (const char *format, ...)
{
  va_list args;
  g_autofree char *text = NULL;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  g_test_message ("%s", text);
  g_test_fail ();
}

/* ---- what there is ---- */

static void
reply_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;

  *(GVariant **) data = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);
  g_assert_no_error (error);
}

static void
read_bus (const char *prefix, const char *path)
{
  GDBusConnection *bus = g_application_get_dbus_connection (G_APPLICATION (app));
  g_autoptr (GVariant) reply = NULL, actions = NULL;
  GVariantIter iter;
  const char *name, *type;

  g_dbus_connection_call (bus, g_application_get_application_id (G_APPLICATION (app)), path,
                          "org.gtk.Actions", "DescribeAll", NULL, G_VARIANT_TYPE ("(a{s(bgav)})"),
                          G_DBUS_CALL_FLAGS_NONE, -1, NULL, reply_cb, &reply);
  WAIT (reply != NULL);
  actions = g_variant_get_child_value (reply, 0);
  g_variant_iter_init (&iter, actions);
  while (g_variant_iter_next (&iter, "{&s(b&gav)}", &name, NULL, &type, NULL))
    {
      Action *action = g_new0 (Action, 1);

      action->type = g_strdup (type);
      g_hash_table_insert (exported, g_strconcat (prefix, name, NULL), action);
    }
}

/* Lines ".It Cm NAME" or ".It Cm NAME Ar TYPE", and what follows each. */
static void
read_manual (void)
{
  g_autofree char *path = g_build_filename (g_getenv ("QLENS_SRC"), MANUAL, NULL);
  g_autofree char *contents = NULL;
  g_auto (GStrv) lines = NULL;
  const char *prefix = NULL;
  Action *last = NULL;

  g_assert_true (g_file_get_contents (path, &contents, NULL, NULL));
  lines = g_strsplit (contents, "\n", -1);
  for (char **line = lines; *line != NULL; line++)
    {
      if (g_str_has_prefix (*line, ".Ss ") || g_str_has_prefix (*line, ".Sh "))
        prefix = g_str_equal (*line, ".Ss Actions of a window")      ? "win."
                 : g_str_equal (*line, ".Ss Actions of the program") ? "app."
                 : g_str_equal (*line, ".Ss Actions for downloads")  ? "download."
                                                                     : NULL;
      if (prefix != NULL && g_str_has_prefix (*line, ".It Cm "))
        {
          g_auto (GStrv) words = g_strsplit (*line + strlen (".It Cm "), " ", -1);
          gboolean typed = words[1] != NULL && g_str_equal (words[1], "Ar") && words[2] != NULL;

          last = g_new0 (Action, 1);
          last->type = g_strdup (typed ? words[2] : "");
          last->text = g_strdup ("");
          g_hash_table_insert (described, g_strconcat (prefix, words[0], NULL), last);
        }
      else if (g_str_has_prefix (*line, ".El"))
        last = NULL;
      else if (last != NULL)
        {
          g_autofree char *before = last->text;
          last->text = g_strconcat (before, *line, "\n", NULL);
        }
    }
}

static void
read_menu (GMenuModel *menu)
{
  for (int i = 0; i < g_menu_model_get_n_items (menu); i++)
    {
      g_autoptr (GMenuLinkIter) links = g_menu_model_iterate_item_links (menu, i);
      GMenuModel *link;
      char *action;

      if (g_menu_model_get_item_attribute (menu, i, G_MENU_ATTRIBUTE_ACTION, "s", &action))
        g_hash_table_add (in_menus, action);
      while (g_menu_link_iter_get_next (links, NULL, &link))
        {
          read_menu (link);
          g_object_unref (link);
        }
    }
}

static void
read_widgets (GtkWidget *widget)
{
  if (GTK_IS_MENU_BUTTON (widget) && gtk_menu_button_get_menu_model (GTK_MENU_BUTTON (widget)) != NULL)
    read_menu (gtk_menu_button_get_menu_model (GTK_MENU_BUTTON (widget)));
  if (GTK_IS_SHORTCUTS_SHORTCUT (widget))
    {
      char *action = NULL;

      g_object_get (widget, "action-name", &action, NULL);
      if (action != NULL && *action != '\0')
        g_hash_table_add (in_shortcuts, action);
      else
        g_free (action);
    }
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    read_widgets (child);
}

/* "win.copy-turn(uint32 0)" → "win.copy-turn" */
static char *
plain (const char *detailed)
{
  g_autoptr (GVariant) target = NULL;
  g_autoptr (GError) error = NULL;
  char *name = NULL;

  g_action_parse_detailed_name (detailed, &name, &target, &error);
  g_assert_no_error (error);
  return name;
}

static char *
first_key (const char *detailed)
{
  g_auto (GStrv) accels = gtk_application_get_accels_for_action (GTK_APPLICATION (app), detailed);
  guint key;
  GdkModifierType modifiers;

  g_assert_nonnull (accels[0]);
  g_assert_true (gtk_accelerator_parse (accels[0], &key, &modifiers));
  return gtk_accelerator_get_label (key, modifiers);
}

static int
compare_cb (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* Complaints come in the same order every time. */
static GPtrArray *
sorted (GHashTable *table)
{
  GPtrArray *names = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer name;

  g_hash_table_iter_init (&iter, table);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    g_ptr_array_add (names, name);
  g_ptr_array_sort (names, compare_cb);
  return names;
}

/* ---- tests ---- */

static void
test_manual (void)
{
  g_autoptr (GPtrArray) names = sorted (exported);
  g_autoptr (GPtrArray) told_names = sorted (described);

  g_assert_cmpuint (names->len, >, 0);
  for (guint i = 0; i < names->len; i++)
    {
      const char *name = names->pdata[i];
      const Action *action = g_hash_table_lookup (exported, name);
      const Action *told = g_hash_table_lookup (described, name);
      const char *bare = strchr (name, '.') + 1;
      const char *where = g_str_has_prefix (name, "win.")   ? "of a window"
                          : g_str_has_prefix (name, "app.") ? "of the program"
                                                            : "for downloads";

      if (told == NULL)
        complain ("%s: missing from the manual. Add to " MANUAL " under 'Actions %s': "
                  "'.It Cm %s%s%s' and a line that says what it does.",
                  name, where, bare, *action->type != '\0' ? " Ar " : "", action->type);
      else if (!g_str_equal (told->type, action->type))
        complain ("%s: takes '%s', but the manual says '%s'. Change its line in " MANUAL
                  " to '.It Cm %s%s%s'.",
                  name, action->type, told->type, bare, *action->type != '\0' ? " Ar " : "", action->type);
      else if (*told->text == '\0')
        complain ("%s: the manual does not say what it does. Add a line below it in " MANUAL ".", name);
    }
  for (guint i = 0; i < told_names->len; i++)
    if (!g_hash_table_contains (exported, told_names->pdata[i]))
      complain ("%s: in the manual, but not on the bus. Remove it from " MANUAL
                ", or add the action to the map "
                "of the window (not to its class) or of the application.",
                (char *) told_names->pdata[i]);
}

static gboolean
is_without_menu (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (without_menu); i++)
    if (g_str_equal (without_menu[i].action, name))
      return TRUE;
  return FALSE;
}

static void
test_menus (void)
{
  g_autoptr (GPtrArray) names = sorted (exported);
  g_autoptr (GPtrArray) items = sorted (in_menus);

  for (guint i = 0; i < names->len; i++)
    if (!g_hash_table_contains (in_menus, names->pdata[i]) && !is_without_menu (names->pdata[i]))
      complain ("%s: in no menu. Add to a menu of resources/window.ui: <item><attribute name=\"label\" "
                "translatable=\"yes\">...</attribute><attribute name=\"action\">%s</attribute></item> "
                "or, if no one would look for it there, with the reason to without_menu[] in "
                "tests/ui/test-actions.c.",
                (char *) names->pdata[i], (char *) names->pdata[i]);
  for (guint i = 0; i < items->len; i++)
    if (!g_hash_table_contains (exported, items->pdata[i]))
      complain (
          "%s: a menu item without an action: it can never be chosen. Correct its name in resources/ or "
          "add the action.",
          (char *) items->pdata[i]);
  for (guint i = 0; i < G_N_ELEMENTS (without_menu); i++)
    {
      if (!g_hash_table_contains (exported, without_menu[i].action))
        complain ("%s: no longer an action. Remove it from without_menu[] in tests/ui/test-actions.c.",
                  without_menu[i].action);
      if (g_hash_table_contains (in_menus, without_menu[i].action))
        complain ("%s: is in a menu. Remove it from without_menu[] in tests/ui/test-actions.c.",
                  without_menu[i].action);
    }
}

static void
test_keys (void)
{
  g_auto (GStrv) names = gtk_application_list_action_descriptions (GTK_APPLICATION (app));
  g_autoptr (GPtrArray) shown = sorted (in_shortcuts);

  g_assert_nonnull (names[0]);
  for (char **detailed = names; *detailed != NULL; detailed++)
    {
      g_autofree char *action = plain (*detailed);
      g_autofree char *key = first_key (*detailed);
      const Action *told = g_hash_table_lookup (described, action);

      if (!g_hash_table_contains (exported, action))
        complain (
            "%s: %s is for an action that is not there. Correct accels[] in ui/application.c or add the "
            "action.",
            *detailed, key);
      if (!g_hash_table_contains (in_shortcuts, *detailed))
        complain ("%s: %s is missing from the shortcuts window. Add to " SHORTCUTS
                  ": <child><object class=\"GtkShortcutsShortcut\"><property name=\"title\" "
                  "translatable=\"yes\">...</property><property "
                  "name=\"action-name\">%s</property></object></child>",
                  *detailed, key, *detailed);
      if (told != NULL && strstr (told->text, key) == NULL)
        complain ("%s: the manual does not tell its key. Add '.Pq %s .' below '.It Cm %s' in " MANUAL ".",
                  *detailed, key, action + 4);
    }
  for (guint i = 0; i < shown->len; i++)
    if (!g_strv_contains ((const char *const *) names, shown->pdata[i]))
      complain (
          "%s: in the shortcuts window, but without a key. Add one to accels[] in ui/application.c or remove "
          "it from " SHORTCUTS ".",
          (char *) shown->pdata[i]);
}

/* A button whose action is not there stays grey for ever. */
static void
look_for_dead (GtkWidget *widget)
{
  const char *name
      = GTK_IS_ACTIONABLE (widget) ? gtk_actionable_get_action_name (GTK_ACTIONABLE (widget)) : NULL;

  if (name != NULL && (g_str_has_prefix (name, "win.") || g_str_has_prefix (name, "app.")))
    {
      GVariant *target = gtk_actionable_get_action_target_value (GTK_ACTIONABLE (widget));
      const Action *action = g_hash_table_lookup (exported, name);
      const char *type = target != NULL ? g_variant_get_type_string (target) : "";

      if (action == NULL)
        complain ("%s: the action of a %s, but not on the bus. Correct its name or add the action.", name,
                  G_OBJECT_TYPE_NAME (widget));
      else if (!g_str_equal (action->type, type))
        complain ("%s: takes '%s', a %s gives it '%s'. Correct its action target.", name, action->type,
                  G_OBJECT_TYPE_NAME (widget), type);
    }
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    look_for_dead (child);
}

static void
test_buttons (void)
{
  open_sample (window, "01-donut.png");
  look_for_dead (GTK_WIDGET (window));
}

static void
set_up (void)
{
  g_autofree char *path = NULL;
  const char *base = g_application_get_dbus_object_path (G_APPLICATION (app));
  GtkShortcutsWindow *shortcuts;

  window = new_window ();
  exported = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) action_free);
  described = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) action_free);
  in_menus = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  in_shortcuts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  path = g_strdup_printf ("%s/window/%u", base,
                          gtk_application_window_get_id (GTK_APPLICATION_WINDOW (window)));
  read_bus ("app.", base);
  read_bus ("win.", path);
  read_bus ("download.", "/io/github/qlens/Qlens/downloads");
  read_manual ();
  read_widgets (GTK_WIDGET (window));
  shortcuts = gtk_application_window_get_help_overlay (GTK_APPLICATION_WINDOW (window));
  g_assert_nonnull (shortcuts);
  read_widgets (GTK_WIDGET (shortcuts));
}

static void
tear_down (void)
{
  close_window (window);
  g_hash_table_unref (exported);
  g_hash_table_unref (described);
  g_hash_table_unref (in_menus);
  g_hash_table_unref (in_shortcuts);
}

int
main (int argc, char **argv)
{
  g_autofree char **args = g_new0 (char *, argc + 2);
  int result;

  /* One complaint must not hide the others. */
  memcpy (args, argv, argc * sizeof *argv);
  args[argc++] = (char *) "--keep-going";
  argv = args;
  harness_init (&argc, &argv);
  set_up ();
  g_test_add_func ("/actions/manual", test_manual);
  g_test_add_func ("/actions/menus", test_menus);
  g_test_add_func ("/actions/keys", test_keys);
  g_test_add_func ("/actions/buttons", test_buttons);
  result = harness_run ();
  tear_down ();
  return result;
}
