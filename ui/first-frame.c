#include "ui/first-frame.h"

static gboolean told;

static void
after_paint_cb (GdkFrameClock *clock, gpointer data)
{
  g_signal_handlers_disconnect_by_func (clock, after_paint_cb, data);
  if (!told)
    g_debug ("first frame at %" G_GINT64_FORMAT " µs of the monotonic clock", g_get_monotonic_time ());
  told = TRUE;
}

void
ql_first_frame_tell (GtkWidget *window)
{
  if (!told)
    g_signal_connect (gtk_widget_get_frame_clock (window), "after-paint", G_CALLBACK (after_paint_cb), NULL);
}
