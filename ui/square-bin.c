#include "ui/square-bin.h"

struct _QlSquareBin
{
  GtkWidget parent_instance;
};

/* Above, it is no longer higher: it must say what it needs at most. */
#define MOST_PX 480

G_DEFINE_FINAL_TYPE (QlSquareBin, ql_square_bin, GTK_TYPE_WIDGET)

static GtkSizeRequestMode
ql_square_bin_get_request_mode (GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static void
ql_square_bin_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                       int *natural, int *minimum_baseline, int *natural_baseline)
{
  GtkWidget *child = gtk_widget_get_first_child (widget);

  *minimum = *natural = 0;
  if (child != NULL)
    gtk_widget_measure (child, GTK_ORIENTATION_HORIZONTAL, -1, minimum, natural, NULL, NULL);
  if (orientation == GTK_ORIENTATION_VERTICAL)
    *minimum = *natural = for_size < 0 ? MOST_PX : MIN (for_size, MOST_PX);
}

static void
ql_square_bin_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  GtkWidget *child = gtk_widget_get_first_child (widget);

  if (child != NULL)
    gtk_widget_size_allocate (child, &(GtkAllocation){ 0, 0, width, height }, -1);
}

static void
ql_square_bin_dispose (GObject *object)
{
  GtkWidget *child = gtk_widget_get_first_child (GTK_WIDGET (object));

  if (child != NULL)
    gtk_widget_unparent (child);
  G_OBJECT_CLASS (ql_square_bin_parent_class)->dispose (object);
}

static void
ql_square_bin_class_init (QlSquareBinClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ql_square_bin_dispose;
  widget_class->get_request_mode = ql_square_bin_get_request_mode;
  widget_class->measure = ql_square_bin_measure;
  widget_class->size_allocate = ql_square_bin_size_allocate;
}

static void
ql_square_bin_init (QlSquareBin *self)
{
}
