#include <math.h>

#include "app/lesson-check-private.h"

gboolean
ql_lesson_check_needs_window (const QlLessonCheck *self)
{
  for (guint i = 0; i < self->nodes->len; i++)
    {
      const QlLessonNode *node = ql_lesson_node (self->nodes, (int) i);

      if (node->kind == QL_LESSON_NODE_CALL && node->function->window)
        return TRUE;
    }
  return FALSE;
}

static QlLessonValue
truth (gboolean is)
{
  return (QlLessonValue){ .known = TRUE, .truth = is };
}

static QlLessonValue
number (double is)
{
  return (QlLessonValue){ .known = isfinite (is), .number = is };
}

static gboolean
is_equal (QlLessonType type, const QlLessonValue *a, const QlLessonValue *b)
{
  if (type == QL_LESSON_NUMBER)
    return fabs (a->number - b->number) <= 1e-9;
  if (type == QL_LESSON_TRUTH)
    return a->truth == b->truth;
  return g_strcmp0 (a->text, b->text) == 0;
}

/* Where one side decides alone, the other need not be known. */
static QlLessonValue
decide (const QlLessonValue *a, const QlLessonValue *b, gboolean deciding)
{
  if ((a->known && a->truth == deciding) || (b->known && b->truth == deciding))
    return truth (deciding);
  return a->known && b->known ? truth (!deciding) : (QlLessonValue){ .known = FALSE };
}

static QlLessonValue
work_out_pair (const QlLessonNode *node, QlLessonType type, const QlLessonValue *a, const QlLessonValue *b)
{
  if (node->kind == QL_LESSON_NODE_AND || node->kind == QL_LESSON_NODE_OR)
    return decide (a, b, node->kind == QL_LESSON_NODE_OR);
  if (!a->known || !b->known)
    return (QlLessonValue){ .known = FALSE };
  switch (node->kind)
    {
    case QL_LESSON_NODE_ADD:
      return number (a->number + b->number);
    case QL_LESSON_NODE_SUBTRACT:
      return number (a->number - b->number);
    case QL_LESSON_NODE_MULTIPLY:
      return number (a->number * b->number);
    case QL_LESSON_NODE_DIVIDE:
      return number (b->number != 0 ? a->number / b->number : NAN);
    case QL_LESSON_NODE_LESS:
      return truth (a->number < b->number);
    case QL_LESSON_NODE_LESS_EQUAL:
      return truth (a->number <= b->number);
    case QL_LESSON_NODE_GREATER:
      return truth (a->number > b->number);
    case QL_LESSON_NODE_GREATER_EQUAL:
      return truth (a->number >= b->number);
    default:
      return truth (is_equal (type, a, b) == (node->kind == QL_LESSON_NODE_EQUAL));
    }
}

static QlLessonValue
work_out_call (const QlLessonNode *node, const QlLessonValue *values, const QlLessonScope *scope)
{
  QlLessonValue args[QL_LESSON_MAX_ARGS], out = { .known = FALSE };

  for (int i = 0; i < node->n_args; i++)
    {
      args[i] = values[node->args[i]];
      if (!args[i].known)
        return out;
    }
  node->function->run (scope, args, &out);
  if (node->type == QL_LESSON_NUMBER && !isfinite (out.number))
    out.known = FALSE;
  if (node->type == QL_LESSON_TEXT && out.text == NULL)
    out.known = FALSE;
  return out;
}

/* From the first node to the last: each stands after its parts, so nothing recurses. */
gboolean
ql_lesson_check_eval (const QlLessonCheck *self, const QlLessonScope *scope)
{
  g_autofree QlLessonValue *values = g_new0 (QlLessonValue, self->nodes->len);

  for (int i = 0; i < (int) self->nodes->len; i++)
    {
      const QlLessonNode *node = ql_lesson_node (self->nodes, i);
      const QlLessonValue *a = node->n_args > 0 ? &values[node->args[0]] : NULL;

      if (node->kind == QL_LESSON_NODE_NUMBER)
        values[i] = number (node->number);
      else if (node->kind == QL_LESSON_NODE_TEXT)
        values[i] = (QlLessonValue){ .known = TRUE, .text = node->text };
      else if (node->kind == QL_LESSON_NODE_CALL)
        values[i] = work_out_call (node, values, scope);
      else if (node->kind == QL_LESSON_NODE_NOT)
        values[i] = a->known ? truth (!a->truth) : *a;
      else if (node->kind == QL_LESSON_NODE_MINUS)
        values[i] = a->known ? number (-a->number) : *a;
      else
        values[i] = work_out_pair (node, ql_lesson_node (self->nodes, node->args[0])->type, a,
                                   &values[node->args[1]]);
    }
  return values[self->root].known && values[self->root].truth;
}
