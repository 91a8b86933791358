#pragma once

#include "app/lesson-check.h"

/** QlLessonType: what an expression is. */
typedef enum
{
  QL_LESSON_TRUTH = 't',
  QL_LESSON_NUMBER = 'n',
  QL_LESSON_TEXT = 's',
} QlLessonType;

/** QlLessonValue: @known %FALSE: there is no such thing now. */
typedef struct
{
  gboolean known;
  gboolean truth;
  double number;
  const char *text; /* interned, or of the check or the scope */
} QlLessonValue;

#define QL_LESSON_MAX_ARGS 4

/** QlLessonFunction: a name that predicates may use. */
typedef struct
{
  const char *name;
  QlLessonType type;
  const char *args; /* their types: "nn" */
  gboolean window; /* asks for what only a window has */
  /* @out is unknown already */
  void (*run) (const QlLessonScope *scope, const QlLessonValue *args, QlLessonValue *out);
} QlLessonFunction;

/** ql_lesson_function_find: Returns: (nullable) */
const QlLessonFunction *ql_lesson_function_find (const char *name);
/** ql_lesson_function_like: Returns: (nullable): the name most like @name, if one is */
const char *ql_lesson_function_like (const char *name);
/** ql_lesson_functions: Returns: (transfer none): all of them */
const QlLessonFunction *ql_lesson_functions (guint *n);

/** QlLessonSeenKind: what is counted. */
typedef enum
{
  QL_LESSON_SEEN_QUERY,
  QL_LESSON_SEEN_LAYER,
  QL_LESSON_SEEN_HEAD,
  QL_LESSON_SEEN_WORD,
  QL_LESSON_SEEN_PATCH,
  QL_LESSON_SEEN_METHOD,
  QL_LESSON_SEEN_MAP,
  QL_LESSON_N_SEEN,
} QlLessonSeenKind;

/** ql_lesson_seen_count: how many different ones */
guint ql_lesson_seen_count (const QlLessonSeen *self, QlLessonSeenKind what);

/* ---- what a predicate is made of ---- */

/** QlLessonNodeKind: a number or text as written, a call, an operator. */
typedef enum
{
  QL_LESSON_NODE_NUMBER,
  QL_LESSON_NODE_TEXT,
  QL_LESSON_NODE_CALL,
  QL_LESSON_NODE_NOT,
  QL_LESSON_NODE_MINUS,
  QL_LESSON_NODE_AND,
  QL_LESSON_NODE_OR,
  QL_LESSON_NODE_ADD,
  QL_LESSON_NODE_SUBTRACT,
  QL_LESSON_NODE_MULTIPLY,
  QL_LESSON_NODE_DIVIDE,
  QL_LESSON_NODE_LESS,
  QL_LESSON_NODE_LESS_EQUAL,
  QL_LESSON_NODE_GREATER,
  QL_LESSON_NODE_GREATER_EQUAL,
  QL_LESSON_NODE_EQUAL,
  QL_LESSON_NODE_NOT_EQUAL,
} QlLessonNodeKind;

/** QlLessonNode: @args are nodes before this one. */
typedef struct
{
  QlLessonNodeKind kind;
  QlLessonType type;
  double number;
  char *text;
  const QlLessonFunction *function;
  int n_args;
  int args[QL_LESSON_MAX_ARGS]; /* nodes before this one */
} QlLessonNode;

struct QlLessonCheck
{
  GArray *nodes; /* of QlLessonNode; each after those that it is made of */
  int root;
};

static inline const QlLessonNode *
ql_lesson_node (const GArray *nodes, int i)
{
  return &g_array_index (nodes, QlLessonNode, i);
}
