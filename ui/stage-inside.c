#include "ui/stage-inside.h"

#include <glib/gi18n.h>
#include <math.h>

#include "ui/beam-view.h"
#include "ui/part-lane.h"
#include "ui/token-list.h"

struct _QlStageInside
{
  GtkWidget parent_instance;

  GtkLabel *title, *explanation, *shape, *time, *memory, *missing;
  GtkWidget *parts; /* which block or layer */
  GtkAdjustment *part;
  GtkLabel *part_label, *part_name;
  QlPartLane *lane;
  GtkDropDown *view;
  GtkBox *picture_box;
  QlTensorView *picture;
  GtkLabel *value, *note;
  GtkBox *tokens;
  GtkWidget *beams;
  QlBeamView *beam_view;
  GtkLabel *beam_label;
  GtkBox *endings;
  QlLab *lab;
  QlTensorPicture *shown; /* nullable */
  gboolean updating; /* controls follow the selection, not the person */
};

G_DEFINE_FINAL_TYPE (QlStageInside, ql_stage_inside, GTK_TYPE_WIDGET)

/* ---- controls ---- */

static void
part_cb (QlStageInside *self)
{
  if (!self->updating)
    gtk_widget_activate_action (GTK_WIDGET (self), "win.pipeline-part", "i",
                                (int) (gtk_adjustment_get_value (self->part) + 0.5));
}

static void
view_cb (QlStageInside *self)
{
  if (!self->updating && gtk_drop_down_get_selected (self->view) != GTK_INVALID_LIST_POSITION)
    gtk_widget_activate_action (GTK_WIDGET (self), "win.pipeline-view", "i",
                                (int) gtk_drop_down_get_selected (self->view));
}

static void
cell_cb (QlTensorView *picture, int column, int row, QlStageInside *self)
{
  QlTensorPicture *tensor = ql_tensor_view_get (picture);
  g_autofree char *value = NULL;

  if (tensor != NULL && column >= 0)
    value = ql_tensor_picture_describe (tensor, column, row);
  gtk_label_set_text (self->value,
                      value != NULL ? value : _ ("Point at it, or use the arrow keys, to read values."));
}

/* ---- what is shown ---- */

static void
set_text (GtkLabel *label, const char *text)
{
  gtk_label_set_text (label, text);
  gtk_widget_set_visible (GTK_WIDGET (label), *text != '\0');
}

static void
update_texts (QlStageInside *self, QlPipeline *pipeline, const QlStage *stage)
{
  g_autofree char *time = ql_pipeline_describe_time (pipeline, stage);
  g_autofree char *memory = ql_pipeline_describe_memory (pipeline, stage);

  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, stage->name, -1);
  set_text (self->title, stage->name);
  set_text (self->explanation, stage->explanation);
  set_text (self->shape, stage->shape);
  set_text (self->time, time);
  set_text (self->memory, memory);
  set_text (self->missing, stage->missing != NULL ? stage->missing : "");
}

static void
update_parts (QlStageInside *self, QlPipeline *pipeline, const QlStage *stage)
{
  int part = ql_lab_get_stage_part (self->lab);
  double ms = ql_pipeline_get_part_ms (pipeline, stage, part);
  g_autofree char *name = ql_pipeline_get_part_name (pipeline, stage, part);
  g_autofree char *time = isnan (ms) ? NULL : ql_ms_text (ms);
  g_autofree char *text = time != NULL ? g_strdup_printf (_ ("%s: %s"), name, time) : g_strdup (name);

  gtk_widget_set_visible (self->parts, stage->n_parts > 1);
  gtk_adjustment_configure (self->part, part, 0, stage->n_parts - 1, 1, 4, 0);
  gtk_label_set_text (self->part_label, stage->kind == QL_STAGE_QFORMER ? _ ("Layer") : _ ("Block"));
  gtk_label_set_text (self->part_name, text);
}

static void
update_views (QlStageInside *self, QlPipeline *pipeline, const QlStage *stage)
{
  int part = ql_lab_get_stage_part (self->lab), chosen = ql_lab_get_stage_view (self->lab);
  int n = stage->kind == QL_STAGE_TOKENS ? 0 : ql_pipeline_get_n_views (pipeline, stage, part);
  g_autoptr (GtkStringList) titles = gtk_string_list_new (NULL);
  g_autoptr (QlTensorPicture) shown = NULL;

  for (int i = 0; i < n; i++)
    {
      g_autoptr (QlTensorPicture) view = ql_pipeline_make_view (pipeline, stage, part, i);

      gtk_string_list_append (titles, ql_tensor_picture_get_title (view));
      if (i == chosen)
        shown = g_steal_pointer (&view);
      if (i == chosen)
        gtk_accessible_update_property (GTK_ACCESSIBLE (self->view), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                        ql_tensor_picture_get_title (shown), -1);
    }
  gtk_drop_down_set_model (self->view, G_LIST_MODEL (titles));
  gtk_drop_down_set_selected (self->view, (guint) chosen);
  gtk_widget_set_visible (GTK_WIDGET (self->view), n > 1);
  gtk_widget_set_visible (GTK_WIDGET (self->picture_box), n > 0);
  ql_tensor_view_set (self->picture, shown);
  set_text (self->note, shown != NULL ? ql_tensor_picture_get_note (shown) : "");
}

/* The texts that a search came to, best first. */
static void
fill_endings (QlStageInside *self, QlBeamTree *tree)
{
  g_autoptr (GArray) endings = ql_beam_tree_get_endings (tree);
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self->endings))) != NULL)
    gtk_box_remove (self->endings, child);
  for (guint i = 0; i < MIN (endings->len, 10); i++)
    {
      int node = g_array_index (endings, int, i);
      g_autofree char *text = ql_beam_tree_get_text (tree, node);
      g_autofree char *score = ql_beam_tree_describe_ending (tree, node);
      g_autofree char *line = i == 0 ? g_strdup_printf (_ ("“%s”: %s, the answer"), text, score)
                                     : g_strdup_printf (_ ("“%s”: %s"), text, score);
      GtkWidget *button = gtk_button_new (), *label = gtk_label_new (line);

      gtk_label_set_xalign (GTK_LABEL (label), 0);
      gtk_label_set_wrap (GTK_LABEL (label), TRUE);
      gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
      gtk_button_set_child (GTK_BUTTON (button), label);
      gtk_widget_add_css_class (button, "flat");
      gtk_widget_add_css_class (button, "ql-look");
      gtk_actionable_set_action_name (GTK_ACTIONABLE (button), "win.beam");
      gtk_actionable_set_action_target (GTK_ACTIONABLE (button), "i", node);
      gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, line, -1);
      gtk_box_append (self->endings, button);
    }
}

static void
update_beams (QlStageInside *self, QlPipeline *pipeline, const QlStage *stage, gboolean anew)
{
  QlBeamTree *tree = stage->kind == QL_STAGE_BEAMS ? ql_pipeline_get_beams (pipeline) : NULL;
  g_autofree char *text = NULL;

  gtk_widget_set_visible (self->beams, tree != NULL);
  if (tree == NULL)
    return;
  text = ql_beam_tree_describe (tree, ql_lab_get_beam (self->lab));
  gtk_label_set_text (self->beam_label, text);
  if (anew)
    fill_endings (self, tree);
}

static void
changed_cb (QlLab *lab, guint change, QlStageInside *self)
{
  const QlStage *stage = ql_lab_get_stage (lab);
  QlPipeline *pipeline = ql_lab_get_pipeline (lab);
  gboolean anew;

  if ((change & (QL_LAB_CHANGED_TRACE | QL_LAB_CHANGED_STAGE)) == 0 || stage == NULL)
    return;
  self->updating = TRUE;
  anew = gtk_widget_get_first_child (GTK_WIDGET (self->endings)) == NULL
         || (change & QL_LAB_CHANGED_TRACE) != 0;
  update_texts (self, pipeline, stage);
  update_parts (self, pipeline, stage);
  update_views (self, pipeline, stage);
  gtk_widget_set_visible (GTK_WIDGET (self->tokens), stage->kind == QL_STAGE_TOKENS);
  if (stage->kind == QL_STAGE_TOKENS)
    ql_token_list_fill (self->tokens, ql_lab_get_trace (lab));
  update_beams (self, pipeline, stage, anew);
  self->updating = FALSE;
}

/* ---- life ---- */

static void
ql_stage_inside_dispose (GObject *object)
{
  QlStageInside *self = QL_STAGE_INSIDE (object);
  GtkWidget *child;

  self->updating = TRUE;
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self))) != NULL)
    gtk_widget_unparent (child);
  g_clear_object (&self->lab);
  G_OBJECT_CLASS (ql_stage_inside_parent_class)->dispose (object);
}

#define CHILD(name) gtk_widget_class_bind_template_child (widget_class, QlStageInside, name)

static void
ql_stage_inside_class_init (QlStageInsideClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  g_type_ensure (QL_TYPE_BEAM_VIEW);
  g_type_ensure (QL_TYPE_PART_LANE);
  G_OBJECT_CLASS (klass)->dispose = ql_stage_inside_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/qlens/Qlens/stage-inside.ui");
  CHILD (title);
  CHILD (explanation);
  CHILD (shape);
  CHILD (time);
  CHILD (memory);
  CHILD (missing);
  CHILD (parts);
  CHILD (part);
  CHILD (part_label);
  CHILD (part_name);
  CHILD (lane);
  CHILD (view);
  CHILD (picture_box);
  CHILD (value);
  CHILD (note);
  CHILD (tokens);
  CHILD (beams);
  CHILD (beam_view);
  CHILD (beam_label);
  CHILD (endings);
}

static void
ql_stage_inside_init (QlStageInside *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->picture = QL_TENSOR_VIEW (ql_tensor_view_new (0));
  gtk_box_prepend (self->picture_box, GTK_WIDGET (self->picture));
  g_signal_connect_object (self->picture, "cell", G_CALLBACK (cell_cb), self, 0);
  g_signal_connect_object (self->part, "value-changed", G_CALLBACK (part_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->view, "notify::selected", G_CALLBACK (view_cb), self, G_CONNECT_SWAPPED);
}

void
ql_stage_inside_set_lab (QlStageInside *self, QlLab *lab)
{
  g_return_if_fail (self->lab == NULL);
  self->lab = g_object_ref (lab);
  ql_part_lane_set_lab (self->lane, lab);
  ql_beam_view_set_lab (self->beam_view, lab);
  g_signal_connect_object (lab, "changed", G_CALLBACK (changed_cb), self, 0);
  changed_cb (lab, QL_LAB_CHANGED_TRACE, self);
}

void
ql_stage_inside_focus (QlStageInside *self)
{
  if (gtk_widget_get_visible (self->beams))
    gtk_widget_grab_focus (GTK_WIDGET (self->beam_view));
  else if (gtk_widget_get_visible (GTK_WIDGET (self->picture_box)))
    gtk_widget_grab_focus (GTK_WIDGET (self->picture));
  else
    gtk_widget_child_focus (GTK_WIDGET (self), GTK_DIR_TAB_FORWARD);
}

QlTensorView *
ql_stage_inside_get_picture (QlStageInside *self)
{
  return self->picture;
}
