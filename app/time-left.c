#include "app/time-left.h"

#include <glib/gi18n.h>

char *
ql_time_left_text (double seconds)
{
  guint minutes = (guint) (seconds / 60 + 0.5);

  if (seconds < 90)
    return g_strdup_printf (ngettext ("about %u second left", "about %u seconds left", (gulong) seconds),
                            (guint) seconds);
  if (minutes < 120)
    return g_strdup_printf (ngettext ("about %u minute left", "about %u minutes left", minutes), minutes);
  return g_strdup_printf (ngettext ("about %u hour left", "about %u hours left", minutes / 60), minutes / 60);
}
