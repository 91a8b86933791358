/*
 * Draws what the program looks like, in every state, to PNG files.
 *
 *   screenshots --size WIDTHxHEIGHT --variant NAME --out FOLDER [--rtl] [--text-scale N] [STATE…]
 *
 *   screenshots --list
 *
 * Theme and language are the environment's: see screenshots.sh. What layout_check() finds wrong
 * is printed.
 */
#include "tests/ui/layout-check.h"
#include "tests/ui/shot.h"
#include "tests/ui/ui-states.h"

static char *size = NULL, *variant = NULL, *out = NULL;
static gboolean list = FALSE, rtl = FALSE;
static double text_scale = 1;
static char **only = NULL;

static const GOptionEntry options[] = {
  { "size", 0, 0, G_OPTION_ARG_STRING, &size, "of the window", "WIDTHxHEIGHT" },
  { "variant", 0, 0, G_OPTION_ARG_STRING, &variant, "last part of the files' names", "NAME" },
  { "out", 0, 0, G_OPTION_ARG_FILENAME, &out, "where they go", "FOLDER" },
  { "list", 0, 0, G_OPTION_ARG_NONE, &list, "only print the names of the states", NULL },
  { "rtl", 0, 0, G_OPTION_ARG_NONE, &rtl, "from right to left", NULL },
  { "text-scale", 0, 0, G_OPTION_ARG_DOUBLE, &text_scale, "size of text", "N" },
  { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &only, NULL, "[STATE…]" },
  G_OPTION_ENTRY_NULL,
};

static void
shoot (const UiState *state, int width, int height)
{
  g_autofree char *name = g_strdup_printf ("%s-%dx%d-%s.png", state->name, width, height, variant);
  g_autofree char *path = g_build_filename (out, name, NULL);
  g_autoptr (GPtrArray) complaints = g_ptr_array_new_with_free_func (g_free);
  QlWindow *main_window;
  GtkWindow *window = ui_state_enter (state, width, height, &main_window);

  shot_save (window, path);
  layout_check (window, complaints);
  for (guint i = 0; i < complaints->len; i++)
    g_printerr ("%s: %s\n", name, (char *) complaints->pdata[i]);
  ui_state_leave (state, main_window);
}

int
main (int argc, char **argv)
{
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;
  int width, height;

  g_option_context_add_main_entries (context, options, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    g_error ("%s", error->message);
  for (guint i = 0; list && ui_states_get (i) != NULL; i++)
    g_print ("%s\n", ui_states_get (i)->name);
  if (list)
    return 0;
  if (size == NULL || variant == NULL || out == NULL || sscanf (size, "%dx%d", &width, &height) != 2)
    g_error ("--size, --variant and --out are needed");
  harness_init (&argc, &argv);
  if (rtl)
    gtk_widget_set_default_direction (GTK_TEXT_DIR_RTL);
  if (text_scale > 1)
    g_object_set (gtk_settings_get_default (), "gtk-xft-dpi", (int) (text_scale * 96 * 1024), NULL);
  ui_states_init ();
  WAIT (ql_engine_service_get_state (ql_application_get_engine (app)) == QL_ENGINE_READY);
  for (guint i = 0; ui_states_get (i) != NULL; i++)
    if (only == NULL || g_strv_contains ((const char *const *) only, ui_states_get (i)->name))
      shoot (ui_states_get (i), width, height);
  ql_engine_service_shutdown (ql_application_get_engine (app));
  return 0;
}
