#include "app/lab-mask.h"

#include <string.h>

#include "app/lab-private.h"

struct _QlLabMask
{
  GObject parent_instance;

  QlLab *lab; /* owns this */
  gboolean looking;
  char *given; /* nullable: a text in the place of the answer's */
  QlMaskPreset preset;

  char *text; /* nullable: that was read */
  QlPicture *picture; /* nullable: of which the scores are */
  QlMaskRuns *runs; /* nullable: what came of reading it */
  guint8 *cells; /* [n_rows, n_rows] */
  guint8 *preset_cells; /* the same of the preset */
  QlMaskScore score; /* of the mask as it is */
  gboolean has_score;

  QlLabRequest pending;
  gboolean is_run; /* what works is the mask, not the reading */
  GError *error;
};

enum
{
  CHANGED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (QlLabMask, ql_lab_mask, G_TYPE_OBJECT)

static void
emit_changed (QlLabMask *self)
{
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
forget_score (QlLabMask *self)
{
  g_clear_pointer (&self->score.log_probs, g_free);
  self->has_score = FALSE;
}

static void
forget_mask (QlLabMask *self)
{
  ql_lab_request_stop (&self->pending);
  forget_score (self);
  g_clear_error (&self->error);
  g_clear_pointer (&self->runs, ql_mask_runs_free);
  g_clear_pointer (&self->cells, g_free);
  g_clear_pointer (&self->preset_cells, g_free);
  g_clear_pointer (&self->text, g_free);
}

const char *
ql_lab_mask_get_text (QlLabMask *self)
{
  QlTurn *turn = ql_lab_get_turn (self->lab);

  if (self->given != NULL)
    return self->given;
  return turn != NULL ? ql_turn_get_text (turn) : "";
}

/* ---- reading the text ---- */

static void
fill (QlLabMask *self)
{
  int n = ql_lab_mask_get_n_rows (self);

  ql_mask_fill (self->preset, self->runs->n_query, self->runs->n_text, self->preset_cells);
  memcpy (self->cells, self->preset_cells, (gsize) n * (gsize) n);
  forget_score (self);
}

static void
read_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (QlLabMask) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (QlMaskRuns) runs
      = ql_engine_service_run_masks_finish (QL_ENGINE_SERVICE (source), result, &error);
  gsize n;

  if (!ql_lab_request_end_with (&self->pending, result, error, &self->error))
    return;
  if (runs != NULL)
    {
      n = (gsize) runs->n_query + (gsize) runs->n_text;
      self->runs = g_steal_pointer (&runs);
      self->cells = g_new (guint8, n * n);
      self->preset_cells = g_new (guint8, n * n);
      fill (self);
    }
  emit_changed (self);
}

/* Begins what is missing. */
static void
look (QlLabMask *self)
{
  const char *text = ql_lab_mask_get_text (self);
  QlPicture *picture = ql_lab_get_picture (self->lab);
  QlMaskRequest request = { .text = text, .presets = TRUE };

  if (g_strcmp0 (text, self->text) != 0 || picture != self->picture)
    {
      forget_mask (self);
      g_set_object (&self->picture, picture);
      emit_changed (self);
    }
  if (!self->looking || picture == NULL || *text == '\0' || self->text != NULL)
    return;
  self->text = g_strdup (text);
  self->is_run = FALSE;
  ql_engine_service_run_masks_async (self->lab->engine, picture, &request,
                                     ql_lab_request_begin (&self->pending), read_cb, g_object_ref (self));
  emit_changed (self);
}

void
ql_lab_mask_set_looking (QlLabMask *self, gboolean looking)
{
  if (looking == self->looking)
    return;
  self->looking = looking;
  if (looking)
    look (self);
}

void
ql_lab_mask_set_text (QlLabMask *self, const char *text)
{
  g_free (self->given);
  self->given = text != NULL && *text != '\0' ? g_strdup (text) : NULL;
  if (self->error != NULL || (self->runs == NULL && self->pending.cancellable == NULL))
    forget_mask (self); /* the same text is tried again */
  look (self);
}

QlAskState
ql_lab_mask_get_state (QlLabMask *self)
{
  if (self->runs != NULL)
    return QL_ASK_READY;
  if (self->pending.cancellable != NULL)
    return QL_ASK_WORKING;
  return self->error != NULL ? QL_ASK_FAILED : QL_ASK_NONE;
}

const GError *
ql_lab_mask_get_error (QlLabMask *self)
{
  return self->error;
}

/* ---- the mask ---- */

int
ql_lab_mask_get_n_queries (QlLabMask *self)
{
  return self->runs != NULL ? self->runs->n_query : 0;
}

int
ql_lab_mask_get_n_rows (QlLabMask *self)
{
  return self->runs != NULL ? self->runs->n_query + self->runs->n_text : 0;
}

static gboolean
is_written (QlLabMask *self)
{
  return self->preset == QL_MASK_ITG && self->runs->write_token != NULL;
}

const char *
ql_lab_mask_get_token (QlLabMask *self, int i)
{
  g_return_val_if_fail (self->runs != NULL && i >= 0 && i < self->runs->n_text, "");
  return i == 0 && is_written (self) ? self->runs->write_token : self->runs->tokens[i];
}

const guint8 *
ql_lab_mask_get_cells (QlLabMask *self)
{
  return self->cells;
}

static gboolean
is_inside (QlLabMask *self, int row, int column)
{
  int n = ql_lab_mask_get_n_rows (self);

  return row >= 0 && row < n && column >= 0 && column < n;
}

gboolean
ql_lab_mask_get_cell (QlLabMask *self, int row, int column)
{
  g_return_val_if_fail (is_inside (self, row, column), FALSE);
  return self->cells[row * ql_lab_mask_get_n_rows (self) + column] != 0;
}

QlMaskPreset
ql_lab_mask_get_preset (QlLabMask *self)
{
  return self->preset;
}

gboolean
ql_lab_mask_preset_cell (QlLabMask *self, int row, int column)
{
  g_return_val_if_fail (is_inside (self, row, column), FALSE);
  return self->preset_cells[row * ql_lab_mask_get_n_rows (self) + column] != 0;
}

int
ql_lab_mask_get_n_changed (QlLabMask *self)
{
  int n = ql_lab_mask_get_n_rows (self), changed = 0;

  for (int i = 0; i < n * n; i++)
    changed += self->cells[i] != self->preset_cells[i];
  return changed;
}

/* The mask is another one: what was run, or runs, is not it. */
static void
edited (QlLabMask *self)
{
  if (self->is_run)
    ql_lab_request_stop (&self->pending);
  forget_score (self);
  g_clear_error (&self->error);
  emit_changed (self);
}

void
ql_lab_mask_set_preset (QlLabMask *self, QlMaskPreset preset)
{
  g_return_if_fail ((guint) preset < QL_MASK_N_PRESETS);
  self->preset = preset;
  if (self->runs != NULL)
    fill (self);
  edited (self);
}

void
ql_lab_mask_set_cell (QlLabMask *self, int row, int column, gboolean sees)
{
  guint8 *cell;

  if (!is_inside (self, row, column))
    return;
  cell = &self->cells[row * ql_lab_mask_get_n_rows (self) + column];
  if ((*cell != 0) == sees)
    return;
  *cell = sees ? 1 : 0;
  edited (self);
}

void
ql_lab_mask_toggle (QlLabMask *self, int row, int column)
{
  int n = ql_lab_mask_get_n_rows (self);
  gboolean all = TRUE;

  if (row >= n || column >= n || (row < 0 && column < 0))
    return;
  if (row >= 0 && column >= 0)
    {
      ql_lab_mask_set_cell (self, row, column, !ql_lab_mask_get_cell (self, row, column));
      return;
    }
  for (int i = 0; i < n; i++)
    all &= self->cells[row >= 0 ? row * n + i : i * n + column] != 0;
  for (int i = 0; i < n; i++)
    self->cells[row >= 0 ? row * n + i : i * n + column] = !all;
  edited (self);
}

/* ---- running ---- */

static void
run_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (QlLabMask) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (QlMaskRuns) runs
      = ql_engine_service_run_masks_finish (QL_ENGINE_SERVICE (source), result, &error);

  if (!ql_lab_request_end_with (&self->pending, result, error, &self->error))
    return;
  if (runs != NULL)
    {
      forget_score (self);
      self->score = runs->own;
      self->score.log_probs = g_steal_pointer (&runs->own.log_probs);
      self->has_score = TRUE;
    }
  emit_changed (self);
}

void
ql_lab_mask_run (QlLabMask *self)
{
  QlMaskRequest request = { .text = self->text, .cells = self->cells };

  if (self->runs == NULL || self->pending.cancellable != NULL)
    return;
  request.n_rows = ql_lab_mask_get_n_rows (self);
  request.written = is_written (self);
  g_clear_error (&self->error);
  self->is_run = TRUE;
  ql_engine_service_run_masks_async (self->lab->engine, self->picture, &request,
                                     ql_lab_request_begin (&self->pending), run_cb, g_object_ref (self));
  emit_changed (self);
}

gboolean
ql_lab_mask_get_running (QlLabMask *self)
{
  return self->pending.cancellable != NULL;
}

void
ql_lab_mask_stop (QlLabMask *self)
{
  if (self->pending.cancellable == NULL)
    return;
  ql_lab_request_stop (&self->pending);
  emit_changed (self);
}

const QlMaskScore *
ql_lab_mask_get_preset_score (QlLabMask *self, QlMaskPreset preset)
{
  g_return_val_if_fail ((guint) preset < QL_MASK_N_PRESETS, NULL);
  return self->runs != NULL && self->runs->has_presets ? &self->runs->presets[preset] : NULL;
}

const QlMaskScore *
ql_lab_mask_get_score (QlLabMask *self)
{
  return self->has_score ? &self->score : NULL;
}

const char *
ql_lab_mask_get_model_name (QlLabMask *self)
{
  return self->runs != NULL ? self->runs->model_name : NULL;
}

/* ---- life ---- */

static void
lab_changed_cb (QlLab *lab, guint change, QlLabMask *self)
{
  if ((change & QL_LAB_CHANGED_TRACE) == 0)
    return;
  /* Another picture's text is another one. */
  if (ql_lab_get_picture (self->lab) != self->picture)
    g_clear_pointer (&self->given, g_free);
  look (self);
}

void
ql_lab_mask_leave (QlLabMask *self)
{
  ql_lab_request_stop (&self->pending);
  if (self->lab != NULL)
    g_signal_handlers_disconnect_by_data (self->lab, self);
}

static void
ql_lab_mask_finalize (GObject *object)
{
  QlLabMask *self = QL_LAB_MASK (object);

  forget_mask (self);
  g_free (self->given);
  g_clear_object (&self->picture);
  G_OBJECT_CLASS (ql_lab_mask_parent_class)->finalize (object);
}

static void
ql_lab_mask_class_init (QlLabMaskClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ql_lab_mask_finalize;
  signals[CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 0);
}

static void
ql_lab_mask_init (QlLabMask *self)
{
  self->preset = QL_MASK_ITM;
}

QlLabMask *
ql_lab_get_mask (QlLab *lab)
{
  QlLabMask *self = lab->mask;

  if (self != NULL)
    return self;
  self = lab->mask = g_object_new (QL_TYPE_LAB_MASK, NULL);
  self->lab = lab;
  g_signal_connect_object (lab, "changed", G_CALLBACK (lab_changed_cb), self, 0);
  look (self);
  return self;
}
