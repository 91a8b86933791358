#include "app/lesson-state.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

/* The one table of what lessons can set, and of what can be locked. */

typedef enum
{
  KIND_NONE, /* no value */
  KIND_INT,
  KIND_NUMBER,
  KIND_BOOL, /* on, off */
  KIND_ENUM,
  KIND_TEXT,
  KIND_LAYER, /* a number, first or last */
  KIND_WORD, /* a number, none, or the word itself */
  KIND_CELL, /* column and row, or none */
  KIND_BOX, /* four shares, or none */
} Kind;

typedef struct Row Row;

struct QlLessonSetting
{
  const Row *row;
  int n;
  double values[4];
  char *text; /* nullable */
};

struct Row
{
  const char *name;
  Kind kind;
  double least, most;
  const char *const *names; /* of KIND_ENUM */
  gboolean needs_trace;
  QlLessonApplied (*set) (const QlLessonSetting *self, const QlLessonTarget *target);
  char *(*get) (const QlLessonTarget *target); /* nullable: not put back */
};

#define NO_VALUE(self) ((self)->n == 0 && (self)->text == NULL)

/* ---- what each does ---- */

#define SET(name) static QlLessonApplied name (const QlLessonSetting *self, const QlLessonTarget *target)
#define GET(name) static char *name (const QlLessonTarget *target)

static QlTrace *
trace_of (const QlLessonTarget *target)
{
  return ql_lab_get_trace (target->lab);
}

SET (set_query)
{
  if (self->values[0] >= ql_trace_get_n_queries (trace_of (target)))
    return QL_LESSON_UNKNOWN;
  ql_lab_set_query (target->lab, (int) self->values[0]);
  return QL_LESSON_APPLIED;
}

GET (get_query) { return g_strdup_printf ("%d", ql_lab_get_query (target->lab)); }

static int
find_layer (const QlLessonSetting *self, QlTrace *trace)
{
  if (self->text != NULL)
    return g_str_equal (self->text, "first") ? 0 : ql_trace_get_n_layers (trace) - 1;
  return ql_trace_find_layer (trace, (int) self->values[0]);
}

SET (set_layer)
{
  int nth = find_layer (self, trace_of (target));

  if (nth < 0)
    return QL_LESSON_UNKNOWN;
  ql_lab_set_layer (target->lab, nth);
  return QL_LESSON_APPLIED;
}

GET (get_layer)
{
  return g_strdup_printf ("%d",
                          ql_trace_get_layer_number (trace_of (target), ql_lab_get_layer (target->lab)));
}

SET (set_head)
{
  if (self->values[0] >= ql_trace_get_n_heads (trace_of (target)))
    return QL_LESSON_UNKNOWN;
  ql_lab_set_head (target->lab, (int) self->values[0]);
  return QL_LESSON_APPLIED;
}

GET (get_head) { return g_strdup_printf ("%d", ql_lab_get_head (target->lab)); }

SET (set_method)
{
  QlMapKey key;

  ql_lab_get_key (target->lab, &key);
  key.method = (QlMapMethod) self->values[0];
  if (!ql_map_is_possible (trace_of (target), &key))
    return QL_LESSON_UNKNOWN;
  ql_lab_set_key (target->lab, &key);
  return QL_LESSON_APPLIED;
}

GET (get_method) { return g_strdup (ql_map_method_to_string (ql_lab_get_method (target->lab))); }

static char *
bare (const char *word)
{
  g_autofree char *folded = g_utf8_casefold (word, -1);

  return g_strdup (g_strdelimit (g_strstrip (folded), ",.;:!?", '\0'));
}

/* The first of that text. */
static int
find_word (const QlLessonSetting *self, QlTrace *trace)
{
  g_autofree char *wanted = NULL;

  if (self->text == NULL)
    return self->n == 0 ? -1 : self->values[0] < ql_trace_get_n_words (trace) ? (int) self->values[0] : -2;
  wanted = bare (self->text);
  for (int i = 0; i < ql_trace_get_n_words (trace); i++)
    {
      g_autofree char *word = bare (ql_trace_get_word_text (trace, i));

      if (g_str_equal (word, wanted))
        return i;
    }
  return -2;
}

SET (set_word)
{
  int word = find_word (self, trace_of (target));

  if (word < -1)
    return QL_LESSON_UNKNOWN;
  /* Also where it is selected already: the query follows. */
  if (word == ql_lab_get_word (target->lab))
    ql_lab_set_word (target->lab, -1);
  ql_lab_set_word (target->lab, word);
  return QL_LESSON_APPLIED;
}

GET (get_word)
{
  int word = ql_lab_get_word (target->lab);

  return word < 0 ? g_strdup ("none") : g_strdup_printf ("%d", word);
}

SET (set_patch)
{
  QlTrace *trace = trace_of (target);

  if (self->n == 2
      && (self->values[0] >= ql_trace_get_columns (trace) || self->values[1] >= ql_trace_get_rows (trace)))
    return QL_LESSON_UNKNOWN;
  ql_lab_set_patch (target->lab, self->n == 2 ? (int) self->values[0] : -1, (int) self->values[1]);
  return QL_LESSON_APPLIED;
}

GET (get_patch)
{
  int column, row;

  return ql_lab_get_patch (target->lab, &column, &row) ? g_strdup_printf ("%d %d", column, row)
                                                       : g_strdup ("none");
}

SET (set_box)
{
  QlMapBox box = { self->values[0], self->values[1], self->values[2], self->values[3] };

  ql_lab_set_box (target->lab, self->n == 4 ? &box : NULL);
  return QL_LESSON_APPLIED;
}

GET (get_box)
{
  const QlMapBox *box = ql_lab_get_box (target->lab);
  char number[4][G_ASCII_DTOSTR_BUF_SIZE];

  if (box == NULL)
    return g_strdup ("none");
  g_ascii_formatd (number[0], sizeof number[0], "%.6f", box->x);
  g_ascii_formatd (number[1], sizeof number[1], "%.6f", box->y);
  g_ascii_formatd (number[2], sizeof number[2], "%.6f", box->width);
  g_ascii_formatd (number[3], sizeof number[3], "%.6f", box->height);
  return g_strdup_printf ("%s %s %s %s", number[0], number[1], number[2], number[3]);
}

SET (set_atlas)
{
  ql_lab_set_atlas (target->lab, (QlLabAtlas) self->values[0]);
  return QL_LESSON_APPLIED;
}

SET (set_sort)
{
  ql_lab_set_sort (target->lab, (QlMapSort) self->values[0]);
  return QL_LESSON_APPLIED;
}

SET (set_overlay)
{
  ql_lab_set_overlay (target->lab, self->values[0] > 0);
  return QL_LESSON_APPLIED;
}

SET (set_style)
{
  ql_lab_set_style (target->lab, (QlMapStyle) self->values[0]);
  return QL_LESSON_APPLIED;
}

SET (set_opacity)
{
  ql_lab_set_opacity (target->lab, self->values[0]);
  return QL_LESSON_APPLIED;
}

SET (set_scale)
{
  ql_lab_set_scale (target->lab, (QlMapScale) self->values[0]);
  return QL_LESSON_APPLIED;
}

SET (set_hide_outliers)
{
  ql_lab_set_hides_outliers (target->lab, self->values[0] > 0);
  return QL_LESSON_APPLIED;
}

static const char *const on_off[] = { "off", "on", NULL };
static const char *const methods[] = { "head", "mean", "max", "rollout", NULL };
static const char *const styles[] = { "cells", "smooth", "spotlight", NULL };
static const char *const scales[] = { "own", "shared", NULL };
static const char *const atlases[] = { "heads", "queries", NULL };
static const char *const sorts[] = { "none", "entropy", "cls", "peak", "overlap", NULL };
static const char *const presets[] = { "auto", "describe", "short", "creative", NULL };
static const char *const pages[] = { "chat", "attention", "pipeline", "masks", NULL };
static const char *const masks[] = { "itc", "itm", "itg", NULL };

GET (get_atlas) { return g_strdup (atlases[ql_lab_get_atlas (target->lab)]); }

GET (get_sort) { return g_strdup (sorts[ql_lab_get_sort (target->lab)]); }

/* ---- what the window does ---- */

gboolean
ql_lesson_target_has_page (const QlLessonTarget *self, const char *page)
{
  return self->actions != NULL && g_action_group_has_action (self->actions, "page") && self->has_page != NULL
         && self->has_page (page, self->data);
}

SET (set_page)
{
  const char *page = pages[(int) self->values[0]];

  if (!ql_lesson_target_has_page (target, page))
    return QL_LESSON_NO_WINDOW;
  g_action_group_change_action_state (target->actions, "page", g_variant_new_string (page));
  return QL_LESSON_APPLIED;
}

GET (get_page)
{
  g_autoptr (GVariant) state = target->actions != NULL && g_action_group_has_action (target->actions, "page")
                                   ? g_action_group_get_action_state (target->actions, "page")
                                   : NULL;

  return state != NULL ? g_variant_dup_string (state, NULL) : NULL;
}

SET (set_mask)
{
  if (target->actions == NULL || !g_action_group_has_action (target->actions, "mask-preset"))
    return QL_LESSON_NO_WINDOW;
  g_action_group_activate_action (target->actions, "mask-preset",
                                  g_variant_new_string (masks[(int) self->values[0]]));
  return QL_LESSON_APPLIED;
}

SET (run_mask)
{
  if (target->actions == NULL || !g_action_group_has_action (target->actions, "mask-run"))
    return QL_LESSON_NO_WINDOW;
  g_action_group_activate_action (target->actions, "mask-run", NULL);
  return QL_LESSON_APPLIED;
}

/* ---- interventions: switches of the window ---- */

static const char *const muted[] = { "none", "head", "layer", "query", NULL };

/* Of what is selected; none: everything is as in the plain run again. */
SET (set_mute)
{
  const char *what = muted[(int) self->values[0]];
  g_autofree char *name = g_strdup_printf ("test-mute-%s", what);

  if (target->actions == NULL || !g_action_group_has_action (target->actions, "test-mute-head"))
    return QL_LESSON_NO_WINDOW;
  if (g_str_equal (what, "none"))
    g_action_group_activate_action (target->actions, "test-clear", NULL);
  else
    g_action_group_change_action_state (target->actions, name, g_variant_new_boolean (TRUE));
  return QL_LESSON_APPLIED;
}

SET (drop_brightest)
{
  if (target->actions == NULL || !g_action_group_has_action (target->actions, "test-brightest"))
    return QL_LESSON_NO_WINDOW;
  g_action_group_activate_action (target->actions, "test-brightest",
                                  g_variant_new_int32 ((int) self->values[0]));
  return QL_LESSON_APPLIED;
}

/* ---- how answers are written ---- */

static QlLessonApplied
set_knob (const QlLessonSetting *self, const QlLessonTarget *target, QlKnob knob)
{
  /* Both, for descriptions and for questions: a lesson means all answers. */
  if (target->settings == NULL)
    return QL_LESSON_NO_WINDOW;
  ql_answer_style_store (target->settings, QL_PRESET_DESCRIBE, knob, self->values[0]);
  ql_answer_style_store (target->settings, QL_PRESET_SHORT, knob, self->values[0]);
  return QL_LESSON_APPLIED;
}

SET (set_beams) { return set_knob (self, target, QL_KNOB_BEAMS); }

SET (set_length_penalty) { return set_knob (self, target, QL_KNOB_LENGTH_PENALTY); }

SET (set_preset)
{
  if (target->settings == NULL)
    return QL_LESSON_NO_WINDOW;
  g_settings_set_enum (target->settings, "preset", (int) self->values[0]);
  return QL_LESSON_APPLIED;
}

/* ---- asking ---- */

SET (ask)
{
  if (target->conversation == NULL || ql_conversation_get_picture (target->conversation) == NULL)
    return QL_LESSON_UNKNOWN;
  return ql_conversation_ask (target->conversation, self->text) ? QL_LESSON_APPLIED : QL_LESSON_WAIT;
}

/* Looks at the newest answer to the question; only where there is none it is asked. */
SET (look)
{
  const char *question = NO_VALUE (self) || g_str_equal (self->text, "describe") ? NULL : self->text;
  QlLessonSetting asking = { .text = (char *) question };
  GListModel *turns;

  if (target->conversation == NULL)
    return QL_LESSON_UNKNOWN;
  turns = ql_conversation_get_turns (target->conversation);
  for (guint i = g_list_model_get_n_items (turns); i > 0; i--)
    {
      g_autoptr (QlTurn) turn = g_list_model_get_item (turns, i - 1);

      if (ql_turn_get_state (turn) != QL_TURN_DONE || g_strcmp0 (ql_turn_get_question (turn), question) != 0)
        continue;
      if (ql_lab_get_turn (target->lab) != turn)
        ql_lab_set_turn (target->lab, turn);
      return QL_LESSON_APPLIED;
    }
  return ask (&asking, target);
}

static const Row rows[] = {
  { .name = "page", .kind = KIND_ENUM, .names = pages, .set = set_page, .get = get_page },
  { .name = "ask", .kind = KIND_TEXT, .set = ask },
  { .name = "describe", .kind = KIND_NONE, .set = ask },
  { .name = "answer", .kind = KIND_TEXT, .set = look },
  { .name = "preset", .kind = KIND_ENUM, .names = presets, .set = set_preset },
  { .name = "beams", .kind = KIND_INT, .least = 1, .most = 16, .set = set_beams },
  { .name = "length-penalty", .kind = KIND_NUMBER, .least = -5, .most = 5, .set = set_length_penalty },
  { .name = "mask", .kind = KIND_ENUM, .names = masks, .set = set_mask },
  { .name = "mask-run", .kind = KIND_NONE, .set = run_mask },
  /* The word first, which chooses a query; the head before the method, which it chooses. */
  { .name = "word", .kind = KIND_WORD, .most = 1000, .needs_trace = TRUE, .set = set_word, .get = get_word },
  { .name = "query",
    .kind = KIND_INT,
    .most = 1000,
    .needs_trace = TRUE,
    .set = set_query,
    .get = get_query },
  { .name = "layer",
    .kind = KIND_LAYER,
    .most = 1000,
    .needs_trace = TRUE,
    .set = set_layer,
    .get = get_layer },
  { .name = "head", .kind = KIND_INT, .most = 1000, .needs_trace = TRUE, .set = set_head, .get = get_head },
  { .name = "method",
    .kind = KIND_ENUM,
    .names = methods,
    .needs_trace = TRUE,
    .set = set_method,
    .get = get_method },
  { .name = "patch",
    .kind = KIND_CELL,
    .most = 1000,
    .needs_trace = TRUE,
    .set = set_patch,
    .get = get_patch },
  { .name = "mute", .kind = KIND_ENUM, .names = muted, .needs_trace = TRUE, .set = set_mute },
  { .name = "drop-brightest",
    .kind = KIND_INT,
    .least = 1,
    .most = 1000,
    .needs_trace = TRUE,
    .set = drop_brightest },
  { .name = "box", .kind = KIND_BOX, .most = 1, .set = set_box, .get = get_box },
  { .name = "atlas", .kind = KIND_ENUM, .names = atlases, .set = set_atlas, .get = get_atlas },
  { .name = "sort", .kind = KIND_ENUM, .names = sorts, .set = set_sort, .get = get_sort },
  /* These are settings, which are put back as such. */
  { .name = "overlay", .kind = KIND_BOOL, .names = on_off, .set = set_overlay },
  { .name = "style", .kind = KIND_ENUM, .names = styles, .set = set_style },
  { .name = "opacity", .kind = KIND_NUMBER, .most = 1, .set = set_opacity },
  { .name = "scale", .kind = KIND_ENUM, .names = scales, .set = set_scale },
  { .name = "hide-outliers", .kind = KIND_BOOL, .names = on_off, .set = set_hide_outliers },
};

/* ---- reading ---- */

static gboolean
refuse (GError **error, const Row *row, const char *value)
{
  g_autofree char *names = row->names != NULL ? g_strjoinv (", ", (char **) row->names) : NULL;

  if (names != NULL)
    g_set_error (error, QL_LESSON_ERROR, QL_LESSON_ERROR_STATE, _ ("“%s” cannot be “%s”, but: %s"), row->name,
                 value, names);
  else
    g_set_error (error, QL_LESSON_ERROR, QL_LESSON_ERROR_STATE, _ ("“%s” cannot be “%s”"), row->name, value);
  return FALSE;
}

/* @n numbers with spaces between, and nothing else. */
static gboolean
read_numbers (QlLessonSetting *self, const char *value, int n, gboolean whole)
{
  g_auto (GStrv) parts = g_strsplit (value, " ", 6);
  int n_parts = (int) g_strv_length (parts);

  for (int i = 0; i < n_parts && n_parts == n; i++)
    {
      char *end = NULL;

      self->values[i] = g_ascii_strtod (parts[i], &end);
      if (*parts[i] == '\0' || *end != '\0' || strpbrk (parts[i], "xXnN") != NULL
          || !isfinite (self->values[i]) || self->values[i] < self->row->least
          || self->values[i] > self->row->most || (whole && self->values[i] != floor (self->values[i])))
        return FALSE;
    }
  self->n = n;
  return n_parts == n;
}

/* Takes "" off. */
static char *
unquote (const char *value)
{
  gsize n = strlen (value);

  return n >= 2 && value[0] == '"' && value[n - 1] == '"' ? g_strndup (value + 1, n - 2) : g_strdup (value);
}

static gboolean
read_value (QlLessonSetting *self, const char *value, GError **error)
{
  const Row *row = self->row;
  gboolean none = g_str_equal (value, "none"), ok = TRUE;

  switch (row->kind)
    {
    case KIND_NONE:
      ok = *value == '\0';
      break;
    case KIND_TEXT:
      self->text = unquote (value);
      ok = *self->text != '\0' && strlen (self->text) <= 200;
      break;
    case KIND_ENUM:
    case KIND_BOOL:
      for (ok = FALSE; row->names[(int) self->values[0]] != NULL && !ok;)
        if (!(ok = g_str_equal (row->names[(int) self->values[0]], value)))
          self->values[0]++;
      self->n = 1;
      break;
    case KIND_LAYER:
      if (g_str_equal (value, "first") || g_str_equal (value, "last"))
        self->text = g_strdup (value);
      else
        ok = read_numbers (self, value, 1, TRUE);
      break;
    case KIND_WORD:
      if (g_ascii_isdigit (*value))
        ok = read_numbers (self, value, 1, TRUE);
      else if (!none)
        {
          self->text = unquote (value);
          ok = *self->text != '\0' && strlen (self->text) <= 200;
        }
      break;
    case KIND_CELL:
      ok = none || read_numbers (self, value, 2, TRUE);
      break;
    case KIND_BOX:
      ok = none || read_numbers (self, value, 4, FALSE);
      break;
    default:
      ok = read_numbers (self, value, 1, row->kind == KIND_INT);
    }
  return ok || refuse (error, row, value);
}

QlLessonSetting *
ql_lesson_setting_parse (const char *text, GError **error)
{
  g_autofree char *stripped = g_strstrip (g_strdup (text));
  char *space = strchr (stripped, ' ');
  const char *value = space != NULL ? g_strchug (space + 1) : "";
  QlLessonSetting *self;

  if (space != NULL)
    *space = '\0';
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (g_str_equal (rows[i].name, stripped))
      {
        self = g_new0 (QlLessonSetting, 1);
        self->row = &rows[i];
        if (read_value (self, value, error))
          return self;
        ql_lesson_setting_free (self);
        return NULL;
      }
  g_set_error (error, QL_LESSON_ERROR, QL_LESSON_ERROR_STATE,
               _ ("there is nothing of the name “%s” to be set"), stripped);
  return NULL;
}

void
ql_lesson_setting_free (QlLessonSetting *self)
{
  g_free (self->text);
  g_free (self);
}

const char *
ql_lesson_setting_get_name (const QlLessonSetting *self)
{
  return self->row->name;
}

char *
ql_lesson_setting_to_text (const QlLessonSetting *self)
{
  g_autoptr (GString) text = g_string_new (self->row->name);
  char number[G_ASCII_DTOSTR_BUF_SIZE];

  if (self->text != NULL)
    g_string_append_printf (text, self->row->kind == KIND_LAYER ? " %s" : " \"%s\"", self->text);
  else if (self->row->names != NULL)
    g_string_append_printf (text, " %s", self->row->names[(int) self->values[0]]);
  else if (self->n == 0 && self->row->kind != KIND_NONE)
    g_string_append (text, " none");
  else
    for (int i = 0; i < self->n; i++)
      g_string_append_printf (text, " %s", g_ascii_dtostr (number, sizeof number, self->values[i]));
  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* ---- doing ---- */

QlLessonApplied
ql_lesson_setting_apply (const QlLessonSetting *self, const QlLessonTarget *target)
{
  gboolean busy = target->conversation != NULL && ql_conversation_get_busy (target->conversation);

  if (busy
      || (self->row->needs_trace
          && (trace_of (target) == NULL || ql_lab_get_state (target->lab) != QL_LAB_READY)))
    return QL_LESSON_WAIT;
  return self->row->set (self, target);
}

gboolean
ql_lesson_setting_suits (const QlLessonSetting *self, QlTrace *trace)
{
  switch (self->row->kind)
    {
    case KIND_LAYER:
      return find_layer (self, trace) >= 0;
    case KIND_WORD:
      return find_word (self, trace) >= -1;
    case KIND_CELL:
      return self->n == 0
             || (self->values[0] < ql_trace_get_columns (trace)
                 && self->values[1] < ql_trace_get_rows (trace));
    default:
      if (self->row->set == set_query)
        return self->values[0] < ql_trace_get_n_queries (trace);
      return self->row->set != set_head || self->values[0] < ql_trace_get_n_heads (trace);
    }
}

GPtrArray *
ql_lesson_state_save (const QlLessonTarget *target)
{
  GPtrArray *saved = g_ptr_array_new_with_free_func ((GDestroyNotify) ql_lesson_setting_free);

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *value = NULL, *text = NULL;
      QlLessonSetting *setting;

      if (rows[i].get == NULL || (rows[i].needs_trace && trace_of (target) == NULL))
        continue;
      value = rows[i].get (target);
      text = value != NULL ? g_strdup_printf ("%s %s", rows[i].name, value) : NULL;
      setting = text != NULL ? ql_lesson_setting_parse (text, NULL) : NULL;
      if (setting != NULL)
        g_ptr_array_add (saved, setting);
    }
  return saved;
}

/* ---- locks: names of what a step can take out of the learner's hands ---- */

static const char *const locks[]
    = { "query", "layer", "head",    "method",  "word",     "patch", "atlas", "sort",
        "style", "scale", "opacity", "overlay", "outliers", "page",  "ask",   "answers" };

int
ql_lesson_lock_find (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (locks); i++)
    if (g_str_equal (locks[i], name))
      return (int) i;
  return -1;
}
