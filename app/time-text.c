#include "app/time-text.h"

#include <glib/gi18n.h>

/* Days since the year 1, in the time zone of @time. */
static int
day_number (GDateTime *time)
{
  GDate date;

  g_date_clear (&date, 1);
  g_date_set_dmy (&date, (GDateDay) g_date_time_get_day_of_month (time),
                  (GDateMonth) g_date_time_get_month (time), (GDateYear) g_date_time_get_year (time));
  return (int) g_date_get_julian (&date);
}

char *
ql_time_text (gint64 ms, GDateTime *now)
{
  g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (ms / 1000);
  g_autoptr (GDateTime) time
      = utc != NULL ? g_date_time_to_timezone (utc, g_date_time_get_timezone (now)) : NULL;
  GTimeSpan ago = time != NULL ? g_date_time_difference (now, time) : 0;
  int days;

  if (time == NULL)
    return g_strdup ("");
  days = day_number (now) - day_number (time);
  /* A clock that was set back makes what has just happened the future. */
  if (ago < G_TIME_SPAN_MINUTE && ago > -G_TIME_SPAN_MINUTE)
    /* Translators: when something happened: less than a minute ago. */
    return g_strdup (_ ("now"));
  if (ago > 0 && ago < G_TIME_SPAN_HOUR)
    /* Translators: minutes ago, short. */
    return g_strdup_printf (_ ("%d min"), (int) (ago / G_TIME_SPAN_MINUTE));
  if (days == 0)
    /* Translators: a time of today, for g_date_time_format(). */
    return g_date_time_format (time, _ ("%H:%M"));
  if (days == 1)
    return g_strdup (_ ("yesterday"));
  if (days > 1 && days < 7)
    return g_date_time_format (time, "%a");
  if (g_date_time_get_year (time) == g_date_time_get_year (now))
    /* Translators: a day of this year, for g_date_time_format(). */
    return g_date_time_format (time, _ ("%-d %b"));
  /* Translators: a day of another year, for g_date_time_format(). */
  return g_date_time_format (time, _ ("%-d %b %Y"));
}
