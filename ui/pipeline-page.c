#include "ui/pipeline-page.h"

#include <glib/gi18n.h>

#include "ui/stage-row.h"

struct _QlPipelinePage
{
  QlPage parent_instance;

  GtkStack *stack; /* "stages", "inside", or "message" in their place */
  GtkLabel *message;
  GtkSpinner *spinner;
  GtkWidget *again;
  GtkLabel *total;
  GtkBox *rows;
  QlStageInside *inside;
  QlLab *lab;
  QlPipeline *listed; /* nullable: what the rows are of */
};

G_DEFINE_FINAL_TYPE (QlPipelinePage, ql_pipeline_page, QL_TYPE_PAGE)

/* ---- the list ---- */

static void
update_total (QlPipelinePage *self, QlPipeline *pipeline)
{
  double ms = ql_pipeline_get_total_ms (pipeline);
  g_autofree char *time = ql_ms_text (ms), *text = NULL;
  const char *model = ql_trace_get_model_name (ql_pipeline_get_trace (pipeline));

  if (ms > 0)
    text
        = g_strdup_printf (_ ("From the picture to the answer: %s in all, with the model “%s”"), time, model);
  else
    text = g_strdup_printf (
        _ ("From the picture to the answer, with the model “%s”; times were not measured"), model);
  /* Empty labels have no name that could be read aloud: they are not shown before. */
  gtk_label_set_text (self->total, text);
  gtk_widget_set_visible (GTK_WIDGET (self->total), TRUE);
}

/* The row of the stage that was looked into. */
static GtkWidget *
row_of (QlPipelinePage *self, const QlStage *stage)
{
  GtkWidget *row = gtk_widget_get_first_child (GTK_WIDGET (self->rows));

  for (int i = 0; self->listed != NULL && i < ql_pipeline_get_n_stages (self->listed) && row != NULL; i++)
    {
      if (stage == NULL || ql_pipeline_get_stage (self->listed, i)->kind == stage->kind)
        return row;
      row = gtk_widget_get_next_sibling (row);
    }
  return NULL;
}

static void
fill_rows (QlPipelinePage *self, QlPipeline *pipeline)
{
  GtkWidget *child;

  if (pipeline == self->listed)
    return;
  g_clear_pointer (&self->listed, ql_pipeline_unref);
  self->listed = ql_pipeline_ref (pipeline);
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self->rows))) != NULL)
    gtk_box_remove (self->rows, child);
  for (int i = 0; i < ql_pipeline_get_n_stages (pipeline); i++)
    gtk_box_append (self->rows, ql_stage_row_new (pipeline, ql_pipeline_get_stage (pipeline, i)));
  update_total (self, pipeline);
}

/* ---- why there is none ---- */

static void
update_message (QlPipelinePage *self)
{
  QlLabState state = ql_lab_get_state (self->lab);
  gboolean working = state == QL_LAB_WORKING || state == QL_LAB_WAITING;
  g_autofree char *text = NULL;

  if (state == QL_LAB_NO_ANSWER)
    text = g_strdup (
        _ ("Describe the picture or ask something: then you see here, stage by stage, how the picture "
           "became words."));
  else if (working)
    text = g_strdup (_ ("The model reads the answer once more, to keep what happens inside…"));
  else if (state == QL_LAB_NOT_KEPT)
    text = g_strdup (
        _ ("What happened inside the model was not kept. It can be computed again where the picture is "
           "there and a model is loaded."));
  else
    text
        = g_strdup_printf (_ ("The stages could not be computed: %s"), ql_lab_get_error (self->lab)->message);
  gtk_label_set_text (self->message, text);
  gtk_widget_set_visible (GTK_WIDGET (self->message), TRUE);
  gtk_widget_set_visible (GTK_WIDGET (self->spinner), working);
  gtk_spinner_set_spinning (self->spinner, working);
  gtk_widget_set_visible (self->again, state == QL_LAB_FAILED);
}

/* ---- following ---- */

static gboolean
is_seen (QlPipelinePage *self)
{
  return gtk_widget_get_mapped (GTK_WIDGET (self));
}

/* The focus stays in what replaces the place where it was. */
static void
show (QlPipelinePage *self, const char *name)
{
  GtkWidget *focus = gtk_root_get_focus (gtk_widget_get_root (GTK_WIDGET (self)));
  gboolean has_focus = focus != NULL && gtk_widget_is_ancestor (focus, GTK_WIDGET (self));

  if (g_strcmp0 (gtk_stack_get_visible_child_name (self->stack), name) == 0)
    return;
  gtk_stack_set_visible_child_name (self->stack, name);
  if (has_focus)
    ql_page_focus (QL_PAGE (self));
}

static void
update (QlPipelinePage *self)
{
  QlPipeline *pipeline = ql_lab_get_pipeline (self->lab);

  if (pipeline == NULL)
    {
      update_message (self);
      show (self, "message");
      return;
    }
  fill_rows (self, pipeline);
  show (self, ql_lab_get_stage (self->lab) != NULL ? "inside" : "stages");
}

static void
changed_cb (QlLab *lab, guint change, QlPipelinePage *self)
{
  /* Pictures of all tensors are made only for who looks at them. */
  if ((change & (QL_LAB_CHANGED_TRACE | QL_LAB_CHANGED_STAGE)) != 0 && is_seen (self))
    update (self);
}

static void
ql_pipeline_page_map (GtkWidget *widget)
{
  QlPipelinePage *self = QL_PIPELINE_PAGE (widget);

  GTK_WIDGET_CLASS (ql_pipeline_page_parent_class)->map (widget);
  if (self->lab != NULL)
    update (self);
}

static void
ql_pipeline_page_focus (QlPage *page)
{
  QlPipelinePage *self = QL_PIPELINE_PAGE (page);
  const char *name = gtk_stack_get_visible_child_name (self->stack);
  GtkWidget *row = row_of (self, ql_lab_get_last_stage (self->lab));

  if (g_strcmp0 (name, "inside") == 0)
    ql_stage_inside_focus (self->inside);
  else if (g_strcmp0 (name, "stages") == 0 && row != NULL)
    gtk_widget_grab_focus (row);
  else
    gtk_widget_child_focus (GTK_WIDGET (self->stack), GTK_DIR_TAB_FORWARD);
}

static void
ql_pipeline_page_set_lab (QlPage *page, QlLab *lab)
{
  QlPipelinePage *self = QL_PIPELINE_PAGE (page);

  self->lab = g_object_ref (lab);
  ql_stage_inside_set_lab (self->inside, lab);
  g_signal_connect_object (lab, "changed", G_CALLBACK (changed_cb), self, 0);
}

static void
ql_pipeline_page_dispose (GObject *object)
{
  QlPipelinePage *self = QL_PIPELINE_PAGE (object);
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self))) != NULL)
    gtk_widget_unparent (child);
  g_clear_pointer (&self->listed, ql_pipeline_unref);
  g_clear_object (&self->lab);
  G_OBJECT_CLASS (ql_pipeline_page_parent_class)->dispose (object);
}

static void
ql_pipeline_page_class_init (QlPipelinePageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  g_type_ensure (QL_TYPE_STAGE_INSIDE);
  G_OBJECT_CLASS (klass)->dispose = ql_pipeline_page_dispose;
  widget_class->map = ql_pipeline_page_map;
  QL_PAGE_CLASS (klass)->set_lab = ql_pipeline_page_set_lab;
  QL_PAGE_CLASS (klass)->focus = ql_pipeline_page_focus;
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/qlens/Qlens/pipeline-page.ui");
  gtk_widget_class_bind_template_child (widget_class, QlPipelinePage, stack);
  gtk_widget_class_bind_template_child (widget_class, QlPipelinePage, message);
  gtk_widget_class_bind_template_child (widget_class, QlPipelinePage, spinner);
  gtk_widget_class_bind_template_child (widget_class, QlPipelinePage, again);
  gtk_widget_class_bind_template_child (widget_class, QlPipelinePage, total);
  gtk_widget_class_bind_template_child (widget_class, QlPipelinePage, rows);
  gtk_widget_class_bind_template_child (widget_class, QlPipelinePage, inside);
  /* Out of a stage, to the list of all. */
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Left, GDK_ALT_MASK, "win.pipeline-stage", "s",
                                       "");
}

static void
ql_pipeline_page_init (QlPipelinePage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
ql_pipeline_page_get_rows (QlPipelinePage *self)
{
  return GTK_WIDGET (self->rows);
}

QlStageInside *
ql_pipeline_page_get_inside (QlPipelinePage *self)
{
  return self->inside;
}
