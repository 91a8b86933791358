#include <locale.h>

#include <glib/gi18n.h>

#include "app/paths.h"
#include "ui/application.h"

int
main (int argc, char **argv)
{
  g_autofree char *locale_dir = ql_paths_locale ();
  g_autoptr (QlApplication) app = NULL;

  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, locale_dir);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
  g_set_application_name ("Qlens");

  app = ql_application_new ();
  return g_application_run (G_APPLICATION (app), argc, argv);
}
