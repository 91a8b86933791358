#pragma once

#include <glib.h>

/**
 * QlRoofline:
 *
 * A drawing of what a machine can do and what was reached: operations per second over operations per byte
 * that is read, both on logarithmic axes. Left of a roof's corner memory is what limits, right of it arithmetic.
 * Each roof is an arithmetic; each dot a phase, by its shape, with weights of a type, by its colour.
 *
 * Threads: one at a time.
 */
typedef struct QlRoofline QlRoofline;

#define QL_ROOFLINE_MAX_DOTS 256
#define QL_ROOFLINE_MAX_NAMES 8
#define QL_ROOFLINE_MAX_ROOFS 4

/** ql_roofline_new: @gbps: what memory gives at best, > 0 and finite. Returns: (transfer full) */
QlRoofline *ql_roofline_new (double gbps);
void ql_roofline_free (QlRoofline *self);

/** ql_roofline_add_roof: @unit: "GFLOP/s"; @gops: the most, in 1e9 a second; one that is not positive is left out */
void ql_roofline_add_roof (QlRoofline *self, const char *name, const char *unit, double gops);

/**
 * ql_roofline_add_dot:
 * @phase: translated, for the legend
 * @type: the weights', for the legend
 * @intensity: operations per byte
 * @gops: reached, in 1e9 a second
 *
 * Returns: %FALSE where a number is not positive and finite, or there are too many dots, phases or types
 */
gboolean ql_roofline_add_dot (QlRoofline *self, const char *phase, const char *type, double intensity,
                              double gops);

/** ql_roofline_set_caption: @caption: translated; a line below the drawing */
void ql_roofline_set_caption (QlRoofline *self, const char *caption);

/** ql_roofline_render: Returns: (transfer full): an SVG file; %NULL with %G_FILE_ERROR, translated */
GBytes *ql_roofline_render (QlRoofline *self, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QlRoofline, ql_roofline_free)
