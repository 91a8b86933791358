#include <math.h>
#include <string.h>

#include "app/lesson-check-private.h"

/* What predicates may ask for. Each function leaves @out unknown where there is no such thing now. */

static void
count_seen (const QlLessonScope *scope, QlLessonSeenKind what, QlLessonValue *out)
{
  out->known = TRUE;
  out->number = scope->seen != NULL ? ql_lesson_seen_count (scope->seen, what) : 0;
}

/* ---- helpers ---- */

static void
set_number (QlLessonValue *out, double value)
{
  out->known = TRUE;
  out->number = value;
}

static void
set_truth (QlLessonValue *out, gboolean value)
{
  out->known = TRUE;
  out->truth = value;
}

static void
set_text (QlLessonValue *out, const char *value)
{
  out->known = value != NULL;
  out->text = value;
}

/* The turn that is looked at; where a file is, none. */
static QlTurn *
get_turn (const QlLessonScope *scope)
{
  QlTurn *turn = ql_lab_get_turn (scope->lab);

  return turn != NULL && ql_turn_get_state (turn) == QL_TURN_DONE ? turn : NULL;
}

/* The answer before it to the same question. */
static QlTurn *
get_earlier (const QlLessonScope *scope)
{
  QlTurn *turn = get_turn (scope), *found = NULL;
  GListModel *turns = scope->conversation != NULL ? ql_conversation_get_turns (scope->conversation) : NULL;

  for (guint i = 0; turn != NULL && turns != NULL && i < g_list_model_get_n_items (turns); i++)
    {
      g_autoptr (QlTurn) other = g_list_model_get_item (turns, i);

      if (other == turn)
        break;
      if (ql_turn_get_state (other) == QL_TURN_DONE
          && g_strcmp0 (ql_turn_get_question (other), ql_turn_get_question (turn)) == 0)
        found = other; /* the list keeps it */
    }
  return found;
}

static double
log_probability (QlTurn *turn)
{
  const GArray *tokens = turn != NULL ? ql_turn_get_tokens (turn) : NULL;
  double sum = tokens != NULL && tokens->len > 0 ? 0 : NAN;

  for (guint i = 0; tokens != NULL && i < tokens->len; i++)
    sum += log (g_array_index (tokens, QlSavedToken, i).probability);
  return sum;
}

static double
n_tokens (QlTurn *turn)
{
  const GArray *tokens = turn != NULL ? ql_turn_get_tokens (turn) : NULL;

  return tokens != NULL ? tokens->len : NAN;
}

/* As people write it: letters' case, and marks around it, do not count. */
static char *
plain (const char *text)
{
  g_autofree char *folded = g_utf8_casefold (text, -1);
  char *begin = folded, *end = folded + strlen (folded);

  while (*begin != '\0' && (g_ascii_isspace (*begin) || g_ascii_ispunct (*begin)))
    begin++;
  while (end > begin && (g_ascii_isspace (end[-1]) || g_ascii_ispunct (end[-1])))
    end--;
  return g_strndup (begin, (gsize) (end - begin));
}

static gboolean
is_same (const char *a, const char *b)
{
  g_autofree char *plain_a = plain (a), *plain_b = plain (b);

  return strcmp (plain_a, plain_b) == 0;
}

static const char *
get_answer (const QlLessonScope *scope)
{
  QlTurn *turn = get_turn (scope);
  QlTrace *trace = ql_lab_get_trace (scope->lab);

  return turn != NULL ? ql_turn_get_text (turn) : trace != NULL ? ql_trace_get_text (trace) : NULL;
}

static const char *
action_state (const QlLessonScope *scope, const char *name)
{
  g_autoptr (GVariant) state = NULL;

  if (scope->actions == NULL || !g_action_group_has_action (scope->actions, name))
    return NULL;
  state = g_action_group_get_action_state (scope->actions, name);
  if (state == NULL || !g_variant_is_of_type (state, G_VARIANT_TYPE_STRING))
    return NULL;
  /* Names that the program gives: there are few. */
  return g_intern_string (g_variant_get_string (state, NULL));
}

/* ---- the functions; F declares one, with the trace and map that it needs ---- */

#define F(name) static void name (const QlLessonScope *scope, const QlLessonValue *args, QlLessonValue *out)

#define NEED_TRACE                                                                                           \
  QlTrace *trace = ql_lab_get_trace (scope->lab);                                                            \
  if (trace == NULL)                                                                                         \
  return

#define NEED_MAP                                                                                             \
  QlMap *map = ql_lab_get_map (scope->lab);                                                                  \
  if (map == NULL)                                                                                           \
  return

/* One line each: a number of the trace, or of the map. */
#define OF_TRACE(name, expression)                                                                           \
  F (name)                                                                                                   \
  {                                                                                                          \
    NEED_TRACE;                                                                                              \
    set_number (out, (expression));                                                                          \
  }
#define OF_MAP(name, expression)                                                                             \
  F (name)                                                                                                   \
  {                                                                                                          \
    NEED_MAP;                                                                                                \
    set_number (out, (expression));                                                                          \
  }
#define SEEN(name, what)                                                                                     \
  F (name) { count_seen (scope, what, out); }

OF_TRACE (queries, ql_trace_get_n_queries (trace))
OF_TRACE (layers, ql_trace_get_n_layers (trace))
OF_TRACE (heads, ql_trace_get_n_heads (trace))
OF_TRACE (words, ql_trace_get_n_words (trace))
OF_TRACE (columns, ql_trace_get_columns (trace))
OF_TRACE (rows, ql_trace_get_rows (trace))
OF_TRACE (outliers, ql_trace_get_n_outliers (trace))
OF_TRACE (layer, ql_trace_get_layer_number (trace, ql_lab_get_layer (scope->lab)))

OF_MAP (cls, ql_map_get_cls (map))
OF_MAP (entropy, ql_map_get_entropy (map))
OF_MAP (max_entropy, ql_map_get_max_entropy (map))
OF_MAP (uniform, ql_map_get_uniform (map))
OF_MAP (query_share, ql_map_get_query_share (map))

SEEN (seen_queries, QL_LESSON_SEEN_QUERY)
SEEN (seen_layers, QL_LESSON_SEEN_LAYER)
SEEN (seen_heads, QL_LESSON_SEEN_HEAD)
SEEN (seen_words, QL_LESSON_SEEN_WORD)
SEEN (seen_patches, QL_LESSON_SEEN_PATCH)
SEEN (seen_methods, QL_LESSON_SEEN_METHOD)
SEEN (seen_maps, QL_LESSON_SEEN_MAP)

F (query)
{
  if (ql_lab_get_trace (scope->lab) != NULL)
    set_number (out, ql_lab_get_query (scope->lab));
}

/* -1: none */
F (word)
{
  if (ql_lab_get_trace (scope->lab) != NULL)
    set_number (out, ql_lab_get_word (scope->lab));
}

/* -1 while no single head is shown */
F (head)
{
  if (ql_lab_get_trace (scope->lab) != NULL)
    set_number (out, ql_lab_get_method (scope->lab) == QL_MAP_HEAD ? ql_lab_get_head (scope->lab) : -1);
}

/* -1: no patch is chosen */
F (column)
{
  int at = -1;

  if (ql_lab_get_trace (scope->lab) == NULL)
    return;
  ql_lab_get_patch (scope->lab, &at, NULL);
  set_number (out, at);
}

F (row)
{
  int at = -1;

  if (ql_lab_get_trace (scope->lab) == NULL)
    return;
  ql_lab_get_patch (scope->lab, NULL, &at);
  set_number (out, at);
}

static gboolean
get_cell (QlMap *map, const QlLessonValue *args, int *x, int *y)
{
  if (!(args[0].number >= 0 && args[0].number < ql_map_get_columns (map) && args[1].number >= 0
        && args[1].number < ql_map_get_rows (map)))
    return FALSE;
  *x = (int) args[0].number;
  *y = (int) args[1].number;
  return TRUE;
}

F (value)
{
  int x, y;

  NEED_MAP;
  if (get_cell (map, args, &x, &y))
    set_number (out, ql_map_get_value (map, x, y));
}

F (ratio)
{
  int x, y;

  NEED_MAP;
  if (get_cell (map, args, &x, &y))
    set_number (out, ql_map_get_ratio (map, x, y));
}

static void
get_peak (const QlLessonScope *scope, QlMap *map, QlMapCell *cell)
{
  ql_map_get_peak (map, ql_lab_get_hides_outliers (scope->lab), cell);
}

F (peak)
{
  QlMapCell cell;

  NEED_MAP;
  get_peak (scope, map, &cell);
  set_number (out, cell.value);
}

F (peak_column)
{
  QlMapCell cell;

  NEED_MAP;
  get_peak (scope, map, &cell);
  set_number (out, cell.column);
}

F (peak_row)
{
  QlMapCell cell;

  NEED_MAP;
  get_peak (scope, map, &cell);
  set_number (out, cell.row);
}

F (overlap)
{
  QlMapBox box = { args[0].number, args[1].number, args[2].number, args[3].number };

  NEED_MAP;
  if (box.x >= 0 && box.y >= 0 && box.width > 0 && box.height > 0 && box.x + box.width <= 1 + 1e-6
      && box.y + box.height <= 1 + 1e-6)
    set_number (out, ql_map_get_overlap (map, &box));
}

F (word_weight)
{
  g_autofree double *weights = NULL;
  int selected = ql_lab_get_word (scope->lab);

  NEED_TRACE;
  if (selected < 0 || !(args[0].number >= 0 && args[0].number < ql_trace_get_n_queries (trace)))
    return;
  weights = g_new0 (double, ql_trace_get_n_queries (trace));
  if (ql_trace_get_word_weights (trace, selected, QL_LM_MEAN, weights) > 0)
    set_number (out, weights[(int) args[0].number]);
}

F (word_share)
{
  g_autofree double *weights = NULL;
  int selected = ql_lab_get_word (scope->lab);

  NEED_TRACE;
  if (selected < 0)
    return;
  weights = g_new0 (double, ql_trace_get_n_queries (trace));
  set_number (out, ql_trace_get_word_weights (trace, selected, QL_LM_MEAN, weights));
}

F (top_query)
{
  g_autoptr (GArray) top = NULL;
  int selected = ql_lab_get_word (scope->lab);

  NEED_TRACE;
  if (selected < 0)
    return;
  top = ql_trace_top_queries (trace, selected, QL_LM_MEAN, 1);
  if (top->len > 0)
    set_number (out, g_array_index (top, QlQueryWeight, 0).query);
}

F (probability)
{
  int selected = ql_lab_get_word (scope->lab);

  NEED_TRACE;
  if (selected >= 0)
    set_number (out, ql_trace_get_word (trace, selected)->probability);
}

F (word_is)
{
  int selected = ql_lab_get_word (scope->lab);

  NEED_TRACE;
  set_truth (out, selected >= 0 && is_same (ql_trace_get_word_text (trace, selected), args[0].text));
}

F (answer_is)
{
  const char *text = get_answer (scope);

  if (text != NULL)
    set_truth (out, is_same (text, args[0].text));
}

F (answer_has)
{
  const char *text = get_answer (scope);
  g_autofree char *all = text != NULL ? g_utf8_casefold (text, -1) : NULL;
  g_autofree char *part = g_utf8_casefold (args[0].text, -1);

  if (all != NULL)
    set_truth (out, strstr (all, part) != NULL);
}

F (answer) { set_text (out, get_answer (scope)); }

/* "" for a description */
F (question)
{
  QlTurn *turn = get_turn (scope);

  if (turn != NULL)
    set_text (out, ql_turn_get_question (turn) != NULL ? ql_turn_get_question (turn) : "");
}

F (asked)
{
  QlTurn *turn = get_turn (scope);

  if (turn != NULL)
    set_truth (out,
               ql_turn_get_question (turn) != NULL && is_same (ql_turn_get_question (turn), args[0].text));
}

F (answers)
{
  GListModel *turns = scope->conversation != NULL ? ql_conversation_get_turns (scope->conversation) : NULL;
  guint n = turns != NULL ? g_list_model_get_n_items (turns) : 0;
  int done = 0;

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (QlTurn) turn = g_list_model_get_item (turns, i);

      done += ql_turn_get_state (turn) == QL_TURN_DONE;
    }
  set_number (out, done);
}

F (tokens) { set_number (out, n_tokens (get_turn (scope))); }

F (earlier_tokens) { set_number (out, n_tokens (get_earlier (scope))); }

F (log_p) { set_number (out, log_probability (get_turn (scope))); }

F (earlier_log_p) { set_number (out, log_probability (get_earlier (scope))); }

F (beams)
{
  QlTurn *turn = get_turn (scope);

  if (turn != NULL)
    set_number (out, ql_turn_get_style (turn)->knobs[QL_KNOB_BEAMS]);
}

F (length_penalty)
{
  QlTurn *turn = get_turn (scope);

  if (turn != NULL)
    set_number (out, ql_turn_get_style (turn)->knobs[QL_KNOB_LENGTH_PENALTY]);
}

F (opacity) { set_number (out, ql_lab_get_opacity (scope->lab)); }

F (method) { set_text (out, ql_map_method_to_string (ql_lab_get_method (scope->lab))); }

F (style) { set_text (out, ql_map_style_to_string (ql_lab_get_style (scope->lab))); }

F (scale) { set_text (out, ql_lab_get_scale (scope->lab) == QL_MAP_SCALE_OWN ? "own" : "shared"); }

F (atlas) { set_text (out, ql_lab_get_atlas (scope->lab) == QL_LAB_ATLAS_QUERIES ? "queries" : "heads"); }

F (sort)
{
  static const char *const names[] = { "none", "entropy", "cls", "peak", "overlap" };

  set_text (out, names[ql_lab_get_sort (scope->lab)]);
}

F (overlay) { set_truth (out, ql_lab_get_overlay (scope->lab)); }

F (hides_outliers) { set_truth (out, ql_lab_get_hides_outliers (scope->lab)); }

F (box) { set_truth (out, ql_lab_get_box (scope->lab) != NULL); }

F (page) { set_text (out, action_state (scope, "page")); }

F (mask) { set_text (out, action_state (scope, "mask-preset")); }

/* "head", "layer" or "query": whether the selected one is muted. */
F (muted)
{
  g_autofree char *name = g_strdup_printf ("test-mute-%s", args[0].text);
  g_autoptr (GVariant) state = NULL;

  if (scope->actions != NULL && g_action_group_has_action (scope->actions, name))
    state = g_action_group_get_action_state (scope->actions, name);
  if (state != NULL && g_variant_is_of_type (state, G_VARIANT_TYPE_BOOLEAN))
    set_truth (out, g_variant_get_boolean (state));
}

F (delta_log_p)
{
  if (scope->delta_log_p != NULL)
    set_number (out, scope->delta_log_p (scope->data));
}

F (is_true) { set_truth (out, TRUE); }

F (is_false) { set_truth (out, FALSE); }

F (near) { set_truth (out, fabs (args[0].number - args[1].number) <= args[2].number); }

F (magnitude) { set_number (out, fabs (args[0].number)); }

F (smaller) { set_number (out, MIN (args[0].number, args[1].number)); }

F (larger) { set_number (out, MAX (args[0].number, args[1].number)); }

#define N QL_LESSON_NUMBER
#define T QL_LESSON_TRUTH
#define S QL_LESSON_TEXT

static const QlLessonFunction functions[] = {
  { "true", T, "", FALSE, is_true },
  { "false", T, "", FALSE, is_false },
  { "abs", N, "n", FALSE, magnitude },
  { "min", N, "nn", FALSE, smaller },
  { "max", N, "nn", FALSE, larger },
  { "near", T, "nnn", FALSE, near },
  /* sizes */
  { "queries", N, "", FALSE, queries },
  { "layers", N, "", FALSE, layers },
  { "heads", N, "", FALSE, heads },
  { "words", N, "", FALSE, words },
  { "columns", N, "", FALSE, columns },
  { "rows", N, "", FALSE, rows },
  { "outliers", N, "", FALSE, outliers },
  /* what is selected */
  { "query", N, "", FALSE, query },
  { "layer", N, "", FALSE, layer },
  { "head", N, "", FALSE, head },
  { "method", S, "", FALSE, method },
  { "word", N, "", FALSE, word },
  { "word_is", T, "s", FALSE, word_is },
  { "column", N, "", FALSE, column },
  { "row", N, "", FALSE, row },
  { "box", T, "", FALSE, box },
  { "atlas", S, "", FALSE, atlas },
  { "sort", S, "", FALSE, sort },
  { "overlay", T, "", FALSE, overlay },
  { "style", S, "", FALSE, style },
  { "opacity", N, "", FALSE, opacity },
  { "scale", S, "", FALSE, scale },
  { "hides_outliers", T, "", FALSE, hides_outliers },
  { "page", S, "", TRUE, page },
  { "mask", S, "", TRUE, mask },
  /* of the selected map */
  { "value", N, "nn", FALSE, value },
  { "ratio", N, "nn", FALSE, ratio },
  { "peak", N, "", FALSE, peak },
  { "peak_column", N, "", FALSE, peak_column },
  { "peak_row", N, "", FALSE, peak_row },
  { "cls", N, "", FALSE, cls },
  { "entropy", N, "", FALSE, entropy },
  { "max_entropy", N, "", FALSE, max_entropy },
  { "uniform", N, "", FALSE, uniform },
  { "query_share", N, "", FALSE, query_share },
  { "overlap", N, "nnnn", FALSE, overlap },
  /* of the selected word */
  { "word_weight", N, "n", FALSE, word_weight },
  { "word_share", N, "", FALSE, word_share },
  { "top_query", N, "", FALSE, top_query },
  { "probability", N, "", FALSE, probability },
  /* of the answer */
  { "answer", S, "", FALSE, answer },
  { "answer_is", T, "s", FALSE, answer_is },
  { "answer_has", T, "s", FALSE, answer_has },
  { "question", S, "", FALSE, question },
  { "asked", T, "s", FALSE, asked },
  { "answers", N, "", FALSE, answers },
  { "tokens", N, "", FALSE, tokens },
  { "log_p", N, "", FALSE, log_p },
  { "earlier_tokens", N, "", FALSE, earlier_tokens },
  { "earlier_log_p", N, "", FALSE, earlier_log_p },
  { "beams", N, "", FALSE, beams },
  { "length_penalty", N, "", FALSE, length_penalty },
  /* of an intervention */
  { "muted", T, "s", TRUE, muted },
  { "delta_log_p", N, "", TRUE, delta_log_p },
  /* since the step began */
  { "seen_queries", N, "", FALSE, seen_queries },
  { "seen_layers", N, "", FALSE, seen_layers },
  { "seen_heads", N, "", FALSE, seen_heads },
  { "seen_words", N, "", FALSE, seen_words },
  { "seen_patches", N, "", FALSE, seen_patches },
  { "seen_methods", N, "", FALSE, seen_methods },
  { "seen_maps", N, "", FALSE, seen_maps },
};

const QlLessonFunction *
ql_lesson_functions (guint *n)
{
  *n = G_N_ELEMENTS (functions);
  return functions;
}

const QlLessonFunction *
ql_lesson_function_find (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (functions); i++)
    if (strcmp (functions[i].name, name) == 0)
      return &functions[i];
  return NULL;
}

/* The longest common beginning decides; mistakes are mostly at the end. */
const char *
ql_lesson_function_like (const char *name)
{
  const char *best = NULL;
  gsize longest = 2;

  for (guint i = 0; i < G_N_ELEMENTS (functions); i++)
    {
      gsize n = 0;

      while (name[n] != '\0' && name[n] == functions[i].name[n])
        n++;
      if (n > longest)
        {
          longest = n;
          best = functions[i].name;
        }
    }
  return best;
}
