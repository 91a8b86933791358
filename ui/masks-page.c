#include "ui/masks-page.h"

#include <glib/gi18n.h>

#include "ui/mask-results.h"
#include "ui/mask-view.h"
#include "ui/square-bin.h"

struct _QlMasksPage
{
  QlPage parent_instance;

  GtkLabel *task;
  GtkEntry *text;
  GtkStack *stack; /* "mask", or "message" in its place */
  GtkLabel *message;
  GtkSpinner *spinner;
  GtkWidget *again;
  QlMaskView *view;
  GtkLabel *cursor_label;
  GtkLabel *changed_label;
  GtkWidget *smaller, *larger;
  GtkWidget *run_button, *stop_button;
  GtkLabel *error_label;
  QlMaskResults *results;
  GtkLabel *model_label;
  QlLabMask *mask; /* nullable until there is a lab */
  gboolean updating; /* the entry follows, it is not typed in */
};

G_DEFINE_FINAL_TYPE (QlMasksPage, ql_masks_page, QL_TYPE_PAGE)

static const char *
task_text (QlMaskPreset preset)
{
  switch (preset)
    {
    case QL_MASK_ITC:
      return _ ("Image–text contrast (ITC): queries and text do not see each other. Each becomes a vector by "
                "itself, and the two are compared.");
    case QL_MASK_ITM:
      return _ (
          "Image–text matching (ITM): all see all. The queries read the text with the picture and judge "
          "whether they belong together.");
    case QL_MASK_ITG:
      return _ ("Image-grounded text generation (ITG): the text sees the queries and the words before each, "
                "so that it can be written word by word; the queries see no text.");
    }
  return "";
}

/* In the grid's place: what is missing, or on its way. */
static void
update_message (QlMasksPage *self)
{
  QlAskState state = ql_lab_mask_get_state (self->mask);
  const GError *error = ql_lab_mask_get_error (self->mask);
  g_autofree char *text = NULL;

  if (state == QL_ASK_WORKING)
    text = g_strdup (_ ("The model reads picture and text…"));
  else if (error != NULL)
    text = g_strdup_printf (_ ("The text could not be read: %s"), error->message);
  else if (*ql_lab_mask_get_text (self->mask) == '\0')
    text = g_strdup (
        _ ("Describe the picture, or write a text above: then you see here how the Q-Former reads "
           "both together."));
  else
    text = g_strdup (_ ("The text has not been read yet."));
  gtk_label_set_text (self->message, text);
  gtk_widget_set_visible (GTK_WIDGET (self->spinner), state == QL_ASK_WORKING);
  gtk_spinner_set_spinning (self->spinner, state == QL_ASK_WORKING);
  gtk_widget_set_visible (self->again, state == QL_ASK_FAILED || state == QL_ASK_NONE);
  gtk_widget_set_sensitive (self->again, *ql_lab_mask_get_text (self->mask) != '\0');
}

static void
update_entry (QlMasksPage *self)
{
  const char *text = ql_lab_mask_get_text (self->mask);

  if (gtk_widget_has_focus (GTK_WIDGET (gtk_editable_get_delegate (GTK_EDITABLE (self->text)))))
    return; /* a person types */
  if (g_strcmp0 (gtk_editable_get_text (GTK_EDITABLE (self->text)), text) != 0)
    gtk_editable_set_text (GTK_EDITABLE (self->text), text);
}

static void
update_zoom (QlMasksPage *self)
{
  gtk_widget_set_sensitive (self->smaller, ql_mask_view_can_zoom (self->view, -1));
  gtk_widget_set_sensitive (self->larger, ql_mask_view_can_zoom (self->view, 1));
}

static void
update_changed_label (QlMasksPage *self)
{
  int n = ql_lab_mask_get_n_changed (self->mask);
  g_autofree char *text = NULL;

  if (n == 0)
    text = g_strdup (_ ("As the model was trained"));
  else
    text = g_strdup_printf (ngettext ("%d cell changed", "%d cells changed", (gulong) n), n);
  gtk_label_set_text (self->changed_label, text);
}

static void
changed_cb (QlLabMask *mask, QlMasksPage *self)
{
  gboolean ready = ql_lab_mask_get_state (mask) == QL_ASK_READY;
  gboolean running = ready && ql_lab_mask_get_running (mask);
  const GError *error = ready ? ql_lab_mask_get_error (mask) : NULL;
  const char *name = ql_lab_mask_get_model_name (mask);

  gtk_label_set_text (self->task, task_text (ql_lab_mask_get_preset (mask)));
  update_entry (self);
  gtk_stack_set_visible_child_name (self->stack, ready ? "mask" : "message");
  if (!ready)
    {
      update_message (self);
      return;
    }
  update_changed_label (self);
  gtk_widget_set_visible (self->run_button, !running);
  gtk_widget_set_visible (self->stop_button, running);
  gtk_widget_set_visible (GTK_WIDGET (self->error_label), error != NULL);
  gtk_label_set_text (self->error_label, error != NULL ? error->message : "");
  if (name != NULL)
    {
      /* Translators: a model's name. */
      g_autofree char *text = g_strdup_printf (_ ("Judged by %s"), name);

      gtk_label_set_text (self->model_label, text);
    }
}

static void
cursor_cb (QlMasksPage *self)
{
  g_autofree char *text = ql_mask_view_describe_cursor (self->view);

  gtk_label_set_text (self->cursor_label, text);
}

static void
zoom_cb (QlMaskView *view, int steps, QlMasksPage *self)
{
  gtk_widget_activate_action (GTK_WIDGET (self), "win.mask-zoom", "i", steps);
}

static void
text_cb (QlMasksPage *self)
{
  gtk_widget_activate_action (GTK_WIDGET (self), "win.mask-text", "s",
                              gtk_editable_get_text (GTK_EDITABLE (self->text)));
}

void
ql_masks_page_zoom (QlMasksPage *self, int steps)
{
  ql_mask_view_zoom (self->view, steps);
  update_zoom (self);
}

/* ---- life ---- */

/* The text is read once it is seen. */
static void
looking_cb (QlMasksPage *self)
{
  if (self->mask != NULL)
    ql_lab_mask_set_looking (self->mask, gtk_widget_get_mapped (GTK_WIDGET (self)));
}

static void
ql_masks_page_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (ql_masks_page_parent_class)->map (widget);
  looking_cb (QL_MASKS_PAGE (widget));
}

static void
ql_masks_page_unmap (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (ql_masks_page_parent_class)->unmap (widget);
  looking_cb (QL_MASKS_PAGE (widget));
}

static void
ql_masks_page_set_lab (QlPage *page, QlLab *lab)
{
  QlMasksPage *self = QL_MASKS_PAGE (page);

  self->mask = g_object_ref (ql_lab_get_mask (lab));
  ql_mask_view_set_mask (self->view, self->mask);
  ql_mask_results_set_mask (self->results, self->mask);
  g_signal_connect_object (self->mask, "changed", G_CALLBACK (changed_cb), self, 0);
  changed_cb (self->mask, self);
  looking_cb (self);
}

static void
ql_masks_page_dispose (GObject *object)
{
  QlMasksPage *self = QL_MASKS_PAGE (object);
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self))) != NULL)
    gtk_widget_unparent (child);
  g_clear_object (&self->mask);
  G_OBJECT_CLASS (ql_masks_page_parent_class)->dispose (object);
}

static void
ql_masks_page_class_init (QlMasksPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  g_type_ensure (QL_TYPE_MASK_VIEW);
  g_type_ensure (QL_TYPE_SQUARE_BIN);
  g_type_ensure (QL_TYPE_MASK_RESULTS);
  G_OBJECT_CLASS (klass)->dispose = ql_masks_page_dispose;
  QL_PAGE_CLASS (klass)->set_lab = ql_masks_page_set_lab;
  widget_class->map = ql_masks_page_map;
  widget_class->unmap = ql_masks_page_unmap;
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/qlens/Qlens/masks-page.ui");
  gtk_widget_class_bind_template_child (widget_class, QlMasksPage, task);
  gtk_widget_class_bind_template_child (widget_class, QlMasksPage, text);
  gtk_widget_class_bind_template_child (widget_class, QlMasksPage, stack);
  gtk_widget_class_bind_template_child (widget_class, QlMasksPage, message);
  gtk_widget_class_bind_template_child (widget_class, QlMasksPage, spinner);
  gtk_widget_class_bind_template_child (widget_class, QlMasksPage, again);
  gtk_widget_class_bind_template_child (widget_class, QlMasksPage, view);
  gtk_widget_class_bind_template_child (widget_class, QlMasksPage, cursor_label);
  gtk_widget_class_bind_template_child (widget_class, QlMasksPage, changed_label);
  gtk_widget_class_bind_template_child (widget_class, QlMasksPage, smaller);
  gtk_widget_class_bind_template_child (widget_class, QlMasksPage, larger);
  gtk_widget_class_bind_template_child (widget_class, QlMasksPage, run_button);
  gtk_widget_class_bind_template_child (widget_class, QlMasksPage, stop_button);
  gtk_widget_class_bind_template_child (widget_class, QlMasksPage, error_label);
  gtk_widget_class_bind_template_child (widget_class, QlMasksPage, results);
  gtk_widget_class_bind_template_child (widget_class, QlMasksPage, model_label);
  gtk_widget_class_bind_template_callback (widget_class, text_cb);
}

static void
ql_masks_page_init (QlMasksPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect_object (self->view, "cursor-moved", G_CALLBACK (cursor_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->view, "zoom", G_CALLBACK (zoom_cb), self, 0);
  update_zoom (self);
}
