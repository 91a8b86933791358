#include "ui/answer-view.h"

#include <glib/gi18n.h>
#include <math.h>

#include "ui/word-card.h"

/* A press that moved farther selects text. */
#define CLICK_SLOP_PX 4
#define LINE_HEIGHT 1.25

struct _QlAnswerView
{
  GtkWidget parent_instance;

  GtkLabel *label;
  GPtrArray *words; /* of GtkButton, one for each word of the turn */
  GtkWidget *card; /* popover; NULL while there is none */
  QlTurn *turn;
  guint cursor; /* the word Tab leads to */
  graphene_point_t press;
  gboolean pressed;
};

G_DEFINE_FINAL_TYPE (QlAnswerView, ql_answer_view, GTK_TYPE_WIDGET)

/* ---- geometry ---- */

/* Where a word lies in the label; of one that had to be broken, its first line. */
static void
word_rect (QlAnswerView *self, const QlWord *word, GdkRectangle *out)
{
  PangoLayout *layout = gtk_label_get_layout (self->label);
  g_autofree int *ranges = NULL;
  graphene_point_t origin;
  PangoRectangle first;
  int x, y, line, n = 0, from = G_MAXINT, to = G_MININT;

  gtk_label_get_layout_offsets (self->label, &x, &y);
  if (!gtk_widget_compute_point (GTK_WIDGET (self->label), GTK_WIDGET (self),
                                 &GRAPHENE_POINT_INIT ((float) x, (float) y), &origin))
    graphene_point_init (&origin, 0, 0);
  pango_layout_index_to_pos (layout, (int) word->start, &first);
  pango_layout_index_to_line_x (layout, (int) word->start, FALSE, &line, NULL);
  pango_layout_line_get_x_ranges (pango_layout_get_line_readonly (layout, line), (int) word->start,
                                  (int) word->end, &ranges, &n);
  for (int i = 0; i < 2 * n; i++)
    {
      from = MIN (from, ranges[i]);
      to = MAX (to, ranges[i]);
    }
  if (n == 0)
    from = to = first.x;
  out->x = (int) origin.x + PANGO_PIXELS (from);
  out->y = (int) origin.y + PANGO_PIXELS (first.y);
  out->width = MAX (PANGO_PIXELS (to - from), 1);
  out->height = PANGO_PIXELS (first.height) + 1;
}

static void
ql_answer_view_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                        int *natural, int *minimum_baseline, int *natural_baseline)
{
  QlAnswerView *self = QL_ANSWER_VIEW (widget);

  gtk_widget_measure (GTK_WIDGET (self->label), orientation, for_size, minimum, natural, minimum_baseline,
                      natural_baseline);
}

static GtkSizeRequestMode
ql_answer_view_get_request_mode (GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static void
ql_answer_view_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  QlAnswerView *self = QL_ANSWER_VIEW (widget);
  guint n;
  const QlWord *words = self->turn != NULL ? ql_turn_get_words (self->turn, &n) : NULL;

  gtk_widget_size_allocate (GTK_WIDGET (self->label), &(GtkAllocation){ 0, 0, width, height }, baseline);
  for (guint i = 0; i < self->words->len; i++)
    {
      GtkWidget *word = g_ptr_array_index (self->words, i);
      GtkAllocation place;
      int least;

      word_rect (self, &words[i], &place);
      gtk_widget_measure (word, GTK_ORIENTATION_HORIZONTAL, -1, &least, NULL, NULL, NULL);
      place.width = MAX (place.width, least);
      gtk_widget_measure (word, GTK_ORIENTATION_VERTICAL, -1, &least, NULL, NULL, NULL);
      place.height = MAX (place.height, least);
      gtk_widget_size_allocate (word, &place, -1);
    }
  if (self->card != NULL)
    gtk_popover_present (GTK_POPOVER (self->card));
}

/* ---- the card ---- */

static gboolean
drop_card_cb (gpointer data)
{
  gtk_widget_unparent (data);
  return G_SOURCE_REMOVE;
}

static void
card_closed_cb (GtkPopover *card, QlAnswerView *self)
{
  if (self->card == GTK_WIDGET (card))
    self->card = NULL;
  /* Not from within its own signal. */
  g_idle_add_full (G_PRIORITY_DEFAULT, drop_card_cb, g_object_ref (card), g_object_unref);
}

static void
open_card (QlAnswerView *self, guint i)
{
  guint n;
  const QlWord *words = ql_turn_get_words (self->turn, &n);
  g_autofree char *text = NULL;
  g_autofree char *description = NULL;
  GdkRectangle rect;

  if (i >= n)
    return;
  if (self->card != NULL)
    gtk_popover_popdown (GTK_POPOVER (self->card));
  text = g_strndup (ql_turn_get_text (self->turn) + words[i].start, words[i].end - words[i].start);
  description = ql_word_describe (&words[i]);
  self->card = gtk_popover_new ();
  gtk_popover_set_child (GTK_POPOVER (self->card), ql_word_card_new (text, &words[i]));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->card), GTK_ACCESSIBLE_PROPERTY_LABEL, text,
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, description, -1);
  gtk_widget_set_parent (self->card, GTK_WIDGET (self));
  word_rect (self, &words[i], &rect);
  gtk_popover_set_pointing_to (GTK_POPOVER (self->card), &rect);
  g_signal_connect_object (self->card, "closed", G_CALLBACK (card_closed_cb), self, 0);
  gtk_popover_popup (GTK_POPOVER (self->card));
}

static void
clicked_cb (GtkWidget *word, QlAnswerView *self)
{
  guint i;

  if (g_ptr_array_find (self->words, word, &i))
    {
      self->cursor = i;
      open_card (self, i);
    }
}

/* ---- pointer ---- */

static int
word_at (QlAnswerView *self, float x, float y)
{
  for (guint i = 0; i < self->words->len; i++)
    {
      graphene_rect_t bounds;

      if (gtk_widget_compute_bounds (g_ptr_array_index (self->words, i), GTK_WIDGET (self), &bounds)
          && graphene_rect_contains_point (&bounds, &GRAPHENE_POINT_INIT (x, y)))
        return (int) i;
    }
  return -1;
}

static gboolean
event_point (QlAnswerView *self, GdkEvent *event, graphene_point_t *out)
{
  GtkNative *native = gtk_widget_get_native (GTK_WIDGET (self));
  double x, y, surface_x, surface_y;

  if (native == NULL || !gdk_event_get_position (event, &x, &y))
    return FALSE;
  gtk_native_get_surface_transform (native, &surface_x, &surface_y);
  return gtk_widget_compute_point (GTK_WIDGET (native), GTK_WIDGET (self),
                                   &GRAPHENE_POINT_INIT ((float) (x - surface_x), (float) (y - surface_y)),
                                   out);
}

/* The label takes presses for itself, to select; this only looks on. */
static gboolean
event_cb (GtkEventController *controller, GdkEvent *event, QlAnswerView *self)
{
  GdkEventType type = gdk_event_get_event_type (event);
  graphene_point_t point;

  if ((type != GDK_BUTTON_PRESS && type != GDK_BUTTON_RELEASE)
      || gdk_button_event_get_button (event) != GDK_BUTTON_PRIMARY || !event_point (self, event, &point))
    return GDK_EVENT_PROPAGATE;
  if (type == GDK_BUTTON_PRESS)
    self->press = point;
  else if (self->pressed && fabsf (point.x - self->press.x) <= CLICK_SLOP_PX
           && fabsf (point.y - self->press.y) <= CLICK_SLOP_PX
           && !gtk_label_get_selection_bounds (self->label, NULL, NULL))
    {
      int i = word_at (self, point.x, point.y);

      if (i >= 0)
        open_card (self, (guint) i);
    }
  self->pressed = type == GDK_BUTTON_PRESS;
  return GDK_EVENT_PROPAGATE;
}

static gboolean
ql_answer_view_query_tooltip (GtkWidget *widget, int x, int y, gboolean keyboard, GtkTooltip *tooltip)
{
  QlAnswerView *self = QL_ANSWER_VIEW (widget);
  int i = keyboard ? -1 : word_at (self, (float) x, (float) y);
  guint n;
  g_autofree char *text = NULL;

  if (i < 0)
    return FALSE;
  text = ql_word_describe (&ql_turn_get_words (self->turn, &n)[i]);
  gtk_tooltip_set_text (tooltip, text);
  return TRUE;
}

/* ---- keyboard ---- */

static gboolean
focus_word (QlAnswerView *self, int i)
{
  if (i < 0 || i >= (int) self->words->len)
    return FALSE;
  self->cursor = (guint) i;
  return gtk_widget_grab_focus (g_ptr_array_index (self->words, (guint) i));
}

/* All words are one stop of Tab; arrows lead from one to the next. */
static gboolean
ql_answer_view_focus (GtkWidget *widget, GtkDirectionType direction)
{
  QlAnswerView *self = QL_ANSWER_VIEW (widget);
  GtkWidget *focus = gtk_widget_get_focus_child (widget);
  /* The text's direction counts, not the program's: arrows go where the words stand. */
  gboolean rtl = pango_layout_get_direction (gtk_label_get_layout (self->label), 0) == PANGO_DIRECTION_RTL;
  guint i;

  if (focus != NULL && g_ptr_array_find (self->words, focus, &i))
    {
      if (direction == GTK_DIR_LEFT || direction == GTK_DIR_RIGHT)
        {
          focus_word (self, (int) i + ((direction == GTK_DIR_RIGHT) != rtl ? 1 : -1));
          return TRUE;
        }
      return direction == GTK_DIR_TAB_BACKWARD && gtk_widget_grab_focus (GTK_WIDGET (self->label));
    }
  if (focus == GTK_WIDGET (self->label))
    return direction == GTK_DIR_TAB_FORWARD && focus_word (self, (int) self->cursor);
  if (direction == GTK_DIR_TAB_BACKWARD && focus_word (self, (int) self->cursor))
    return TRUE;
  return gtk_widget_child_focus (GTK_WIDGET (self->label), direction);
}

/* ---- life ---- */

static void
ql_answer_view_dispose (GObject *object)
{
  QlAnswerView *self = QL_ANSWER_VIEW (object);
  GtkWidget *child;

  if (self->words != NULL)
    g_ptr_array_set_size (self->words, 0);
  self->card = NULL;
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self))) != NULL)
    gtk_widget_unparent (child);
  g_clear_object (&self->turn);
  g_clear_pointer (&self->words, g_ptr_array_unref);
  G_OBJECT_CLASS (ql_answer_view_parent_class)->dispose (object);
}

static void
ql_answer_view_class_init (QlAnswerViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ql_answer_view_dispose;
  widget_class->measure = ql_answer_view_measure;
  widget_class->get_request_mode = ql_answer_view_get_request_mode;
  widget_class->size_allocate = ql_answer_view_size_allocate;
  widget_class->focus = ql_answer_view_focus;
  widget_class->query_tooltip = ql_answer_view_query_tooltip;
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
}

static void
ql_answer_view_init (QlAnswerView *self)
{
  GtkEventController *legacy = gtk_event_controller_legacy_new ();
  g_autoptr (PangoAttrList) attributes = pango_attr_list_new ();

  self->words = g_ptr_array_new ();
  self->label = GTK_LABEL (gtk_label_new (NULL));
  gtk_label_set_xalign (self->label, 0);
  gtk_label_set_wrap (self->label, TRUE);
  gtk_label_set_wrap_mode (self->label, PANGO_WRAP_WORD_CHAR);
  gtk_label_set_natural_wrap_mode (self->label, GTK_NATURAL_WRAP_NONE);
  /* Room for the words' lines. */
  pango_attr_list_insert (attributes, pango_attr_line_height_new (LINE_HEIGHT));
  gtk_label_set_attributes (self->label, attributes);
  gtk_label_set_selectable (self->label, TRUE);
  gtk_widget_add_css_class (GTK_WIDGET (self->label), "ql-answer");
  gtk_widget_set_parent (GTK_WIDGET (self->label), GTK_WIDGET (self));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Answer"), -1);
  gtk_widget_set_has_tooltip (GTK_WIDGET (self), TRUE);
  gtk_event_controller_set_propagation_phase (legacy, GTK_PHASE_CAPTURE);
  g_signal_connect_object (legacy, "event", G_CALLBACK (event_cb), self, 0);
  gtk_widget_add_controller (GTK_WIDGET (self), legacy);
}

static void
add_word (QlAnswerView *self, const QlWord *word)
{
  GtkWidget *button = gtk_button_new ();
  g_autofree char *text = g_strndup (ql_turn_get_text (self->turn) + word->start, word->end - word->start);
  g_autofree char *description = ql_word_describe (word);

  gtk_widget_add_css_class (button, "ql-word");
  gtk_widget_add_css_class (button, ql_word_style_class (word));
  gtk_widget_set_can_target (button, FALSE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, text,
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, description, -1);
  g_signal_connect_object (button, "clicked", G_CALLBACK (clicked_cb), self, 0);
  gtk_widget_set_parent (button, GTK_WIDGET (self));
  g_ptr_array_add (self->words, button);
}

void
ql_answer_view_set_turn (QlAnswerView *self, QlTurn *turn)
{
  guint n;
  const QlWord *words = ql_turn_get_words (turn, &n);

  g_set_object (&self->turn, turn);
  /* Never as markup: a model may write anything. */
  gtk_label_set_text (self->label, ql_turn_get_text (turn));
  while (self->words->len > 0)
    gtk_widget_unparent (g_ptr_array_steal_index (self->words, self->words->len - 1));
  self->cursor = 0;
  for (guint i = 0; i < n; i++)
    add_word (self, &words[i]);
  gtk_widget_queue_resize (GTK_WIDGET (self));
}

GtkLabel *
ql_answer_view_get_label (QlAnswerView *self)
{
  return self->label;
}

GtkWidget *
ql_answer_view_get_word (QlAnswerView *self, guint i)
{
  return i < self->words->len ? g_ptr_array_index (self->words, i) : NULL;
}

GtkWidget *
ql_answer_view_get_card (QlAnswerView *self)
{
  return self->card;
}
