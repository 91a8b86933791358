#pragma once

#include <gtk/gtk.h>

/** LoopSpread: of many durations, in ms */
typedef struct
{
  guint n;
  double median, percentile99, most;
} LoopSpread;

typedef struct
{
  LoopSpread busy; /* of the main loop, from one poll to the next: what keeps a click waiting */
  LoopSpread work; /* processor time of the same: without what other programs take */
  LoopSpread frames; /* from one frame to the next */
} LoopReport;

/**
 * loop_probe_start:
 * @widget: frames are asked for by it, all the time
 *
 * Measures how long the main loop is away from its poll. One at a time.
 */
void loop_probe_start (GtkWidget *widget);
void loop_probe_stop (LoopReport *report);
