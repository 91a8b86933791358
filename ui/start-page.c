#include "ui/start-page.h"

#include <glib/gi18n.h>

#include "app/paths.h"
#include "app/picture.h"
#include "app/samples.h"
#include "ui/texture.h"

#define N_SAMPLES 6
#define THUMB_PX 88
#define EXAMPLE "carrot-watermelon.safetensors"

struct _QlStartPage
{
  GtkWidget parent_instance;

  GtkFlowBox *samples;
  GtkWidget *samples_label;
  GtkWidget *example_button; /* to a recorded answer */
  GtkLabel *model_label;
  GtkWidget *full_button; /* to models that understand more */
  GCancellable *cancellable;
};

G_DEFINE_FINAL_TYPE (QlStartPage, ql_start_page, GTK_TYPE_WIDGET)

static void
thumb_loaded_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GtkImage) thumb = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (QlPicture) picture = ql_picture_load_finish (result, &error);
  g_autoptr (GdkTexture) texture = NULL;

  if (picture == NULL)
    {
      if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        g_info ("sample: %s", error->message);
      return;
    }
  texture = ql_texture_from_picture (picture);
  gtk_image_set_from_paintable (thumb, GDK_PAINTABLE (texture));
}

static void
add_sample (QlStartPage *self, const QlSample *sample)
{
  g_autoptr (GFile) file = g_file_new_for_path (sample->path);
  g_autofree char *uri = g_file_get_uri (file);
  /* Translators: %s says, in English, what a sample picture shows. */
  g_autofree char *label = g_strdup_printf (_ ("Sample picture: %s"), sample->caption);
  GtkWidget *thumb = gtk_image_new ();
  GtkWidget *button = gtk_button_new ();
  GtkWidget *cell = gtk_flow_box_child_new ();
  int scale = MAX (gtk_widget_get_scale_factor (GTK_WIDGET (self)), 2);

  /* An image, not a picture: it keeps the size given whatever the scale of its pixels. */
  gtk_image_set_pixel_size (GTK_IMAGE (thumb), THUMB_PX);
  gtk_widget_set_overflow (thumb, GTK_OVERFLOW_HIDDEN);
  gtk_accessible_update_property (GTK_ACCESSIBLE (thumb), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);

  gtk_button_set_child (GTK_BUTTON (button), thumb);
  gtk_widget_set_size_request (button, THUMB_PX, THUMB_PX);
  gtk_widget_add_css_class (button, "ql-sample");
  gtk_widget_set_halign (button, GTK_ALIGN_CENTER);
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_set_tooltip_text (button, label);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), "win.open-uri");
  gtk_actionable_set_action_target (GTK_ACTIONABLE (button), "s", uri);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);

  /* One stop for the Tab key, not two. */
  gtk_widget_set_focusable (cell, FALSE);
  gtk_widget_add_css_class (cell, "ql-sample-cell");
  gtk_accessible_update_property (GTK_ACCESSIBLE (cell), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  gtk_flow_box_child_set_child (GTK_FLOW_BOX_CHILD (cell), button);
  gtk_flow_box_append (self->samples, cell);

  ql_picture_load_async (file, THUMB_PX * scale, self->cancellable, thumb_loaded_cb, g_object_ref (thumb));
}

static void
ql_start_page_dispose (GObject *object)
{
  QlStartPage *self = QL_START_PAGE (object);
  GtkWidget *child = gtk_widget_get_first_child (GTK_WIDGET (object));

  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&child, gtk_widget_unparent);
  G_OBJECT_CLASS (ql_start_page_parent_class)->dispose (object);
}

static void
ql_start_page_class_init (QlStartPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ql_start_page_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/qlens/Qlens/start-page.ui");
  gtk_widget_class_bind_template_child (widget_class, QlStartPage, samples);
  gtk_widget_class_bind_template_child (widget_class, QlStartPage, samples_label);
  gtk_widget_class_bind_template_child (widget_class, QlStartPage, model_label);
  gtk_widget_class_bind_template_child (widget_class, QlStartPage, example_button);
  gtk_widget_class_bind_template_child (widget_class, QlStartPage, full_button);
}

static void
add_example (QlStartPage *self)
{
  g_autofree char *dir = ql_paths_data ("traces");
  g_autofree char *path = dir != NULL ? g_build_filename (dir, EXAMPLE, NULL) : NULL;
  g_autofree char *uri = path != NULL ? g_filename_to_uri (path, NULL, NULL) : NULL;

  if (uri == NULL || !g_file_test (path, G_FILE_TEST_IS_REGULAR))
    return;
  gtk_actionable_set_action_name (GTK_ACTIONABLE (self->example_button), "win.open-uri");
  gtk_actionable_set_action_target (GTK_ACTIONABLE (self->example_button), "s", uri);
  gtk_widget_set_visible (self->example_button, TRUE);
}

static void
ql_start_page_init (QlStartPage *self)
{
  g_autoptr (GPtrArray) samples = ql_samples_load ();
  guint n = MIN (samples->len, N_SAMPLES);

  gtk_widget_init_template (GTK_WIDGET (self));
  self->cancellable = g_cancellable_new ();
  /* Evenly over the list, which goes from easy to hard. */
  for (guint i = 0; i < n; i++)
    add_sample (self, g_ptr_array_index (samples, i * samples->len / n));
  gtk_widget_set_visible (GTK_WIDGET (self->samples), n > 0);
  gtk_widget_set_visible (self->samples_label, n > 0);
  add_example (self);
}

void
ql_start_page_set_demo_model (QlStartPage *self, gboolean demo)
{
  gtk_label_set_text (self->model_label,
                      demo ? _ ("The demo model knows drawings of 78 things, 11 colours, and counts to five. "
                                "It does not understand photographs.")
                           : "");
  gtk_widget_set_visible (GTK_WIDGET (self->model_label), demo);
  gtk_widget_set_visible (self->full_button, demo);
}
