#include "ui/stage-row.h"

#include <glib/gi18n.h>
#include <math.h>

#include "ui/accessible.h"
#include "ui/tensor-view.h"

#define PICTURE_PX 52

static GtkWidget *
label_new (const char *text, const char *css_class)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  if (css_class != NULL)
    gtk_widget_add_css_class (label, css_class);
  return label;
}

/* Its small picture, or an empty place: the names stay in a line. */
static GtkWidget *
picture_new (QlPipeline *pipeline, const QlStage *stage)
{
  GtkWidget *picture = ql_tensor_view_new (PICTURE_PX);
  int part = ql_pipeline_get_first_part (pipeline, stage);
  g_autoptr (QlTensorPicture) view = NULL;

  if (ql_pipeline_get_n_views (pipeline, stage, part) > 0)
    view = ql_pipeline_make_view (pipeline, stage, part, 0);
  ql_tensor_view_set (QL_TENSOR_VIEW (picture), view);
  gtk_widget_set_valign (picture, GTK_ALIGN_CENTER);
  gtk_accessible_update_state (GTK_ACCESSIBLE (picture), GTK_ACCESSIBLE_STATE_HIDDEN, TRUE, -1);
  gtk_accessible_update_property (GTK_ACCESSIBLE (picture), GTK_ACCESSIBLE_PROPERTY_LABEL, stage->name, -1);
  return picture;
}

static GtkWidget *
bar_new (double share, const char *time)
{
  GtkWidget *bar = gtk_level_bar_new_for_interval (0, 1);

  gtk_level_bar_set_value (GTK_LEVEL_BAR (bar), CLAMP (share, 0, 1));
  gtk_level_bar_remove_offset_value (GTK_LEVEL_BAR (bar), GTK_LEVEL_BAR_OFFSET_LOW);
  gtk_level_bar_remove_offset_value (GTK_LEVEL_BAR (bar), GTK_LEVEL_BAR_OFFSET_HIGH);
  gtk_level_bar_remove_offset_value (GTK_LEVEL_BAR (bar), GTK_LEVEL_BAR_OFFSET_FULL);
  gtk_accessible_update_property (GTK_ACCESSIBLE (bar), GTK_ACCESSIBLE_PROPERTY_LABEL, time, -1);
  ql_accessible_name_internals (bar);
  return bar;
}

GtkWidget *
ql_stage_row_new (QlPipeline *pipeline, const QlStage *stage)
{
  GtkWidget *button = gtk_button_new (), *row = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 10);
  GtkWidget *texts = gtk_box_new (GTK_ORIENTATION_VERTICAL, 1);
  g_autofree char *time = ql_pipeline_describe_time (pipeline, stage);
  g_autofree char *all = g_strjoin (". ", stage->name, *stage->shape != '\0' ? stage->shape : time,
                                    *stage->shape != '\0' && *time != '\0' ? time : NULL, NULL);
  double share = ql_pipeline_get_share (pipeline, stage);

  gtk_widget_set_hexpand (texts, TRUE);
  gtk_widget_set_valign (texts, GTK_ALIGN_CENTER);
  gtk_box_append (GTK_BOX (texts), label_new (stage->name, "ql-stage-name"));
  if (*stage->shape != '\0')
    gtk_box_append (GTK_BOX (texts), label_new (stage->shape, "ql-small"));
  if (!isnan (share))
    gtk_box_append (GTK_BOX (texts), bar_new (share, time));
  if (*time != '\0')
    gtk_box_append (GTK_BOX (texts), label_new (time, "ql-small"));
  gtk_box_append (GTK_BOX (row), picture_new (pipeline, stage));
  gtk_box_append (GTK_BOX (row), texts);
  gtk_button_set_child (GTK_BUTTON (button), row);
  gtk_widget_add_css_class (button, "flat");
  gtk_widget_add_css_class (button, "ql-stage");
  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), "win.pipeline-stage");
  gtk_actionable_set_action_target (GTK_ACTIONABLE (button), "s", ql_stage_kind_to_string (stage->kind));
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, all, -1);
  return button;
}
