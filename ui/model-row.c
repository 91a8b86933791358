#include "ui/model-row.h"

#include <glib/gi18n.h>

#include "app/error-text.h"
#include "ui/accessible.h"
#include "ui/model-text.h"
#include "ui/phase-text.h"
#include "ui/supported-view.h"

struct _QlModelRow
{
  GtkListBoxRow parent_instance;

  GtkLabel *name_label;
  GtkWidget *badges;
  GtkWidget *open_badge;
  GtkWidget *default_badge;
  GtkWidget *load_holder;
  GtkButton *load_button;
  GtkMenuButton *menu_button;
  GtkLabel *good_label;
  GtkLabel *summary_label;
  GtkWidget *memory_box;
  GtkWidget *memory_icon;
  GtkLabel *memory_label;
  GtkWidget *error_box;
  GtkLabel *error_label;
  GtkLabel *advice_label;
  GtkWidget *opening_box;
  GtkLabel *opening_label;
  GtkProgressBar *opening_bar;
  GtkImage *verify_icon;
  GtkLabel *verify_label;
  GtkWidget *accept_button;
  GtkButton *verify_button;
  GtkProgressBar *verify_bar;
  QlSupportedView *supported;
  GtkLabel *details_label;

  QlModelEntry *entry;
  QlEngineService *engine;
  GMenu *menu;
  char *menu_shape; /* what the menu was made for */
  guint64 free_bytes;
};

G_DEFINE_FINAL_TYPE (QlModelRow, ql_model_row, GTK_TYPE_LIST_BOX_ROW)

/* ---- which of its states the model is in ---- */

static gboolean
is_engines (QlModelRow *self)
{
  const char *dir = ql_engine_service_get_model_dir (self->engine);
  g_autofree char *path = dir != NULL ? g_canonicalize_filename (dir, NULL) : NULL;

  return g_strcmp0 (path, ql_model_entry_get_dir (self->entry)) == 0;
}

static gboolean
is_opening (QlModelRow *self)
{
  return ql_engine_service_get_state (self->engine) == QL_ENGINE_LOADING && is_engines (self);
}

static gboolean
is_open (QlModelRow *self)
{
  QlEngineState state = ql_engine_service_get_state (self->engine);

  return (state == QL_ENGINE_READY || state == QL_ENGINE_BUSY) && is_engines (self);
}

static gboolean
writes (QlModelRow *self)
{
  const QlModelFacts *facts = ql_model_entry_get_facts (self->entry);

  return facts == NULL || facts->can_write;
}

/* ---- showing them ---- */

/* @spoken: (transfer full): what screen readers say; the label alone is not understood without its row */
static void
set_button (QlModelRow *self, GtkButton *button, const char *label, char *spoken, const char *action)
{
  gtk_button_set_label (button, label);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken, -1);
  gtk_actionable_set_action_target (GTK_ACTIONABLE (button), "s", ql_model_entry_get_id (self->entry));
  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), action);
  g_free (spoken);
}

static void
update_badges (QlModelRow *self)
{
  gboolean open = is_open (self);
  gboolean chosen = ql_model_entry_is_default (self->entry);

  gtk_widget_set_visible (self->open_badge, open);
  gtk_widget_set_visible (self->default_badge, chosen);
  gtk_widget_set_visible (self->badges, open || chosen);
}

static void
update_load_button (QlModelRow *self)
{
  gboolean busy = ql_engine_service_get_state (self->engine) == QL_ENGINE_BUSY;
  const char *name = ql_model_entry_get_name (self->entry);
  const char *why = NULL;

  if (is_opening (self))
    set_button (self, self->load_button, _ ("Cancel"), g_strdup_printf (_ ("Cancel loading %s"), name),
                "models.stop");
  else if (is_open (self))
    {
      set_button (self, self->load_button, _ ("Unload"), g_strdup_printf (_ ("Unload %s"), name),
                  "models.unload");
      why = busy ? _ ("It is answering. Stop it first.")
                 : _ ("Gives its memory back. The next question loads it again.");
    }
  else if (ql_model_entry_get_state (self->entry) == QL_MODEL_BROKEN)
    set_button (self, self->load_button, _ ("Try Again"), g_strdup_printf (_ ("Try again to load %s"), name),
                "models.load");
  else
    {
      set_button (self, self->load_button, _ ("Load"), g_strdup_printf (_ ("Load %s"), name), "models.load");
      why = writes (self) ? NULL : _ ("It only compares pictures with texts: “qlens-cli match” can use it.");
    }
  gtk_widget_set_sensitive (self->load_holder, is_open (self) ? !busy : is_opening (self) || writes (self));
  gtk_widget_set_tooltip_text (self->load_holder, why);
}

static void
add_item (QlModelRow *self, const char *label, const char *action)
{
  GMenuItem *item = g_menu_item_new (label, NULL);

  g_menu_item_set_action_and_target (item, action, "s", ql_model_entry_get_id (self->entry));
  g_menu_append_item (self->menu, item);
  g_object_unref (item);
}

/* Only when it has to be another: it may be open just now. */
static void
update_menu (QlModelRow *self)
{
  gboolean verifies = ql_model_entry_get_verification (self->entry) == QL_VERIFICATION_RUNNING;
  gboolean offer_default = !ql_model_entry_is_default (self->entry) && writes (self);
  g_autofree char *shape = g_strdup_printf ("%d%d%d", verifies, offer_default,
                                            ql_model_entry_get_state (self->entry) == QL_MODEL_SOUND);

  if (g_strcmp0 (shape, self->menu_shape) == 0)
    return;
  g_free (self->menu_shape);
  self->menu_shape = g_steal_pointer (&shape);
  g_menu_remove_all (self->menu);
  if (offer_default)
    add_item (self, _ ("Make _Default"), "models.make-default");
  if (verifies)
    add_item (self, _ ("Stop _Verifying"), "models.stop-verify");
  else
    add_item (self, _ ("_Verify Files"), "models.verify");
  if (ql_model_entry_get_state (self->entry) == QL_MODEL_SOUND)
    add_item (self, _ ("Make _Smaller…"), "models.shrink");
  add_item (self, _ ("_Open Folder"), "models.open-folder");
  if (!ql_model_entry_is_demo (self->entry))
    add_item (self, _ ("_Remove From List"), "models.remove");
}

static void
update_facts (QlModelRow *self)
{
  const QlModelFacts *facts = ql_model_entry_get_facts (self->entry);
  g_autofree char *summary = NULL;
  g_autofree char *size = NULL;
  g_autofree char *needs = NULL;
  g_autofree char *memory = NULL;

  gtk_widget_set_visible (self->memory_box, facts != NULL);
  gtk_widget_set_visible (GTK_WIDGET (self->good_label), facts != NULL);
  /* Of one that is broken its error tells. */
  gtk_widget_set_visible (GTK_WIDGET (self->summary_label),
                          facts != NULL || ql_model_entry_get_state (self->entry) != QL_MODEL_BROKEN);
  if (facts == NULL)
    {
      gtk_label_set_text (self->summary_label, _ ("Looking at the model…"));
      return;
    }
  summary = ql_model_text_summary (facts);
  gtk_label_set_text (self->good_label, ql_model_text_good_for (facts));
  gtk_label_set_text (self->summary_label, summary);
  size = g_format_size (facts->n_bytes);
  needs = ql_model_text_memory (facts, self->free_bytes, is_open (self));
  /* Translators: an amount of data on the disk; then what it needs of memory. */
  memory = g_strdup_printf (_ ("%s of weights. %s."), size, needs);
  gtk_label_set_text (self->memory_label, memory);
  gtk_widget_set_visible (self->memory_icon,
                          !is_open (self) && !ql_model_text_fits (facts, self->free_bytes));
}

static void
update_details (QlModelRow *self)
{
  const QlModelFacts *facts = ql_model_entry_get_facts (self->entry);
  const char *path = ql_model_entry_get_dir (self->entry);
  g_autofree char *name = g_filename_display_name (path);
  g_autofree char *place = NULL;
  g_autofree char *needed = NULL;
  g_autofree char *about = NULL;
  g_autofree char *text = NULL;

  place = g_strdup_printf (g_str_has_suffix (path, ".gguf") ? _ ("File: %s") : _ ("Folder: %s"), name);
  if (facts == NULL)
    {
      gtk_label_set_text (self->details_label, place);
      return;
    }
  needed = g_format_size (facts->memory_bytes);
  about = g_strdup_printf (
      _ ("Architecture: %s\nMemory as stored (%s): about %s\n"
         "Other precisions: “Make Smaller…” writes a copy with fewer bits for each weight."),
      facts->architecture, facts->types, needed);
  text = g_strconcat (about, "\n", place, NULL);
  gtk_label_set_text (self->details_label, text);
}

static void
update_error (QlModelRow *self)
{
  const GError *error = ql_model_entry_get_error (self->entry);
  gboolean broken = ql_model_entry_get_state (self->entry) == QL_MODEL_BROKEN && error != NULL;

  gtk_widget_set_visible (self->error_box, broken);
  if (broken)
    {
      g_autoptr (QlErrorText) text = ql_error_text_new (QL_ERROR_TASK_OPEN_MODEL, NULL, error);

      gtk_label_set_text (self->error_label, text->details);
      gtk_label_set_text (self->advice_label, text->advice);
    }
}

static void
update_verification (QlModelRow *self)
{
  QlVerification verification = ql_model_entry_get_verification (self->entry);
  gboolean bad = verification == QL_VERIFICATION_CHANGED || verification == QL_VERIFICATION_FAILED;
  gboolean runs = verification == QL_VERIFICATION_RUNNING;
  const char *name = ql_model_entry_get_name (self->entry);
  g_autofree char *text = ql_model_text_verification (self->entry);

  gtk_label_set_text (self->verify_label, text);
  gtk_image_set_from_icon_name (self->verify_icon,
                                bad ? "dialog-warning-symbolic" : "object-select-symbolic");
  gtk_widget_set_visible (GTK_WIDGET (self->verify_icon), bad || verification == QL_VERIFICATION_SOUND);
  gtk_widget_set_visible (GTK_WIDGET (self->verify_bar), runs);
  gtk_progress_bar_set_fraction (self->verify_bar, ql_model_entry_get_verification_fraction (self->entry));
  /* A demo model's files belong to the program, which knows what they must be. */
  gtk_widget_set_visible (self->accept_button,
                          verification == QL_VERIFICATION_CHANGED && !ql_model_entry_is_demo (self->entry));
  if (runs)
    set_button (self, self->verify_button, _ ("Cancel"), g_strdup_printf (_ ("Cancel verifying %s"), name),
                "models.stop-verify");
  else
    set_button (self, self->verify_button, _ ("Verify"), g_strdup_printf (_ ("Verify the files of %s"), name),
                "models.verify");
}

static void
update_entry (QlModelRow *self)
{
  update_badges (self);
  update_facts (self);
  update_details (self);
  update_error (self);
  update_verification (self);
  update_load_button (self);
  update_menu (self);
}

static void
update_progress (QlModelRow *self)
{
  g_autofree char *phase = NULL;

  if (!is_opening (self))
    return;
  phase = ql_phase_text (ql_engine_service_get_progress (self->engine));
  gtk_label_set_text (self->opening_label, phase != NULL ? phase : _ ("Opening the model…"));
  gtk_progress_bar_set_fraction (self->opening_bar, ql_engine_service_get_fraction (self->engine));
}

static void
update_engine (QlModelRow *self)
{
  update_badges (self);
  gtk_widget_set_visible (self->opening_box, is_opening (self));
  update_progress (self);
  update_facts (self);
  update_load_button (self);
}

void
ql_model_row_set_free_memory (QlModelRow *self, guint64 free_bytes)
{
  self->free_bytes = free_bytes;
  update_facts (self);
}

void
ql_model_row_focus (QlModelRow *self)
{
  gtk_widget_grab_focus (GTK_WIDGET (self->load_button));
}

QlModelEntry *
ql_model_row_get_entry (QlModelRow *self)
{
  return self->entry;
}

/* ---- life ---- */

static void
ql_model_row_dispose (GObject *object)
{
  QlModelRow *self = QL_MODEL_ROW (object);

  g_clear_object (&self->entry);
  g_clear_object (&self->engine);
  g_clear_object (&self->menu);
  g_clear_pointer (&self->menu_shape, g_free);
  G_OBJECT_CLASS (ql_model_row_parent_class)->dispose (object);
}

static void
ql_model_row_class_init (QlModelRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ql_model_row_dispose;
  g_type_ensure (QL_TYPE_SUPPORTED_VIEW);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/qlens/Qlens/model-row.ui");
  gtk_widget_class_bind_template_child (widget_class, QlModelRow, name_label);
  gtk_widget_class_bind_template_child (widget_class, QlModelRow, badges);
  gtk_widget_class_bind_template_child (widget_class, QlModelRow, open_badge);
  gtk_widget_class_bind_template_child (widget_class, QlModelRow, default_badge);
  gtk_widget_class_bind_template_child (widget_class, QlModelRow, load_holder);
  gtk_widget_class_bind_template_child (widget_class, QlModelRow, load_button);
  gtk_widget_class_bind_template_child (widget_class, QlModelRow, menu_button);
  gtk_widget_class_bind_template_child (widget_class, QlModelRow, good_label);
  gtk_widget_class_bind_template_child (widget_class, QlModelRow, summary_label);
  gtk_widget_class_bind_template_child (widget_class, QlModelRow, memory_box);
  gtk_widget_class_bind_template_child (widget_class, QlModelRow, memory_icon);
  gtk_widget_class_bind_template_child (widget_class, QlModelRow, memory_label);
  gtk_widget_class_bind_template_child (widget_class, QlModelRow, error_box);
  gtk_widget_class_bind_template_child (widget_class, QlModelRow, error_label);
  gtk_widget_class_bind_template_child (widget_class, QlModelRow, advice_label);
  gtk_widget_class_bind_template_child (widget_class, QlModelRow, opening_box);
  gtk_widget_class_bind_template_child (widget_class, QlModelRow, opening_label);
  gtk_widget_class_bind_template_child (widget_class, QlModelRow, opening_bar);
  gtk_widget_class_bind_template_child (widget_class, QlModelRow, verify_icon);
  gtk_widget_class_bind_template_child (widget_class, QlModelRow, verify_label);
  gtk_widget_class_bind_template_child (widget_class, QlModelRow, accept_button);
  gtk_widget_class_bind_template_child (widget_class, QlModelRow, verify_button);
  gtk_widget_class_bind_template_child (widget_class, QlModelRow, verify_bar);
  gtk_widget_class_bind_template_child (widget_class, QlModelRow, supported);
  gtk_widget_class_bind_template_child (widget_class, QlModelRow, details_label);
}

static void
ql_model_row_init (QlModelRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->menu = g_menu_new ();
  gtk_menu_button_set_menu_model (self->menu_button, G_MENU_MODEL (self->menu));
}

static void
set_names (QlModelRow *self)
{
  const char *name = ql_model_entry_get_name (self->entry);
  g_autofree char *more = g_strdup_printf (_ ("More for %s"), name);

  gtk_label_set_text (self->name_label, name);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->menu_button), GTK_ACCESSIBLE_PROPERTY_LABEL, more,
                                  -1);
  set_button (self, GTK_BUTTON (self->accept_button), _ ("Accept"),
              g_strdup_printf (_ ("Accept the files of %s as they are"), name), "models.accept");
}

GtkWidget *
ql_model_row_new (QlModelEntry *entry, QlEngineService *engine)
{
  QlModelRow *self = g_object_new (QL_TYPE_MODEL_ROW, NULL);

  self->entry = g_object_ref (entry);
  self->engine = g_object_ref (engine);
  set_names (self);
  if (ql_model_entry_is_demo (entry))
    ql_supported_view_load (self->supported, ql_model_entry_get_dir (entry));
  g_signal_connect_object (entry, "changed", G_CALLBACK (update_entry), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (engine, "notify::state", G_CALLBACK (update_engine), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (engine, "notify::model-dir", G_CALLBACK (update_engine), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (engine, "notify::progress", G_CALLBACK (update_progress), self, G_CONNECT_SWAPPED);
  update_engine (self);
  update_entry (self);
  ql_accessible_name_internals (GTK_WIDGET (self));
  return GTK_WIDGET (self);
}
