#include "ui/model-button.h"

#include <glib/gi18n.h>

#include "app/free-memory.h"
#include "ui/accessible.h"
#include "ui/model-text.h"
#include "ui/phase-text.h"

#define FREE_INTERVAL_S 2
/* To what follows; asked for with the rest of the width. */
#define GAP_PX 6

struct _QlModelButton
{
  GtkWidget parent_instance;

  GtkMenuButton *button;
  GtkImage *state_icon;
  GtkWidget *name_label;
  GtkPopover *popover;
  GtkLabel *title_label;
  GtkLabel *state_label;
  GtkProgressBar *progress;
  GtkLabel *facts_label;
  GtkButton *load_button;
  GtkWidget *models_button;
  GtkWidget *style_button;

  QlEngineService *engine;
  QlModelLoader *loader;
  GSettings *settings; /* nullable */
  guint free_timeout; /* while the popover is open */
};

G_DEFINE_FINAL_TYPE (QlModelButton, ql_model_button, GTK_TYPE_WIDGET)

static void
update_button (QlModelButton *self)
{
  static const char *const classes[] = { "ql-model-ready", "ql-model-busy", "ql-model-failed" };
  QlEngineState state = ql_engine_service_get_state (self->engine);
  g_autofree char *name = ql_engine_service_get_model_name (self->engine);
  const char *shown = name != NULL ? name : _ ("No model");
  /* Translators: the model's name, then its state: "Demo model · ready". */
  g_autofree char *both = g_strdup_printf (_ ("%s · %s"), shown, ql_state_text (state));
  /* Translators: for screen readers: the model's name and state. */
  g_autofree char *spoken = g_strdup_printf (_ ("Model: %s"), both);

  gtk_image_set_from_icon_name (self->state_icon, ql_model_text_icon (state));
  for (gsize i = 0; i < G_N_ELEMENTS (classes); i++)
    gtk_widget_remove_css_class (GTK_WIDGET (self->state_icon), classes[i]);
  if (state != QL_ENGINE_NO_MODEL)
    gtk_widget_add_css_class (GTK_WIDGET (self->state_icon), classes[state == QL_ENGINE_READY   ? 0
                                                                     : state == QL_ENGINE_ERROR ? 2
                                                                                                : 1]);
  gtk_label_set_text (GTK_LABEL (self->name_label), shown);
  gtk_label_set_text (self->title_label, both);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->button), both);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->button), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken, -1);
}

static void
update_load_button (QlModelButton *self)
{
  switch (ql_engine_service_get_state (self->engine))
    {
    case QL_ENGINE_LOADING:
      gtk_button_set_label (self->load_button, _ ("Cancel"));
      gtk_actionable_set_action_name (GTK_ACTIONABLE (self->load_button), "app.stop-model");
      break;
    case QL_ENGINE_READY:
    case QL_ENGINE_BUSY:
      gtk_button_set_label (self->load_button, _ ("Unload"));
      gtk_actionable_set_action_name (GTK_ACTIONABLE (self->load_button), "app.unload-model");
      break;
    case QL_ENGINE_ERROR:
    case QL_ENGINE_NO_MODEL:
    default:
      gtk_button_set_label (self->load_button, _ ("Load"));
      gtk_actionable_set_action_name (GTK_ACTIONABLE (self->load_button), "app.reload-model");
    }
}

/* (nullable): of the model that is open, or else of what the list knows of it */
static const QlModelFacts *
known_facts (QlModelButton *self)
{
  const QlModelFacts *facts = ql_engine_service_get_model_facts (self->engine);
  QlModelEntry *entry = facts == NULL ? ql_model_loader_get_entry (self->loader) : NULL;

  return entry != NULL ? ql_model_entry_get_facts (entry) : facts;
}

static char *
threads_text (QlModelButton *self)
{
  int n = self->settings != NULL ? g_settings_get_int (self->settings, "threads") : 0;

  if (n == 0)
    n = (int) g_get_num_processors ();
  return g_strdup_printf (ngettext ("%d thread", "%d threads", (gulong) n), n);
}

static void
update_facts (QlModelButton *self)
{
  const QlModelFacts *facts = known_facts (self);
  QlEngineState state = ql_engine_service_get_state (self->engine);
  gboolean open = state == QL_ENGINE_READY || state == QL_ENGINE_BUSY;
  guint64 free_bytes = ql_free_memory ();
  g_autofree char *free_size = g_format_size (free_bytes);
  g_autofree char *threads = threads_text (self);
  g_autoptr (GString) text = g_string_new (NULL);

  if (facts != NULL)
    {
      g_autofree char *kind = ql_model_text_kind (facts);
      g_autofree char *parameters = ql_model_text_parameters (facts->n_parameters);
      g_autofree char *memory = ql_model_text_memory (facts, free_bytes, open);

      g_string_append_printf (text, "%s\n%s · %s\n%s\n", kind, parameters, facts->types, memory);
    }
  if (free_bytes > 0 && (open || facts == NULL))
    {
      g_string_append_printf (text, _ ("%s of memory free"), free_size);
      g_string_append_c (text, '\n');
    }
  g_string_append (text, threads);
  if (self->settings != NULL && g_settings_get_boolean (self->settings, "exact"))
    g_string_append_printf (text, "\n%s", _ ("Calculates exactly"));
  gtk_label_set_text (self->facts_label, text->str);
}

static void
update_progress (QlModelButton *self)
{
  QlEngineState state = ql_engine_service_get_state (self->engine);
  g_autofree char *phase = ql_phase_text (ql_engine_service_get_progress (self->engine));

  gtk_widget_set_visible (GTK_WIDGET (self->state_label), phase != NULL);
  if (phase != NULL)
    gtk_label_set_text (self->state_label, phase);
  gtk_widget_set_visible (GTK_WIDGET (self->progress), state == QL_ENGINE_LOADING);
  gtk_progress_bar_set_fraction (self->progress, ql_engine_service_get_fraction (self->engine));
}

static void
update_cb (QlModelButton *self)
{
  update_button (self);
  update_load_button (self);
  update_progress (self);
  if (gtk_widget_get_mapped (GTK_WIDGET (self->popover)))
    update_facts (self);
}

static void
progress_cb (QlModelButton *self)
{
  if (gtk_widget_get_mapped (GTK_WIDGET (self->popover)))
    update_progress (self);
}

static gboolean
free_memory_cb (gpointer data)
{
  update_facts (data);
  return G_SOURCE_CONTINUE;
}

static void
popover_shown_cb (QlModelButton *self)
{
  update_cb (self);
  update_facts (self);
  if (self->free_timeout == 0)
    self->free_timeout = g_timeout_add_seconds (FREE_INTERVAL_S, free_memory_cb, self);
}

static void
popover_closed_cb (QlModelButton *self)
{
  g_clear_handle_id (&self->free_timeout, g_source_remove);
}

/* ---- its place in the header ---- */

static gboolean
is_compact (QlModelButton *self)
{
  return !gtk_widget_get_visible (self->name_label);
}

/* Asks for no width before it is compact: else the window could never get so narrow that it becomes
 * compact. Where there is not even room for its least width, it is not shown. */
static void
ql_model_button_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                         int *natural, int *minimum_baseline, int *natural_baseline)
{
  QlModelButton *self = QL_MODEL_BUTTON (widget);

  gtk_widget_measure (GTK_WIDGET (self->button), orientation, -1, minimum, natural, minimum_baseline,
                      natural_baseline);
  if (orientation == GTK_ORIENTATION_HORIZONTAL && !is_compact (self))
    {
      *minimum = 0;
      *natural += GAP_PX;
    }
}

static void
ql_model_button_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  QlModelButton *self = QL_MODEL_BUTTON (widget);
  GtkWidget *button = GTK_WIDGET (self->button);
  int gap = is_compact (self) ? 0 : GAP_PX;
  int x = gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL ? gap : 0;
  int least;

  gtk_widget_measure (button, GTK_ORIENTATION_HORIZONTAL, -1, &least, NULL, NULL, NULL);
  gtk_widget_set_child_visible (button, width >= least + gap);
  if (width >= least + gap)
    gtk_widget_size_allocate (button, &(GtkAllocation){ x, 0, width - gap, height }, baseline);
}

/* ---- life ---- */

static void
ql_model_button_dispose (GObject *object)
{
  QlModelButton *self = QL_MODEL_BUTTON (object);
  GtkWidget *child = gtk_widget_get_first_child (GTK_WIDGET (object));

  g_clear_handle_id (&self->free_timeout, g_source_remove);
  g_clear_pointer (&child, gtk_widget_unparent);
  g_clear_object (&self->engine);
  g_clear_object (&self->loader);
  g_clear_object (&self->settings);
  G_OBJECT_CLASS (ql_model_button_parent_class)->dispose (object);
}

static void
ql_model_button_class_init (QlModelButtonClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ql_model_button_dispose;
  widget_class->measure = ql_model_button_measure;
  widget_class->size_allocate = ql_model_button_size_allocate;
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/qlens/Qlens/model-button.ui");
  gtk_widget_class_bind_template_child (widget_class, QlModelButton, button);
  gtk_widget_class_bind_template_child (widget_class, QlModelButton, state_icon);
  gtk_widget_class_bind_template_child (widget_class, QlModelButton, name_label);
  gtk_widget_class_bind_template_child (widget_class, QlModelButton, popover);
  gtk_widget_class_bind_template_child (widget_class, QlModelButton, title_label);
  gtk_widget_class_bind_template_child (widget_class, QlModelButton, state_label);
  gtk_widget_class_bind_template_child (widget_class, QlModelButton, progress);
  gtk_widget_class_bind_template_child (widget_class, QlModelButton, facts_label);
  gtk_widget_class_bind_template_child (widget_class, QlModelButton, load_button);
  gtk_widget_class_bind_template_child (widget_class, QlModelButton, models_button);
  gtk_widget_class_bind_template_child (widget_class, QlModelButton, style_button);
}

static void
ql_model_button_init (QlModelButton *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  /* These lead elsewhere; loading and unloading can be watched. */
  g_signal_connect_object (self->models_button, "clicked", G_CALLBACK (gtk_popover_popdown), self->popover,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->style_button, "clicked", G_CALLBACK (gtk_popover_popdown), self->popover,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->popover, "map", G_CALLBACK (popover_shown_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->popover, "unmap", G_CALLBACK (popover_closed_cb), self, G_CONNECT_SWAPPED);
  ql_accessible_name_internals (GTK_WIDGET (self));
}

void
ql_model_button_set_app (QlModelButton *self, QlApplication *app)
{
  g_return_if_fail (self->engine == NULL);
  self->engine = g_object_ref (ql_application_get_engine (app));
  self->loader = g_object_ref (ql_application_get_loader (app));
  g_set_object (&self->settings, ql_application_get_settings (app));
  g_signal_connect_object (self->engine, "notify::state", G_CALLBACK (update_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->engine, "notify::model-dir", G_CALLBACK (update_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->engine, "notify::progress", G_CALLBACK (progress_cb), self,
                           G_CONNECT_SWAPPED);
  update_cb (self);
  update_facts (self);
}

void
ql_model_button_set_compact (QlModelButton *self, gboolean compact)
{
  gtk_widget_set_visible (self->name_label, !compact);
  gtk_menu_button_set_always_show_arrow (self->button, !compact);
}
