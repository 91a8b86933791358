#include "app/lesson-check-private.h"

struct QlLessonSeen
{
  GHashTable *sets[QL_LESSON_N_SEEN]; /* of gint64 */
};

QlLessonSeen *
ql_lesson_seen_new (void)
{
  QlLessonSeen *self = g_new0 (QlLessonSeen, 1);

  for (int i = 0; i < QL_LESSON_N_SEEN; i++)
    self->sets[i] = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  return self;
}

void
ql_lesson_seen_free (QlLessonSeen *self)
{
  for (int i = 0; i < QL_LESSON_N_SEEN; i++)
    g_hash_table_unref (self->sets[i]);
  g_free (self);
}

void
ql_lesson_seen_clear (QlLessonSeen *self)
{
  for (int i = 0; i < QL_LESSON_N_SEEN; i++)
    g_hash_table_remove_all (self->sets[i]);
}

static void
see (QlLessonSeen *self, int what, gint64 which)
{
  g_hash_table_add (self->sets[what], g_memdup2 (&which, sizeof which));
}

void
ql_lesson_seen_add (QlLessonSeen *self, QlLab *lab)
{
  int column, row;
  QlMapKey key;
  gint64 map;

  if (ql_lab_get_trace (lab) == NULL)
    return;
  ql_lab_get_key (lab, &key);
  see (self, QL_LESSON_SEEN_QUERY, key.query);
  see (self, QL_LESSON_SEEN_LAYER, key.layer);
  see (self, QL_LESSON_SEEN_METHOD, key.method);
  if (key.method == QL_MAP_HEAD)
    see (self, QL_LESSON_SEEN_HEAD, key.head);
  if (ql_lab_get_word (lab) >= 0)
    see (self, QL_LESSON_SEEN_WORD, ql_lab_get_word (lab));
  if (ql_lab_get_patch (lab, &column, &row))
    see (self, QL_LESSON_SEEN_PATCH, (gint64) row << 32 | column);
  map = ((gint64) key.query << 32) | ((gint64) key.layer << 20) | ((gint64) key.method << 16)
        | (key.method == QL_MAP_HEAD ? key.head : 0);
  see (self, QL_LESSON_SEEN_MAP, map);
}

guint
ql_lesson_seen_count (const QlLessonSeen *self, QlLessonSeenKind what)
{
  return g_hash_table_size (self->sets[what]);
}
