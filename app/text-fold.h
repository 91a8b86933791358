#pragma once

#include <glib.h>

/**
 * ql_text_fold:
 * @text: UTF-8
 *
 * The text as one would search for it: without capitals, accents and other marks; blanks
 * are one space each.
 *
 * Returns: (transfer full)
 */
char *ql_text_fold (const char *text);

/**
 * QlTextQuery:
 *
 * Words to look for, all of which must be there, in any order, also within other words.
 */
typedef struct QlTextQuery QlTextQuery;

QlTextQuery *ql_text_query_new (const char *text);
void ql_text_query_free (QlTextQuery *self);
/** ql_text_query_is_empty: it has no words, so that everything matches */
gboolean ql_text_query_is_empty (const QlTextQuery *self);
/** ql_text_query_matches: @folded is from ql_text_fold() */
gboolean ql_text_query_matches (const QlTextQuery *self, const char *folded);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QlTextQuery, ql_text_query_free)
