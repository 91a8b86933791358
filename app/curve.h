#pragma once

#include "app/attention-map.h"
#include "app/intervention.h"
#include "app/map-draw.h"

/**
 * QlCurve:
 *
 * A map's claim, tested: the answer's log-probability as patches are taken away in the order of the map, brightest first
 * (deletion), and as they alone are given, in the same order (insertion); and both in random orders. A map that
 * shows what the answer needs makes it fall sooner and rise sooner than chance does. Reference counted, immutable, any thread.
 *
 * After Petsiuk, Das & Saenko 2018 (arXiv:1806.07421), with log-probabilities of the whole answer, and with the spread of
 * the random orders beside, without which no difference means anything.
 */
typedef struct QlCurve QlCurve;

#define QL_TYPE_CURVE (ql_curve_get_type ())
GType ql_curve_get_type (void);

/** QL_CURVE_POINTS: at even steps from no patch to all */
#define QL_CURVE_POINTS 11
/** QL_CURVE_DRAWS: random orders */
#define QL_CURVE_DRAWS 5

typedef enum
{
  QL_CURVE_DELETION,
  QL_CURVE_INSERTION,
} QlCurveKind;

/** QlCurveOptions: how patches are removed. */
typedef struct
{
  gboolean grey; /* in the picture: slow, exact; else from the Q-Former's keys */
  gboolean keep_cls; /* CLS has seen the whole picture: kept, it tells of all patches at every point */
} QlCurveOptions;

/** QlCurveData: what a curve is made of; log-probabilities of the whole answer. */
typedef struct
{
  int n_points; /* 2 … QL_CURVE_POINTS */
  int counts[QL_CURVE_POINTS]; /* patches, from 0 to all */
  double map[2][QL_CURVE_POINTS]; /* for each kind */
  double random[QL_CURVE_DRAWS][2][QL_CURVE_POINTS];
} QlCurveData;

/** ql_curve_new: @map: whose order it is; @base: what else was changed throughout. Returns: (transfer full) */
QlCurve *ql_curve_new (QlMap *map, QlIntervention *base, const QlCurveOptions *options,
                       const QlCurveData *data);
QlCurve *ql_curve_ref (QlCurve *self);
void ql_curve_unref (QlCurve *self);

/**
 * ql_curve_order:
 * @draw: which random order, the same at each call; -1: the map's, brightest patch first
 *
 * Returns: (transfer full): all patches, row by row from 0
 */
int *ql_curve_order (QlMap *map, int draw);
/** ql_curve_counts: @counts: (out caller-allocates): [QL_CURVE_POINTS]. Returns: how many, each once */
int ql_curve_counts (int n_patches, int *counts);

QlMap *ql_curve_get_map (QlCurve *self);
QlIntervention *ql_curve_get_base (QlCurve *self);
void ql_curve_get_options (QlCurve *self, QlCurveOptions *options);
int ql_curve_get_n_points (QlCurve *self);
/** ql_curve_get_count: patches that were taken away (deletion) or given (insertion) */
int ql_curve_get_count (QlCurve *self, int point);
/** ql_curve_get_share: of all patches, 0…1 */
double ql_curve_get_share (QlCurve *self, int point);
double ql_curve_get_value (QlCurve *self, QlCurveKind kind, int point);
/** QlCurveSpread: of the random orders. */
typedef struct
{
  double mean, least, most;
} QlCurveSpread;

void ql_curve_get_random (QlCurve *self, QlCurveKind kind, int point, QlCurveSpread *spread);
/**
 * ql_curve_get_area:
 *
 * Returns: under the map's curve, over the share of patches (trapezoids): the mean log-probability
 */
double ql_curve_get_area (QlCurve *self, QlCurveKind kind);
/** ql_curve_get_random_area: under those of the random orders, each by itself */
void ql_curve_get_random_area (QlCurve *self, QlCurveKind kind, QlCurveSpread *spread);

/** QlCurveVerdict: @QL_CURVE_AS_RANDOM: within what random orders give. */
typedef enum
{
  QL_CURVE_WORSE,
  QL_CURVE_AS_RANDOM,
  QL_CURVE_BETTER,
} QlCurveVerdict;

/** ql_curve_judge: better: a smaller area than any random order's (deletion), or a larger one (insertion) */
QlCurveVerdict ql_curve_judge (QlCurve *self, QlCurveKind kind);

/* ---- in words, translated ----------------------------------------------------------------- */

/** ql_curve_kind_title: "Deletion: patches taken away" */
const char *ql_curve_kind_title (QlCurveKind kind);
/** ql_curve_describe_areas: Returns: (transfer full): "Area −4.12; random −1.90 (−2.30 to −1.55)" */
char *ql_curve_describe_areas (QlCurve *self, QlCurveKind kind);
/** ql_curve_describe: Returns: (transfer full): a sentence: what it means for the map */
char *ql_curve_describe (QlCurve *self);
/** ql_curve_describe_how: Returns: (transfer full): what was removed and how, what else was changed */
char *ql_curve_describe_how (QlCurve *self);
/** ql_log_p_text: Returns: (transfer full): a log-probability as "−3.10" */
char *ql_log_p_text (double value);
/** ql_delta_text: Returns: (transfer full): the same with a sign: "+0.12", "−3.10", "0.00" */
char *ql_delta_text (double value);

/* ---- drawn ----------------------------------------------------------------------------------- */

/** QlCurveLook: */
typedef struct
{
  QlColor ink; /* of axes, labels and the map's line */
  QlColor random; /* of the random orders' line and band */
  double text_px;
} QlCurveLook;

/** ql_curve_look_init: for white paper */
void ql_curve_look_init (QlCurveLook *self);
/**
 * ql_curve_draw:
 *
 * Both kinds, side by side or, where that is too narrow, one below the other: the map's line is solid with dots, that of
 * random orders dashed, within a band from the least to the most.
 */
void ql_curve_draw (QlCurve *self, const QlCurveLook *look, cairo_t *cr, double x, double y, double width,
                    double height);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QlCurve, ql_curve_unref)
