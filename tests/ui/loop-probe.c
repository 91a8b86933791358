#include "tests/ui/loop-probe.h"

#include <time.h>

static struct
{
  GtkWidget *widget;
  guint tick;
  GPollFunc poll;
  gint64 back_us, back_work_us; /* when poll returned; 0: it has not yet */
  gint64 frame_us; /* the last frame's */
  GArray *busy, *work, *frames; /* of double, ms */
} probe;

static gint64
thread_us (void)
{
  struct timespec now;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &now);
  return now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000;
}

static void
note (GArray *array, gint64 us)
{
  double ms = (double) us / 1000;

  g_array_append_val (array, ms);
}

static int
probe_poll (GPollFD *fds, guint n_fds, int timeout)
{
  int result;

  if (probe.back_us != 0)
    {
      note (probe.busy, g_get_monotonic_time () - probe.back_us);
      note (probe.work, thread_us () - probe.back_work_us);
    }
  result = probe.poll (fds, n_fds, timeout);
  probe.back_us = g_get_monotonic_time ();
  probe.back_work_us = thread_us ();
  return result;
}

static gboolean
tick_cb (GtkWidget *widget, GdkFrameClock *clock, gpointer data)
{
  gint64 now = gdk_frame_clock_get_frame_time (clock);

  if (probe.frame_us != 0)
    note (probe.frames, now - probe.frame_us);
  probe.frame_us = now;
  return G_SOURCE_CONTINUE;
}

static int
compare (gconstpointer a, gconstpointer b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return x < y ? -1 : x > y;
}

/* Takes @array. */
static LoopSpread
spread (GArray *array)
{
  LoopSpread result = { array->len, 0, 0, 0 };

  g_array_sort (array, compare);
  if (array->len > 0)
    {
      result.median = g_array_index (array, double, array->len / 2);
      result.percentile99 = g_array_index (array, double, array->len * 99 / 100);
      result.most = g_array_index (array, double, array->len - 1);
    }
  g_array_unref (array);
  return result;
}

void
loop_probe_start (GtkWidget *widget)
{
  g_assert (probe.widget == NULL);
  probe.widget = widget;
  probe.back_us = probe.frame_us = 0;
  probe.busy = g_array_new (FALSE, FALSE, sizeof (double));
  probe.work = g_array_new (FALSE, FALSE, sizeof (double));
  probe.frames = g_array_new (FALSE, FALSE, sizeof (double));
  probe.poll = g_main_context_get_poll_func (NULL);
  g_main_context_set_poll_func (NULL, probe_poll);
  probe.tick = gtk_widget_add_tick_callback (widget, tick_cb, NULL, NULL);
}

void
loop_probe_stop (LoopReport *report)
{
  g_main_context_set_poll_func (NULL, probe.poll);
  gtk_widget_remove_tick_callback (probe.widget, probe.tick);
  probe.widget = NULL;
  report->busy = spread (probe.busy);
  report->work = spread (probe.work);
  report->frames = spread (probe.frames);
}
