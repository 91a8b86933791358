#include "ui/caption-cell.h"

#include <glib/gi18n.h>
#include <string.h>

#include "ui/cell-text.h"

/* More of a text than fits is not laid out at every scrolling by. */
#define MAX_SHOWN_CHARS 300
#define N_LINES 2
#define LEAST_WIDTH_PX 24
/* Longer ones, from other programs, are changed in an editor. */
#define MAX_EDITED_BYTES 4096

struct _QlCaptionCell
{
  GtkWidget parent_instance;

  QlBatchItem *item;
  QlCellText text;
  GtkText *entry; /* NULL: never was changed here */
  GtkEventController *focus; /* of the entry */
  gboolean editing;
};

enum
{
  PROP_EDITING = 1,
  N_PROPS,
};

enum
{
  EDITED,
  N_SIGNALS,
};

static GParamSpec *props[N_PROPS];
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (QlCaptionCell, ql_caption_cell, GTK_TYPE_WIDGET)

/* In a line or two: line ends as a person sees them, too long ones cut. */
static char *
shown_text (const char *text)
{
  g_autofree char *cut = g_utf8_strlen (text, MAX_SHOWN_CHARS * 4) > MAX_SHOWN_CHARS
                             ? g_utf8_substring (text, 0, MAX_SHOWN_CHARS)
                             : g_strdup (text);
  GString *shown = g_string_new (cut);

  g_string_replace (shown, "\n", " ⏎ ", 0);
  return g_string_free (shown, FALSE);
}

static void
update (QlCaptionCell *self)
{
  const char *error = self->item != NULL ? ql_batch_item_get_error (self->item) : NULL;
  const char *caption = self->item != NULL ? ql_batch_item_get_caption (self->item) : NULL;
  gboolean unsaved = self->item != NULL && ql_batch_item_get_unsaved (self->item);
  const char *text = error != NULL ? error : caption;
  /* Never empty: a label without text is announced by the name of its type. */
  g_autofree char *shown = shown_text (text != NULL && *text != '\0' ? text : " ");

  if (unsaved)
    {
      /* Translators: a caption that could not be written to its file. */
      char *marked = g_strdup_printf (_ ("Not saved: %s"), shown);

      g_free (shown);
      shown = marked;
    }
  if (!ql_cell_text_set (&self->text, shown))
    return;
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, shown, -1);
  gtk_widget_queue_draw (GTK_WIDGET (self));
  if (error != NULL || unsaved)
    gtk_widget_add_css_class (GTK_WIDGET (self), "ql-error-text");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self), "ql-error-text");
}

static gboolean
query_tooltip_cb (GtkWidget *widget, int x, int y, gboolean keyboard, GtkTooltip *tooltip, gpointer data)
{
  QlCaptionCell *self = QL_CAPTION_CELL (widget);
  const char *error = self->item != NULL ? ql_batch_item_get_error (self->item) : NULL;
  const char *caption = self->item != NULL ? ql_batch_item_get_caption (self->item) : NULL;
  const char *text = error != NULL ? error : caption;
  g_autofree char *cut = NULL;

  if (text == NULL || *text == '\0' || self->editing)
    return FALSE;
  cut = g_utf8_strlen (text, MAX_EDITED_BYTES) > MAX_SHOWN_CHARS ? g_utf8_substring (text, 0, MAX_SHOWN_CHARS)
                                                                 : g_strdup (text);
  gtk_tooltip_set_text (tooltip, cut);
  return TRUE;
}

/* ---- editing ------------------------------------------------------------------------- */

gboolean
ql_caption_cell_can_edit (QlBatchItem *item)
{
  QlBatchStatus status = ql_batch_item_get_status (item);
  const char *caption = ql_batch_item_get_caption (item);

  if (caption != NULL && strlen (caption) > MAX_EDITED_BYTES)
    return FALSE;
  return status == QL_BATCH_DONE || status == QL_BATCH_SKIPPED || status == QL_BATCH_FAILED;
}

static void end (QlCaptionCell *self, gboolean take);

static void
leave_cb (QlCaptionCell *self)
{
  end (self, TRUE);
}

static void
set_editing (QlCaptionCell *self, gboolean editing)
{
  self->editing = editing;
  /* Hidden, not taken away: it may be what is just losing the focus. */
  gtk_widget_set_visible (GTK_WIDGET (self->entry), editing);
  gtk_widget_queue_draw (GTK_WIDGET (self));
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_EDITING]);
}

static void
end (QlCaptionCell *self, gboolean take)
{
  g_autoptr (QlBatchItem) item = NULL;
  g_autofree char *text = NULL;
  const char *before;

  if (!self->editing)
    return;
  item = g_object_ref (self->item);
  before = ql_batch_item_get_caption (item);
  text = g_strdup (gtk_editable_get_text (GTK_EDITABLE (self->entry)));
  set_editing (self, FALSE);
  if (take && (ql_batch_item_get_unsaved (item) || g_strcmp0 (text, before) != 0)
      && (*text != '\0' || before != NULL))
    g_signal_emit (self, signals[EDITED], 0, item, text);
}

void
ql_caption_cell_end (QlCaptionCell *self, gboolean take)
{
  GtkWidget *cell = gtk_widget_get_parent (GTK_WIDGET (self));

  if (!self->editing)
    return;
  end (self, take);
  /* To the row, from where the arrow keys go on. */
  if (cell != NULL && gtk_widget_get_parent (cell) != NULL)
    gtk_widget_grab_focus (gtk_widget_get_parent (cell));
}

static void
activate_cb (QlCaptionCell *self)
{
  ql_caption_cell_end (self, TRUE);
}

static gboolean
key_cb (GtkEventControllerKey *controller, guint keyval, guint keycode, GdkModifierType state,
        QlCaptionCell *self)
{
  if (keyval != GDK_KEY_Escape || !self->editing)
    return FALSE;
  ql_caption_cell_end (self, FALSE);
  return TRUE;
}

static void
add_entry (QlCaptionCell *self)
{
  GtkEventController *keys = gtk_event_controller_key_new ();

  /* Of itself it has no role: it is made to be a part of an entry. */
  self->entry
      = g_object_new (GTK_TYPE_TEXT, "accessible-role", GTK_ACCESSIBLE_ROLE_TEXT_BOX, "visible", FALSE, NULL);
  self->focus = gtk_event_controller_focus_new ();
  gtk_widget_add_css_class (GTK_WIDGET (self->entry), "ql-caption-entry");
  gtk_widget_set_valign (GTK_WIDGET (self->entry), GTK_ALIGN_CENTER);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->entry), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Caption"),
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                  _ ("Enter saves it, Escape leaves it as it was."), -1);
  g_signal_connect_object (self->focus, "leave", G_CALLBACK (leave_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (keys, "key-pressed", G_CALLBACK (key_cb), self, 0);
  g_signal_connect_object (self->entry, "activate", G_CALLBACK (activate_cb), self, G_CONNECT_SWAPPED);
  gtk_widget_add_controller (GTK_WIDGET (self->entry), self->focus);
  gtk_widget_add_controller (GTK_WIDGET (self->entry), keys);
  gtk_widget_set_parent (GTK_WIDGET (self->entry), GTK_WIDGET (self));
}

void
ql_caption_cell_edit (QlCaptionCell *self)
{
  const char *caption = self->item != NULL ? ql_batch_item_get_caption (self->item) : NULL;

  if (self->item == NULL || self->editing || !ql_caption_cell_can_edit (self->item))
    return;
  if (self->entry == NULL)
    add_entry (self);
  gtk_editable_set_text (GTK_EDITABLE (self->entry), caption != NULL ? caption : "");
  set_editing (self, TRUE);
  gtk_widget_grab_focus (GTK_WIDGET (self->entry)); /* selects all of it */
}

/* ---- the widget ----------------------------------------------------------------------- */

void
ql_caption_cell_set_item (QlCaptionCell *self, QlBatchItem *item)
{
  if (self->item == item)
    return;
  end (self, TRUE);
  if (self->item != NULL)
    g_signal_handlers_disconnect_by_func (self->item, update, self);
  g_set_object (&self->item, item);
  if (item != NULL)
    {
      g_signal_connect_object (item, "notify::caption", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
      g_signal_connect_object (item, "notify::error", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
      g_signal_connect_object (item, "notify::unsaved", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
      update (self);
    }
}

static void
ql_caption_cell_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  if (id == PROP_EDITING)
    g_value_set_boolean (value, QL_CAPTION_CELL (object)->editing);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
ql_caption_cell_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                         int *natural, int *minimum_baseline, int *natural_baseline)
{
  QlCaptionCell *self = QL_CAPTION_CELL (widget);
  int entry_minimum = 0, entry_natural = 0;

  /* How wide, the column says. */
  *minimum
      = orientation == GTK_ORIENTATION_HORIZONTAL ? LEAST_WIDTH_PX : N_LINES * ql_cell_line_height (widget);
  *natural = *minimum;
  if (self->entry != NULL)
    gtk_widget_measure (GTK_WIDGET (self->entry), orientation, for_size, &entry_minimum, &entry_natural, NULL,
                        NULL);
}

static void
ql_caption_cell_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  QlCaptionCell *self = QL_CAPTION_CELL (widget);

  if (self->editing)
    gtk_widget_size_allocate (GTK_WIDGET (self->entry), &(GtkAllocation){ 0, 0, width, height }, -1);
}

static void
ql_caption_cell_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  static const QlCellStyle style = { .ellipsize = PANGO_ELLIPSIZE_END, .n_lines = N_LINES };
  QlCaptionCell *self = QL_CAPTION_CELL (widget);

  if (self->editing)
    gtk_widget_snapshot_child (widget, GTK_WIDGET (self->entry), snapshot);
  else
    ql_cell_text_snapshot (
        &self->text, widget, snapshot, &style,
        &(GdkRectangle){ 0, 0, gtk_widget_get_width (widget), gtk_widget_get_height (widget) });
}

static void
ql_caption_cell_css_changed (GtkWidget *widget, GtkCssStyleChange *change)
{
  ql_cell_text_invalidate (&QL_CAPTION_CELL (widget)->text);
  GTK_WIDGET_CLASS (ql_caption_cell_parent_class)->css_changed (widget, change);
}

static void
ql_caption_cell_dispose (GObject *object)
{
  QlCaptionCell *self = QL_CAPTION_CELL (object);

  end (self, TRUE);
  g_clear_object (&self->item);
  ql_cell_text_clear (&self->text);
  if (self->entry != NULL)
    gtk_widget_unparent (GTK_WIDGET (self->entry));
  self->entry = NULL;
  G_OBJECT_CLASS (ql_caption_cell_parent_class)->dispose (object);
}

static void
ql_caption_cell_class_init (QlCaptionCellClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->get_property = ql_caption_cell_get_property;
  object_class->dispose = ql_caption_cell_dispose;
  widget_class->measure = ql_caption_cell_measure;
  widget_class->size_allocate = ql_caption_cell_size_allocate;
  widget_class->snapshot = ql_caption_cell_snapshot;
  widget_class->css_changed = ql_caption_cell_css_changed;
  props[PROP_EDITING] = g_param_spec_boolean (
      "editing", NULL, NULL, FALSE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  g_object_class_install_properties (object_class, N_PROPS, props);
  signals[EDITED] = g_signal_new ("edited", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                  G_TYPE_NONE, 2, QL_TYPE_BATCH_ITEM, G_TYPE_STRING);
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
}

static void
ql_caption_cell_init (QlCaptionCell *self)
{
  gtk_widget_set_overflow (GTK_WIDGET (self), GTK_OVERFLOW_HIDDEN);
  gtk_widget_set_has_tooltip (GTK_WIDGET (self), TRUE);
  g_signal_connect (self, "query-tooltip", G_CALLBACK (query_tooltip_cb), NULL);
}

GtkWidget *
ql_caption_cell_new (void)
{
  return g_object_new (QL_TYPE_CAPTION_CELL, NULL);
}

QlBatchItem *
ql_caption_cell_get_item (QlCaptionCell *self)
{
  return self->item;
}

gboolean
ql_caption_cell_get_editing (QlCaptionCell *self)
{
  return self->editing;
}

GtkText *
ql_caption_cell_get_entry (QlCaptionCell *self)
{
  return self->editing ? self->entry : NULL;
}

const char *
ql_caption_cell_get_text (QlCaptionCell *self)
{
  return self->text.text;
}
