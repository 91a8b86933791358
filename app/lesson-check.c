#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "app/lesson-check-private.h"

G_DEFINE_QUARK (ql - lesson - error - quark, ql_lesson_error)

static void
node_clear (gpointer data)
{
  g_free (((QlLessonNode *) data)->text);
}

void
ql_lesson_check_free (QlLessonCheck *self)
{
  g_array_unref (self->nodes);
  g_free (self);
}

/* ---- parsing: recursive descent; every function returns a node, or -1 with an error ---- */

typedef struct
{
  const char *text, *at;
  GArray *nodes;
  int depth;
  GError **error;
} Parser;

static int parse_or (Parser *self);

/* Takes @message. */
static int
fail_at (Parser *self, const char *where, QlLessonError code, char *message)
{
  if (self->error != NULL && *self->error == NULL)
    /* Translators: a place in a line, counted from 1, and what is wrong there. */
    g_set_error (self->error, QL_LESSON_ERROR, code, _ ("character %d: %s"),
                 (int) g_utf8_pointer_to_offset (self->text, where) + 1, message);
  g_free (message);
  return -1;
}

static int
fail (Parser *self, const char *where, const char *message)
{
  return fail_at (self, where, QL_LESSON_ERROR_CHECK, g_strdup (message));
}

static int
add (Parser *self, const QlLessonNode *node)
{
  g_array_append_val (self->nodes, *node);
  return (int) self->nodes->len - 1;
}

static void
skip_space (Parser *self)
{
  while (*self->at == ' ' || *self->at == '\t' || *self->at == '\n')
    self->at++;
}

static gboolean
enter (Parser *self)
{
  if (++self->depth <= QL_LESSON_CHECK_MAX_DEPTH)
    return TRUE;
  fail_at (self, self->at, QL_LESSON_ERROR_LIMIT, g_strdup (_ ("it is nested too deeply")));
  return FALSE;
}

static gboolean
is_name_char (char c)
{
  return g_ascii_isalnum (c) || c == '_';
}

static gboolean
take_symbol (Parser *self, const char *symbol)
{
  skip_space (self);
  if (!g_str_has_prefix (self->at, symbol))
    return FALSE;
  self->at += strlen (symbol);
  return TRUE;
}

static gboolean
take_word (Parser *self, const char *word)
{
  skip_space (self);
  if (!g_str_has_prefix (self->at, word) || is_name_char (self->at[strlen (word)]))
    return FALSE;
  self->at += strlen (word);
  return TRUE;
}

static const char *
type_name (QlLessonType type)
{
  return type == QL_LESSON_TRUTH ? _ ("a truth") : type == QL_LESSON_NUMBER ? _ ("a number") : _ ("a text");
}

static gboolean
check_type (Parser *self, const char *where, int node, QlLessonType wanted)
{
  QlLessonType is = ql_lesson_node (self->nodes, node)->type;

  if (is == wanted)
    return TRUE;
  /* Translators: both are “a truth”, “a number” or “a text”. */
  fail_at (self, where, QL_LESSON_ERROR_CHECK,
           g_strdup_printf (_ ("%s is needed here, and this is %s"), type_name (wanted), type_name (is)));
  return FALSE;
}

static int
add_pair (Parser *self, QlLessonNodeKind kind, QlLessonType type, int a, int b)
{
  QlLessonNode node = { .kind = kind, .type = type, .n_args = 2, .args = { a, b } };

  return add (self, &node);
}

/* Digits with at most one point, and "%" for hundredths. */
static int
parse_number (Parser *self)
{
  QlLessonNode node = { .kind = QL_LESSON_NODE_NUMBER, .type = QL_LESSON_NUMBER };
  const char *begin = self->at;
  int n_points = 0;

  while (g_ascii_isdigit (*self->at) || *self->at == '.')
    n_points += *self->at++ == '.';
  if (n_points > 1 || self->at - begin > 15 || self->at == begin + n_points || is_name_char (*self->at))
    return fail (self, begin, _ ("this is no number"));
  node.number = g_ascii_strtod (begin, NULL);
  if (*self->at == '%')
    {
      node.number /= 100;
      self->at++;
    }
  return add (self, &node);
}

static int
parse_text (Parser *self)
{
  QlLessonNode node = { .kind = QL_LESSON_NODE_TEXT, .type = QL_LESSON_TEXT };
  const char *begin = self->at++;
  const char *end = strchr (self->at, '"');

  if (end == NULL)
    return fail (self, begin, _ ("the text that begins here has no end"));
  node.text = g_strndup (self->at, (gsize) (end - self->at));
  self->at = end + 1;
  return add (self, &node);
}

static gboolean
parse_args (Parser *self, const QlLessonFunction *function, QlLessonNode *node)
{
  int n = (int) strlen (function->args);

  while (node->n_args < n)
    {
      const char *where;
      int arg;

      if (node->n_args > 0 && !take_symbol (self, ","))
        {
          fail_at (self, self->at, QL_LESSON_ERROR_CHECK,
                   g_strdup_printf (_ ("“%s” takes %d values, with commas between"), function->name, n));
          return FALSE;
        }
      skip_space (self);
      where = self->at;
      arg = parse_or (self);
      if (arg < 0 || !check_type (self, where, arg, (QlLessonType) function->args[node->n_args]))
        return FALSE;
      node->args[node->n_args++] = arg;
    }
  if (take_symbol (self, ")"))
    return TRUE;
  fail (self, self->at, _ ("a closing bracket is missing here"));
  return FALSE;
}

static int
parse_name (Parser *self)
{
  QlLessonNode node = { .kind = QL_LESSON_NODE_CALL };
  const char *begin = self->at;
  g_autofree char *name = NULL;

  while (is_name_char (*self->at))
    self->at++;
  name = g_strndup (begin, (gsize) (self->at - begin));
  node.function = ql_lesson_function_find (name);
  if (node.function == NULL)
    {
      const char *like = ql_lesson_function_like (name);

      return fail_at (self, begin, QL_LESSON_ERROR_CHECK,
                      like != NULL ? g_strdup_printf (_ ("there is no “%s”; “%s” there is"), name, like)
                                   : g_strdup_printf (_ ("there is no “%s”"), name));
    }
  node.type = node.function->type;
  if (take_symbol (self, "("))
    {
      if (!parse_args (self, node.function, &node))
        return -1;
    }
  else if (*node.function->args != '\0')
    return fail_at (self, self->at, QL_LESSON_ERROR_CHECK,
                    g_strdup_printf (_ ("“%s” needs brackets with its values"), name));
  return add (self, &node);
}

static int
parse_primary (Parser *self)
{
  skip_space (self);
  if (g_ascii_isdigit (*self->at) || *self->at == '.')
    return parse_number (self);
  if (*self->at == '"')
    return parse_text (self);
  if (g_ascii_isalpha (*self->at))
    return parse_name (self);
  if (*self->at == '(')
    {
      int inner;

      self->at++;
      inner = parse_or (self);
      if (inner >= 0 && !take_symbol (self, ")"))
        return fail (self, self->at, _ ("a closing bracket is missing here"));
      return inner;
    }
  return fail (self, self->at,
               *self->at == '\0' ? _ ("something is missing at the end") : _ ("nothing can begin like this"));
}

static int
parse_unary (Parser *self)
{
  QlLessonNode node = { .kind = QL_LESSON_NODE_MINUS, .type = QL_LESSON_NUMBER, .n_args = 1 };
  const char *where;

  if (!enter (self))
    return -1;
  skip_space (self);
  where = self->at;
  if (take_symbol (self, "-"))
    {
      node.args[0] = parse_unary (self);
      self->depth--;
      if (node.args[0] < 0 || !check_type (self, where, node.args[0], QL_LESSON_NUMBER))
        return -1;
      return add (self, &node);
    }
  node.args[0] = parse_primary (self);
  self->depth--;
  return node.args[0];
}

typedef struct
{
  const char *symbol;
  QlLessonNodeKind kind;
} Operator;

/* One level of operators on numbers, from left to right. */
static int
parse_left (Parser *self, int (*inner) (Parser *), const Operator operators[2])
{
  const char *where;
  int left;

  skip_space (self);
  where = self->at;
  left = inner (self);
  while (left >= 0)
    {
      const Operator *found = take_symbol (self, operators[0].symbol)   ? &operators[0]
                              : take_symbol (self, operators[1].symbol) ? &operators[1]
                                                                        : NULL;
      const char *right_at;
      int right;

      if (found == NULL)
        return left;
      skip_space (self);
      right_at = self->at;
      right = inner (self);
      if (right < 0 || !check_type (self, where, left, QL_LESSON_NUMBER)
          || !check_type (self, right_at, right, QL_LESSON_NUMBER))
        return -1;
      left = add_pair (self, found->kind, QL_LESSON_NUMBER, left, right);
    }
  return left;
}

static int
parse_product (Parser *self)
{
  static const Operator operators[2] = { { "*", QL_LESSON_NODE_MULTIPLY }, { "/", QL_LESSON_NODE_DIVIDE } };

  return parse_left (self, parse_unary, operators);
}

static int
parse_sum (Parser *self)
{
  static const Operator operators[2] = { { "+", QL_LESSON_NODE_ADD }, { "-", QL_LESSON_NODE_SUBTRACT } };

  return parse_left (self, parse_product, operators);
}

static int
parse_comparison (Parser *self)
{
  /* The longer ones first. */
  static const Operator operators[] = {
    { "<=", QL_LESSON_NODE_LESS_EQUAL }, { ">=", QL_LESSON_NODE_GREATER_EQUAL },
    { "==", QL_LESSON_NODE_EQUAL },      { "!=", QL_LESSON_NODE_NOT_EQUAL },
    { "<", QL_LESSON_NODE_LESS },        { ">", QL_LESSON_NODE_GREATER },
  };
  int left = parse_sum (self);

  for (guint i = 0; left >= 0 && i < G_N_ELEMENTS (operators); i++)
    if (take_symbol (self, operators[i].symbol))
      {
        gboolean equality
            = operators[i].kind == QL_LESSON_NODE_EQUAL || operators[i].kind == QL_LESSON_NODE_NOT_EQUAL;
        QlLessonType type = equality ? ql_lesson_node (self->nodes, left)->type : QL_LESSON_NUMBER;
        const char *where = (skip_space (self), self->at);
        int right = parse_sum (self);

        if (right < 0 || !check_type (self, where, right, type) || !check_type (self, where, left, type))
          return -1;
        return add_pair (self, operators[i].kind, QL_LESSON_TRUTH, left, right);
      }
  if (left >= 0 && take_symbol (self, "="))
    return fail (self, self->at - 1, _ ("“==” is meant, to compare"));
  return left;
}

static int
parse_not (Parser *self)
{
  QlLessonNode node = { .kind = QL_LESSON_NODE_NOT, .type = QL_LESSON_TRUTH, .n_args = 1 };
  const char *where;

  if (!take_word (self, "not"))
    return parse_comparison (self);
  if (!enter (self))
    return -1;
  skip_space (self);
  where = self->at;
  node.args[0] = parse_not (self);
  self->depth--;
  if (node.args[0] < 0 || !check_type (self, where, node.args[0], QL_LESSON_TRUTH))
    return -1;
  return add (self, &node);
}

static int
parse_and_or (Parser *self, int (*inner) (Parser *), const char *word, QlLessonNodeKind kind)
{
  const char *where = (skip_space (self), self->at);
  int left = inner (self);

  while (left >= 0 && take_word (self, word))
    {
      const char *right_at = (skip_space (self), self->at);
      int right = inner (self);

      if (right < 0 || !check_type (self, where, left, QL_LESSON_TRUTH)
          || !check_type (self, right_at, right, QL_LESSON_TRUTH))
        return -1;
      left = add_pair (self, kind, QL_LESSON_TRUTH, left, right);
    }
  return left;
}

static int
parse_and (Parser *self)
{
  return parse_and_or (self, parse_not, "and", QL_LESSON_NODE_AND);
}

static int
parse_or (Parser *self)
{
  int node;

  if (!enter (self))
    return -1;
  node = parse_and_or (self, parse_and, "or", QL_LESSON_NODE_OR);
  self->depth--;
  return node;
}

QlLessonCheck *
ql_lesson_check_parse (const char *text, GError **error)
{
  g_autoptr (GError) own = NULL;
  QlLessonCheck *self;
  Parser parser = { .text = text, .at = text, .error = &own };

  if (!g_utf8_validate (text, -1, NULL))
    {
      g_set_error_literal (error, QL_LESSON_ERROR, QL_LESSON_ERROR_CHECK, _ ("the text is not UTF-8"));
      return NULL;
    }
  if (strlen (text) > QL_LESSON_CHECK_MAX_BYTES)
    {
      g_set_error (error, QL_LESSON_ERROR, QL_LESSON_ERROR_LIMIT, _ ("longer than %d bytes"),
                   QL_LESSON_CHECK_MAX_BYTES);
      return NULL;
    }
  self = g_new0 (QlLessonCheck, 1);
  self->nodes = parser.nodes = g_array_new (FALSE, TRUE, sizeof (QlLessonNode));
  g_array_set_clear_func (self->nodes, node_clear);
  self->root = parse_or (&parser);
  skip_space (&parser);
  if (self->root >= 0 && *parser.at != '\0')
    self->root = fail (&parser, parser.at, _ ("“and”, “or” or the end is expected here"));
  else if (self->root >= 0 && !check_type (&parser, text, self->root, QL_LESSON_TRUTH))
    self->root = -1;
  if (self->root >= 0)
    return self;
  g_propagate_error (error, g_steal_pointer (&own));
  ql_lesson_check_free (self);
  return NULL;
}
