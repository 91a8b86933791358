#include "ui/lesson-locks.h"

#include <glib/gi18n.h>

#include "app/lesson-state.h"

/* The one table of what belongs to a lock: ids of widgets in their templates, and actions of the window. */
static const struct
{
  const char *lock;
  const char *ids[5];
  const char *actions[6];
} table[] = {
  { "query", { "query_scale", "query_spin", "query_lane" }, { "query", "step-query", "map-key" } },
  { "layer", { "layer_scale", "layer_spin" }, { "layer", "step-layer", "map-key" } },
  { "head", { "head_scale", "head_spin" }, { "head", "step-head", "map-key" } },
  /* To choose a head is to choose the method that shows one. */
  { "method",
    { "method", "head_scale", "head_spin" },
    { "map-method", "step-method", "head", "step-head", "map-key" } },
  { "word", { "words" }, { "word", "step-word", "clear-selection" } },
  { "patch", { "patch_list" }, { "patch", "step-patch", "extend-box", "map-table", "clear-selection" } },
  { "atlas", { "atlas" }, { NULL } },
  { "sort", { "sort" }, { "box", "extend-box" } },
  { "style", { "map_style_button" }, { "step-style", "lab-style" } },
  { "scale", { "map_style_button" }, { "swap-scale", "lab-scale" } },
  { "opacity", { "opacity_scale" }, { "step-opacity" } },
  { "overlay", { NULL }, { "lab-overlay" } },
  { "outliers", { NULL }, { "lab-hide-outliers" } },
  { "page", { "page_switcher" }, { "page", "attention-turn" } },
  { "ask", { "entry", "ask_button" }, { "ask", "ask-text", "describe", "again", "again-turn" } },
  { "answers", { "style_button" }, { "style", "reset-style" } },
};

typedef struct
{
  GtkWidget *widget; /* held */
  char *tooltip; /* nullable: its own */
} Locked;

struct QlLessonLocks
{
  guint locks;
  GArray *widgets; /* of Locked */
};

static void
locked_clear (gpointer data)
{
  Locked *self = data;

  gtk_widget_set_sensitive (self->widget, TRUE);
  gtk_widget_set_tooltip_text (self->widget, self->tooltip);
  g_object_unref (self->widget);
  g_free (self->tooltip);
}

QlLessonLocks *
ql_lesson_locks_new (void)
{
  QlLessonLocks *self = g_new0 (QlLessonLocks, 1);

  self->widgets = g_array_new (FALSE, FALSE, sizeof (Locked));
  g_array_set_clear_func (self->widgets, locked_clear);
  return self;
}

void
ql_lesson_locks_free (QlLessonLocks *self)
{
  g_array_unref (self->widgets);
  g_free (self);
}

static gboolean
is_locked (const QlLessonLocks *self, guint row)
{
  int lock = ql_lesson_lock_find (table[row].lock);

  return lock >= 0 && (self->locks >> lock & 1) != 0;
}

static gboolean
has_id (const QlLessonLocks *self, const char *id)
{
  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    for (guint j = 0; is_locked (self, i) && j < G_N_ELEMENTS (table[i].ids) && table[i].ids[j] != NULL; j++)
      if (g_str_equal (table[i].ids[j], id))
        return TRUE;
  return FALSE;
}

static void
lock_below (QlLessonLocks *self, GtkWidget *widget)
{
  const char *id = gtk_buildable_get_buildable_id (GTK_BUILDABLE (widget));

  /* What is insensitive for a reason of its own stays so afterwards. */
  if (id != NULL && has_id (self, id) && gtk_widget_get_sensitive (widget))
    {
      Locked locked = { g_object_ref (widget), g_strdup (gtk_widget_get_tooltip_text (widget)) };

      gtk_widget_set_sensitive (widget, FALSE);
      gtk_widget_set_tooltip_text (widget, _ ("Not needed for this step of the lesson"));
      g_array_append_val (self->widgets, locked);
      return;
    }
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    lock_below (self, child);
}

void
ql_lesson_locks_set (QlLessonLocks *self, GtkWidget *root, guint locks)
{
  g_array_set_size (self->widgets, 0);
  self->locks = locks;
  if (locks != 0)
    lock_below (self, root);
}

gboolean
ql_lesson_locks_has_action (const QlLessonLocks *self, const char *action)
{
  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    for (guint j = 0;
         is_locked (self, i) && j < G_N_ELEMENTS (table[i].actions) && table[i].actions[j] != NULL; j++)
      if (g_str_equal (table[i].actions[j], action))
        return TRUE;
  return FALSE;
}
