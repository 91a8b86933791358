#include "ui/wrap-box.h"

struct _QlWrapBox
{
  GtkWidget parent_instance;

  int spacing;
};

enum
{
  PROP_SPACING = 1,
  N_PROPS,
};

static GParamSpec *props[N_PROPS];

G_DEFINE_FINAL_TYPE (QlWrapBox, ql_wrap_box, GTK_TYPE_WIDGET)

/* What fits into a line. */
typedef struct
{
  GtkWidget *first, *end; /* end is not part of it; NULL: no more children */
  int width; /* with the spacing inside */
  int height;
  int n_expand;
} Line;

static GtkWidget *
skip_hidden (GtkWidget *child)
{
  while (child != NULL && !gtk_widget_should_layout (child))
    child = gtk_widget_get_next_sibling (child);
  return child;
}

static int
child_width (GtkWidget *child, int most)
{
  int minimum, natural;

  gtk_widget_measure (child, GTK_ORIENTATION_HORIZONTAL, -1, &minimum, &natural, NULL, NULL);
  return MAX (minimum, MIN (natural, most));
}

/* FALSE: there are no more. */
static gboolean
next_line (QlWrapBox *self, int width, Line *line)
{
  GtkWidget *child = skip_hidden (line->end);

  *line = (Line){ .first = child, .width = -self->spacing };
  for (; child != NULL; child = skip_hidden (gtk_widget_get_next_sibling (child)))
    {
      int own = child_width (child, width), height;

      if (child != line->first && line->width + self->spacing + own > width)
        break;
      gtk_widget_measure (child, GTK_ORIENTATION_VERTICAL, own, &height, NULL, NULL, NULL);
      line->width += self->spacing + own;
      line->height = MAX (line->height, height);
      line->n_expand += gtk_widget_compute_expand (child, GTK_ORIENTATION_HORIZONTAL);
    }
  line->end = child;
  return line->first != NULL;
}

static int
height_for_width (QlWrapBox *self, int width)
{
  Line line = { .end = gtk_widget_get_first_child (GTK_WIDGET (self)) };
  int height = 0;

  while (next_line (self, width, &line))
    height += line.height + (height > 0 ? self->spacing : 0);
  return height;
}

static void
ql_wrap_box_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural,
                     int *minimum_baseline, int *natural_baseline)
{
  QlWrapBox *self = QL_WRAP_BOX (widget);

  *minimum = *natural = 0;
  if (orientation == GTK_ORIENTATION_VERTICAL)
    {
      *minimum = *natural = height_for_width (self, for_size >= 0 ? for_size : G_MAXINT);
      return;
    }
  for (GtkWidget *child = skip_hidden (gtk_widget_get_first_child (widget)); child != NULL;
       child = skip_hidden (gtk_widget_get_next_sibling (child)))
    {
      int child_minimum, child_natural;

      gtk_widget_measure (child, orientation, -1, &child_minimum, &child_natural, NULL, NULL);
      *minimum = MAX (*minimum, child_minimum);
      *natural += child_natural + (*natural > 0 ? self->spacing : 0);
    }
}

static GtkSizeRequestMode
ql_wrap_box_get_request_mode (GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static void
ql_wrap_box_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  QlWrapBox *self = QL_WRAP_BOX (widget);
  gboolean rtl = gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL;
  Line line = { .end = gtk_widget_get_first_child (widget) };
  int y = 0;

  while (next_line (self, width, &line))
    {
      int left = MAX (width - line.width, 0), x = 0;

      for (GtkWidget *child = line.first; child != line.end;
           child = skip_hidden (gtk_widget_get_next_sibling (child)))
        {
          int own = child_width (child, width);

          if (gtk_widget_compute_expand (child, GTK_ORIENTATION_HORIZONTAL))
            own += left / line.n_expand;
          gtk_widget_size_allocate (child, &(GtkAllocation){ rtl ? width - x - own : x, y, own, line.height },
                                    -1);
          x += own + self->spacing;
        }
      y += line.height + self->spacing;
    }
}

static void
ql_wrap_box_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  if (id == PROP_SPACING)
    g_value_set_int (value, QL_WRAP_BOX (object)->spacing);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
ql_wrap_box_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  if (id == PROP_SPACING)
    {
      QL_WRAP_BOX (object)->spacing = g_value_get_int (value);
      gtk_widget_queue_resize (GTK_WIDGET (object));
    }
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
ql_wrap_box_dispose (GObject *object)
{
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (object))) != NULL)
    gtk_widget_unparent (child);
  G_OBJECT_CLASS (ql_wrap_box_parent_class)->dispose (object);
}

static void
ql_wrap_box_class_init (QlWrapBoxClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->get_property = ql_wrap_box_get_property;
  object_class->set_property = ql_wrap_box_set_property;
  object_class->dispose = ql_wrap_box_dispose;
  widget_class->measure = ql_wrap_box_measure;
  widget_class->get_request_mode = ql_wrap_box_get_request_mode;
  widget_class->size_allocate = ql_wrap_box_size_allocate;
  props[PROP_SPACING]
      = g_param_spec_int ("spacing", NULL, NULL, 0, 1000, 0, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, props);
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
}

static void
ql_wrap_box_init (QlWrapBox *self)
{
}
