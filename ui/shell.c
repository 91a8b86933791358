#include "ui/shell.h"

/* Of the content, left to be seen and to be clicked at beside a sidebar that lies above it. */
#define REST_PX 48

struct _QlShell
{
  GtkWidget parent_instance;

  GtkWidget *sidebar;
  GtkWidget *content;
  gboolean overlaid;
  gboolean shown_beside, shown_above;
};

enum
{
  PROP_SIDEBAR = 1,
  PROP_CONTENT,
  PROP_SIDEBAR_SHOWN,
  N_PROPS,
};

static GParamSpec *props[N_PROPS];

G_DEFINE_FINAL_TYPE (QlShell, ql_shell, GTK_TYPE_WIDGET)

static void
ql_shell_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural,
                  int *minimum_baseline, int *natural_baseline)
{
  QlShell *self = QL_SHELL (widget);
  GtkWidget *children[] = { self->content, self->sidebar };

  *minimum = *natural = 0;
  for (guint i = 0; i < G_N_ELEMENTS (children); i++)
    {
      int child_minimum = 0, child_natural = 0;

      if (children[i] == NULL || !gtk_widget_should_layout (children[i]))
        continue;
      gtk_widget_measure (children[i], orientation, -1, &child_minimum, &child_natural, NULL, NULL);
      /* The sidebar asks for no width of its own: else the window could never get so narrow
       * that the sidebar is laid above the content. */
      if (orientation == GTK_ORIENTATION_VERTICAL || children[i] == self->content)
        *minimum = MAX (*minimum, child_minimum);
      *natural = MAX (*natural, child_natural);
    }
}

static void
allocate (GtkWidget *child, int x, int width, int height)
{
  gtk_widget_size_allocate (child, &(GtkAllocation){ x, 0, width, height }, -1);
}

static void
ql_shell_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  QlShell *self = QL_SHELL (widget);
  gboolean rtl = gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL;
  gboolean sidebar = self->sidebar != NULL && gtk_widget_should_layout (self->sidebar);
  int side = 0, side_minimum = 0, side_natural = 0, content_minimum = 0, content_width;

  if (sidebar)
    {
      gtk_widget_measure (self->sidebar, GTK_ORIENTATION_HORIZONTAL, -1, &side_minimum, &side_natural, NULL,
                          NULL);
      side = self->overlaid ? MAX (side_minimum, MIN (side_natural, width - REST_PX)) : side_minimum;
      allocate (self->sidebar, rtl ? width - side : 0, side, height);
    }
  if (self->content == NULL || !gtk_widget_should_layout (self->content))
    return;
  gtk_widget_measure (self->content, GTK_ORIENTATION_HORIZONTAL, -1, &content_minimum, NULL, NULL, NULL);
  content_width = MAX (self->overlaid ? width : width - side, content_minimum);
  allocate (self->content, rtl || self->overlaid ? 0 : side, content_width, height);
}

static void
ql_shell_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  QlShell *self = QL_SHELL (widget);
  graphene_rect_t all = GRAPHENE_RECT_INIT (0, 0, (float) gtk_widget_get_width (widget),
                                            (float) gtk_widget_get_height (widget));

  if (self->content != NULL)
    gtk_widget_snapshot_child (widget, self->content, snapshot);
  if (self->overlaid && self->shown_above)
    gtk_snapshot_append_color (snapshot, &(GdkRGBA){ 0, 0, 0, 0.35f }, &all);
  if (self->sidebar != NULL)
    gtk_widget_snapshot_child (widget, self->sidebar, snapshot);
}

/* Invisible, not only out of sight: else screen readers would read it. */
static void
update (QlShell *self)
{
  gboolean shown = ql_shell_get_sidebar_shown (self);
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));
  GtkWidget *focus = root != NULL ? gtk_root_get_focus (root) : NULL;
  gboolean lost = !shown && focus != NULL && self->sidebar != NULL
                  && (focus == self->sidebar || gtk_widget_is_ancestor (focus, self->sidebar));

  if (self->sidebar != NULL)
    {
      gtk_widget_set_visible (self->sidebar, shown);
      if (self->overlaid)
        gtk_widget_add_css_class (self->sidebar, "ql-above");
      else
        gtk_widget_remove_css_class (self->sidebar, "ql-above");
    }
  if (self->content != NULL)
    {
      /* What lies below cannot be reached by Tab. */
      gtk_widget_set_can_focus (self->content, !(self->overlaid && shown));
      if (lost)
        gtk_widget_child_focus (self->content, GTK_DIR_TAB_FORWARD);
    }
  gtk_widget_queue_resize (GTK_WIDGET (self));
}

static void
pressed_cb (GtkGestureClick *gesture, int n_press, double x, double y, QlShell *self)
{
  graphene_rect_t bounds;

  if (!self->overlaid || !self->shown_above
      || !gtk_widget_compute_bounds (self->sidebar, GTK_WIDGET (self), &bounds)
      || graphene_rect_contains_point (&bounds, &GRAPHENE_POINT_INIT ((float) x, (float) y)))
    return;
  gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
  ql_shell_set_sidebar_shown (self, FALSE);
}

static void
set_child (QlShell *self, GtkWidget **place, GtkWidget *child)
{
  g_clear_pointer (place, gtk_widget_unparent);
  *place = child;
  if (child == NULL)
    return;
  /* In the order in which they are read and reached by Tab. */
  if (place == &self->sidebar)
    gtk_widget_insert_after (child, GTK_WIDGET (self), NULL);
  else
    gtk_widget_insert_before (child, GTK_WIDGET (self), NULL);
  update (self);
}

static void
ql_shell_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  QlShell *self = QL_SHELL (object);

  switch (id)
    {
    case PROP_SIDEBAR:
      set_child (self, &self->sidebar, g_value_get_object (value));
      break;
    case PROP_CONTENT:
      set_child (self, &self->content, g_value_get_object (value));
      break;
    case PROP_SIDEBAR_SHOWN:
      ql_shell_set_sidebar_shown (self, g_value_get_boolean (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
ql_shell_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  QlShell *self = QL_SHELL (object);

  switch (id)
    {
    case PROP_SIDEBAR:
      g_value_set_object (value, self->sidebar);
      break;
    case PROP_CONTENT:
      g_value_set_object (value, self->content);
      break;
    case PROP_SIDEBAR_SHOWN:
      g_value_set_boolean (value, ql_shell_get_sidebar_shown (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
ql_shell_dispose (GObject *object)
{
  QlShell *self = QL_SHELL (object);

  g_clear_pointer (&self->sidebar, gtk_widget_unparent);
  g_clear_pointer (&self->content, gtk_widget_unparent);
  G_OBJECT_CLASS (ql_shell_parent_class)->dispose (object);
}

static void
ql_shell_class_init (QlShellClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->set_property = ql_shell_set_property;
  object_class->get_property = ql_shell_get_property;
  object_class->dispose = ql_shell_dispose;
  widget_class->measure = ql_shell_measure;
  widget_class->size_allocate = ql_shell_size_allocate;
  widget_class->snapshot = ql_shell_snapshot;
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
  props[PROP_SIDEBAR] = g_param_spec_object ("sidebar", NULL, NULL, GTK_TYPE_WIDGET, flags);
  props[PROP_CONTENT] = g_param_spec_object ("content", NULL, NULL, GTK_TYPE_WIDGET, flags);
  props[PROP_SIDEBAR_SHOWN] = g_param_spec_boolean ("sidebar-shown", NULL, NULL, TRUE, flags);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
ql_shell_init (QlShell *self)
{
  GtkGesture *click = gtk_gesture_click_new ();

  self->shown_beside = TRUE;
  gtk_widget_set_overflow (GTK_WIDGET (self), GTK_OVERFLOW_HIDDEN);
  gtk_event_controller_set_propagation_phase (GTK_EVENT_CONTROLLER (click), GTK_PHASE_CAPTURE);
  g_signal_connect_object (click, "pressed", G_CALLBACK (pressed_cb), self, 0);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (click));
}

void
ql_shell_set_overlaid (QlShell *self, gboolean overlaid)
{
  gboolean before = ql_shell_get_sidebar_shown (self);

  if (self->overlaid == overlaid)
    return;
  self->overlaid = overlaid;
  self->shown_above = FALSE;
  update (self);
  if (before != ql_shell_get_sidebar_shown (self))
    g_object_notify_by_pspec (G_OBJECT (self), props[PROP_SIDEBAR_SHOWN]);
}

gboolean
ql_shell_get_overlaid (QlShell *self)
{
  return self->overlaid;
}

void
ql_shell_set_sidebar_shown (QlShell *self, gboolean shown)
{
  gboolean *place = self->overlaid ? &self->shown_above : &self->shown_beside;

  if (*place == shown)
    return;
  *place = shown;
  update (self);
  if (shown && self->overlaid && self->sidebar != NULL)
    gtk_widget_child_focus (self->sidebar, GTK_DIR_TAB_FORWARD);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_SIDEBAR_SHOWN]);
}

gboolean
ql_shell_get_sidebar_shown (QlShell *self)
{
  return self->overlaid ? self->shown_above : self->shown_beside;
}
