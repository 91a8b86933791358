#pragma once

#include "app/lab-request.h"
#include "app/lab-test.h"
#include "app/lab.h"

/** QlLabTest: lab-test.c (what is changed), lab-test-score.c (what comes of it), lab-test-ask.c (what is asked for). */
struct _QlLabTest
{
  GObject parent_instance;

  QlLab *lab; /* it owns this */
  QlEngineService *engine;

  /* What is tested; all NULL or all there. */
  QlTurn *turn;
  QlPicture *picture;
  QlTrace *plain; /* the plain run's trace */

  /* lab-test.c */
  QlIntervention *now; /* nullable */
  GPtrArray *undo, *redo; /* of QlIntervention, the newest last */
  gboolean in_stroke, stroke_begun;
  gboolean brushes;
  QlLabTestShown shown;

  /* lab-test-score.c */
  GHashTable *scores; /* an intervention's key → QlScore */
  QlLabRequest scoring;
  GPtrArray *scored; /* of QlIntervention: what the job is about */
  gint64 scoring_since_us;
  guint impatience; /* a source */
  char *given_up; /* nullable: key of what failed or was stopped */
  GError *error;

  /* lab-test-ask.c */
  QlLabRequest tracing, asking, comparing, curving;
  QlTrace *changed; /* nullable: the last trace under an intervention */
  char *changed_key; /* of that intervention */
  char *tracing_key, *asking_key;
  GHashTable *rewrites; /* key → QlRewrite */
  QlBrightest brightest; /* map NULL: none */
  char *brightest_base; /* key of what else was changed */
  QlMap *comparing_map;
  int comparing_n;
  QlMap *curve_map;
  QlCurve *curve;
  GError *curve_error;
};

/* ---- for lab*.c ------------------------------------------------------------------------------- */

QlLabTest *ql_lab_test_new (QlLab *lab, QlEngineService *engine);
/** ql_lab_test_close: the lab ends */
void ql_lab_test_close (QlLabTest *self);
/** ql_lab_test_set_subject: @turn: (nullable): with its picture and the plain run's trace, or %NULL all three */
void ql_lab_test_set_subject (QlLabTest *self, QlTurn *turn, QlPicture *picture, QlTrace *plain);
/** ql_lab_test_forget: another picture: nothing is changed any more, nothing to be undone */
void ql_lab_test_forget (QlLabTest *self);
/** ql_lab_test_get_trace: Returns: (transfer none): what the lab is to show for the plain trace @plain */
QlTrace *ql_lab_test_get_trace (QlLabTest *self, QlTrace *plain);

/* ---- among lab-test*.c ---------------------------------------------------------------------------- */

void ql_lab_test_emit (QlLabTest *self, QlLabTestChange change);
void ql_lab_test_request (QlLabTest *self, QlTraceRequest *request);

/* Computes what is missing about the present intervention. */
void ql_lab_test_score_update (QlLabTest *self);
void ql_lab_test_score_clear (QlLabTest *self);
void ql_lab_test_take_error (QlLabTest *self, GError *error);

/* Begins the trace that is to be shown, where it lacks. */
void ql_lab_test_trace_begin (QlLabTest *self);
/* And has the lab show what there is. */
void ql_lab_test_trace_update (QlLabTest *self);
void ql_lab_test_ask_clear (QlLabTest *self);
void ql_lab_test_ask_stop (QlLabTest *self);
