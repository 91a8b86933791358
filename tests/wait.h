#pragma once

#include <glib.h>

#define PATIENCE_S 100

static inline gboolean
wait_wake_cb (gpointer data)
{
  return G_SOURCE_CONTINUE;
}

/* Turns the main loop until @cond; a hang is a failure with a line number. */
#define WAIT(cond)                                                                                           \
  G_STMT_START                                                                                               \
  {                                                                                                          \
    gint64 deadline_ = g_get_monotonic_time () + PATIENCE_S * G_TIME_SPAN_SECOND;                            \
    guint wake_ = g_timeout_add (10, wait_wake_cb, NULL);                                                    \
    while (!(cond))                                                                                          \
      {                                                                                                      \
        if (g_get_monotonic_time () > deadline_)                                                             \
          g_error ("%s:%d: waited in vain for %s", __FILE__, __LINE__, #cond);                               \
        g_main_context_iteration (NULL, TRUE);                                                               \
      }                                                                                                      \
    g_source_remove (wake_);                                                                                 \
  }                                                                                                          \
  G_STMT_END
