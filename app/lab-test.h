#pragma once

#include "app/engine-test.h"

/** QlLabTestState: of the answer's score under the intervention. */
typedef enum
{
  QL_LAB_TEST_IMPOSSIBLE, /* there is no answer with its picture and a model that could read it */
  QL_LAB_TEST_PLAIN, /* nothing is changed */
  QL_LAB_TEST_WORKING,
  QL_LAB_TEST_READY,
  QL_LAB_TEST_FAILED,
  QL_LAB_TEST_STOPPED,
} QlLabTestState;

/** QlLabTestShown: which run's maps are shown. */
typedef enum
{
  QL_LAB_TEST_SHOW_PLAIN,
  QL_LAB_TEST_SHOW_CHANGED, /* the same answer, read under the intervention */
  QL_LAB_TEST_SHOW_REWRITTEN, /* the answer that was written under it */
} QlLabTestShown;

/** QlLabTestChange: what of it changed. */
typedef enum
{
  QL_LAB_TEST_CHANGED_INTERVENTION = 1 << 0, /* what is changed; and with it, all of the following */
  QL_LAB_TEST_CHANGED_SCORE = 1 << 1, /* the score, the state or how far it is */
  QL_LAB_TEST_CHANGED_ANSWER = 1 << 2,
  QL_LAB_TEST_CHANGED_BRIGHTEST = 1 << 3,
  QL_LAB_TEST_CHANGED_CURVE = 1 << 4,
  QL_LAB_TEST_CHANGED_MODE = 1 << 5, /* whether patches are brushed, which run is shown */
} QlLabTestChange;

/** QL_LAB_TEST_DRAWS: so many times random patches are drawn, to compare with */
#define QL_LAB_TEST_DRAWS 8

/** QlBrightest: what dropping a map's brightest patches does, beside random ones. */
typedef struct
{
  QlMap *map; /* whose */
  int n; /* patches */
  double delta; /* change of the answer's log-probability */
  QlCurveSpread random; /* the same of as many random patches */
} QlBrightest;

#define QL_TYPE_LAB_TEST (ql_lab_test_get_type ())
G_DECLARE_FINAL_TYPE (QlLabTest, ql_lab_test, QL, LAB_TEST, GObject)

/**
 * QlLabTest:
 *
 * Tests what is looked at: what is changed in the run of the answer, and what comes of it. Belongs to a QlLab.
 *
 * After each change the model reads the answer once more, under the intervention, and tells how probable it holds it now.
 * While it reads, further changes wait, and only the newest is read next; a reading that lasts is stopped for it. What was
 * read is kept until the model changes, so that going back and forth costs nothing. The conversation's own
 * answers are never changed.
 *
 * Signals: "changed" (QlLabTestChange).
 *
 * Threads: that of the main context it was created in.
 */

/** ql_lab_test_get_intervention: Returns: (nullable) (transfer none): %NULL where there is nothing to change */
QlIntervention *ql_lab_test_get_intervention (QlLabTest *self);
/** ql_lab_test_set_intervention: one step to undo, unless within a stroke. @intervention: of the answer's sizes */
void ql_lab_test_set_intervention (QlLabTest *self, QlIntervention *intervention);
/** ql_lab_test_begin_stroke: what is changed until ql_lab_test_end_stroke() is one step to undo */
void ql_lab_test_begin_stroke (QlLabTest *self);
void ql_lab_test_end_stroke (QlLabTest *self);
gboolean ql_lab_test_can_undo (QlLabTest *self);
void ql_lab_test_undo (QlLabTest *self);
gboolean ql_lab_test_can_redo (QlLabTest *self);
void ql_lab_test_redo (QlLabTest *self);

/** ql_lab_test_is_possible: whether something can be changed */
gboolean ql_lab_test_is_possible (QlLabTest *self);
QlLabTestState ql_lab_test_get_state (QlLabTest *self);
/** ql_lab_test_get_fraction: of the work for the score, else for the new answer, else for the comparison */
double ql_lab_test_get_fraction (QlLabTest *self);
/** ql_lab_test_get_error: Returns: (nullable) (transfer none): why the last thing that was asked for failed */
const GError *ql_lab_test_get_error (QlLabTest *self);
/** ql_lab_test_stop: ends the work for score, new answer and comparison; what was changed stays */
void ql_lab_test_stop (QlLabTest *self);
/** ql_lab_test_try_again: after it failed or was stopped */
void ql_lab_test_try_again (QlLabTest *self);

/** ql_lab_test_get_plain: Returns: (nullable) (transfer none): the answer's score in the plain run, once known */
const QlScore *ql_lab_test_get_plain (QlLabTest *self);
/** ql_lab_test_get_score: Returns: (nullable) (transfer none): that under the intervention; %NULL while it is not ready */
const QlScore *ql_lab_test_get_score (QlLabTest *self);
/** ql_lab_test_get_delta: Returns: the change of the answer's log-probability; NAN: not known */
double ql_lab_test_get_delta (QlLabTest *self);
/** ql_lab_test_get_word_delta: Returns: that of a word of the plain trace; NAN: not known */
double ql_lab_test_get_word_delta (QlLabTest *self, int word);

/* ---- asked for -------------------------------------------------------------------------- */

/** ql_lab_test_ask_again: has the answer written anew under the intervention, as the first one was */
void ql_lab_test_ask_again (QlLabTest *self);
gboolean ql_lab_test_is_asking (QlLabTest *self);
/** ql_lab_test_get_rewrite: Returns: (nullable) (transfer none): what was written under the present intervention */
const QlRewrite *ql_lab_test_get_rewrite (QlLabTest *self);

/**
 * ql_lab_test_drop_brightest:
 * @map: of the plain run
 *
 * Drops a map's @n brightest patches in place of those that were dropped, and compares with as many random ones, on top
 * of what else is changed.
 */
void ql_lab_test_drop_brightest (QlLabTest *self, QlMap *map, int n);
gboolean ql_lab_test_is_comparing (QlLabTest *self);
/** ql_lab_test_get_brightest: Returns: (nullable) (transfer none): of the last time, while it is true */
const QlBrightest *ql_lab_test_get_brightest (QlLabTest *self);

/** ql_lab_test_start_curve: @map: of the plain run; what is changed besides patches is changed throughout */
void ql_lab_test_start_curve (QlLabTest *self, QlMap *map, const QlCurveOptions *options);
void ql_lab_test_stop_curve (QlLabTest *self);
/** ql_lab_test_get_curve_map: Returns: (nullable) (transfer none): whose curve is being made */
QlMap *ql_lab_test_get_curve_map (QlLabTest *self);
double ql_lab_test_get_curve_fraction (QlLabTest *self);
/** ql_lab_test_get_curve: Returns: (nullable) (transfer none): the last one */
QlCurve *ql_lab_test_get_curve (QlLabTest *self);
/** ql_lab_test_get_curve_error: Returns: (nullable) (transfer none) */
const GError *ql_lab_test_get_curve_error (QlLabTest *self);

/* ---- modes ------------------------------------------------------------------------------------ */

gboolean ql_lab_test_get_brushes (QlLabTest *self);
/** ql_lab_test_set_brushes: whether dragging over the picture drops patches */
void ql_lab_test_set_brushes (QlLabTest *self, gboolean brushes);
QlLabTestShown ql_lab_test_get_shown (QlLabTest *self);
/** ql_lab_test_set_shown: whose maps the lab shows; computed when there are none yet */
void ql_lab_test_set_shown (QlLabTest *self, QlLabTestShown shown);
