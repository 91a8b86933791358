#include "ui/download-row.h"

#include <unistd.h>

#include <glib/gi18n.h>

#include "app/hub-repositories.h"
#include "ui/accessible.h"
#include "ui/download-text.h"
#include "ui/message-bar.h"

/* What a button says and does. */
typedef struct
{
  const char *label, *tooltip, *action;
} Command;

struct _QlDownloadRow
{
  GtkListBoxRow parent_instance;

  GtkLabel *name;
  GtkLabel *good_for;
  GtkLabel *facts;
  GtkButton *primary;
  GtkWidget *work;
  GtkProgressBar *progress;
  GtkLabel *status;
  GtkButton *secondary;
  QlMessageBar *message;

  QlDownloads *downloads;
  QlHubDownload *download;
  const Command *first, *second; /* what the buttons say */
  const GError *error; /* the one that was told; only compared */
};

G_DEFINE_FINAL_TYPE (QlDownloadRow, ql_download_row, GTK_TYPE_LIST_BOX_ROW)

static const Command start_command
    = { N_ ("Download"), N_ ("Fetch this model from the hub"), "download.start" };
static const Command go_on_command = { N_ ("Go On"), N_ ("Fetch what is missing"), "download.start" };
static const Command again_command
    = { N_ ("Try Again"), N_ ("Fetch this model from the hub"), "download.start" };
static const Command pause_command
    = { N_ ("Pause"), N_ ("Stop for now; what was fetched is kept"), "download.pause" };
static const Command cancel_command
    = { N_ ("Cancel"), N_ ("Stop; what was fetched is kept until it is discarded"), "download.cancel" };
static const Command discard_command
    = { N_ ("Discard…"), N_ ("Remove what was fetched, after asking"), "download-view.discard" };
static const Command remove_command = { N_ ("Remove"), N_ ("Remove it from this list"), "download.remove" };
static const Command load_command = { N_ ("Load"), N_ ("Use this model"), "download-view.load" };

static const Command *
primary_command (QlDownloadRow *self)
{
  switch (ql_hub_download_get_state (self->download))
    {
    case QL_HUB_RUNNING:
    case QL_HUB_STOPPING:
      return &pause_command;
    case QL_HUB_PAUSED:
    case QL_HUB_CANCELLED:
    case QL_HUB_FAILED:
      return ql_hub_download_get_kept_bytes (self->download) > 0 ? &go_on_command : &again_command;
    case QL_HUB_FINISHED:
      return &load_command;
    case QL_HUB_IDLE:
    case QL_HUB_DISCARDING:
    default:
      return &start_command;
    }
}

static const Command *
secondary_command (QlDownloadRow *self)
{
  QlHubState state = ql_hub_download_get_state (self->download);

  if (state == QL_HUB_RUNNING || state == QL_HUB_STOPPING)
    return &cancel_command;
  if (ql_downloads_is_removable (self->downloads, self->download))
    return &remove_command;
  if (ql_hub_download_get_kept_bytes (self->download) > 0
      && (state == QL_HUB_PAUSED || state == QL_HUB_CANCELLED || state == QL_HUB_FAILED))
    return &discard_command;
  return NULL;
}

static void
set_command (QlDownloadRow *self, GtkButton *button, const Command **shown, const Command *command)
{
  const char *repo = ql_hub_download_get_repo (self->download);
  /* Translators: what a button does, and with which model: "Download: Salesforce/blip2-opt-2.7b". */
  g_autofree char *name = g_strdup_printf (_ ("%s: %s"), _ (command->label), repo);

  if (*shown == command)
    return;
  *shown = command;
  gtk_button_set_label (button, _ (command->label));
  gtk_widget_set_tooltip_text (GTK_WIDGET (button), _ (command->tooltip));
  gtk_actionable_set_action_target (GTK_ACTIONABLE (button), "s", repo);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), command->action);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
}

static void
update_buttons (QlDownloadRow *self)
{
  const Command *first = primary_command (self);
  const Command *second = secondary_command (self);

  set_command (self, self->primary, &self->first, first);
  if (first == &go_on_command || first == &load_command)
    gtk_widget_add_css_class (GTK_WIDGET (self->primary), "suggested-action");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self->primary), "suggested-action");
  if (second != NULL)
    set_command (self, self->secondary, &self->second, second);
  else if (gtk_widget_has_focus (GTK_WIDGET (self->secondary)))
    gtk_widget_grab_focus (GTK_WIDGET (self->primary)); /* not into nowhere */
  gtk_widget_set_visible (GTK_WIDGET (self->secondary), second != NULL);
}

static void
update_message (QlDownloadRow *self)
{
  const GError *error = ql_hub_download_get_error (self->download);
  g_autoptr (QlErrorText) text = NULL;

  if (error == self->error)
    return;
  self->error = error;
  if (error == NULL)
    {
      ql_message_bar_dismiss (self->message);
      return;
    }
  text = ql_error_text_new (QL_ERROR_TASK_DOWNLOAD, ql_hub_download_get_repo (self->download), error);
  ql_message_bar_show_error (self->message, text);
}

static guint64
memory_bytes (void)
{
  long n_pages = sysconf (_SC_PHYS_PAGES);

  return n_pages > 0 ? (guint64) n_pages * (guint64) sysconf (_SC_PAGESIZE) : 0;
}

static void
update_facts (QlDownloadRow *self)
{
  QlHubState state = ql_hub_download_get_state (self->download);
  guint64 size = ql_downloads_get_size (self->downloads, self->download);
  g_autofree char *facts = ql_download_facts_text (
      size, ql_downloads_lacks_room (self->downloads, self->download), memory_bytes ());

  if (!g_str_equal (gtk_label_get_text (self->facts), facts))
    {
      gtk_label_set_text (self->facts, facts);
      gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, facts, -1);
    }
  gtk_widget_set_visible (GTK_WIDGET (self->progress), state != QL_HUB_IDLE && state != QL_HUB_FINISHED);
}

static void
update (QlDownloadRow *self)
{
  guint64 size = ql_downloads_get_size (self->downloads, self->download);
  g_autofree char *status = ql_download_status_text (self->download, size);

  update_facts (self);
  /* Never empty: a label without text is announced by the name of its type. */
  if (*status != '\0')
    gtk_label_set_text (self->status, status);
  gtk_widget_set_visible (GTK_WIDGET (self->status), *status != '\0');
  gtk_widget_set_hexpand (GTK_WIDGET (self->secondary), *status == '\0'); /* to the end, also alone */
  gtk_progress_bar_set_fraction (self->progress, ql_download_fraction (self->download, size));
  update_buttons (self);
  gtk_widget_set_visible (self->work,
                          *status != '\0' || gtk_widget_get_visible (GTK_WIDGET (self->secondary)));
  update_message (self);
}

static void
ql_download_row_dispose (GObject *object)
{
  QlDownloadRow *self = QL_DOWNLOAD_ROW (object);

  g_clear_object (&self->download);
  g_clear_object (&self->downloads);
  G_OBJECT_CLASS (ql_download_row_parent_class)->dispose (object);
}

static void
ql_download_row_class_init (QlDownloadRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ql_download_row_dispose;
  g_type_ensure (QL_TYPE_MESSAGE_BAR);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/qlens/Qlens/download-row.ui");
  gtk_widget_class_bind_template_child (widget_class, QlDownloadRow, name);
  gtk_widget_class_bind_template_child (widget_class, QlDownloadRow, good_for);
  gtk_widget_class_bind_template_child (widget_class, QlDownloadRow, facts);
  gtk_widget_class_bind_template_child (widget_class, QlDownloadRow, primary);
  gtk_widget_class_bind_template_child (widget_class, QlDownloadRow, work);
  gtk_widget_class_bind_template_child (widget_class, QlDownloadRow, progress);
  gtk_widget_class_bind_template_child (widget_class, QlDownloadRow, status);
  gtk_widget_class_bind_template_child (widget_class, QlDownloadRow, secondary);
  gtk_widget_class_bind_template_child (widget_class, QlDownloadRow, message);
}

static void
ql_download_row_init (QlDownloadRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
ql_download_row_new (QlDownloads *downloads, QlHubDownload *download)
{
  QlDownloadRow *self = g_object_new (QL_TYPE_DOWNLOAD_ROW, NULL);
  const char *repo = ql_hub_download_get_repo (download);
  const QlHubRepository *known = ql_hub_repository_find (repo);
  /* Translators: %s is a model. */
  g_autofree char *progress = g_strdup_printf (_ ("Progress of %s"), repo);

  self->downloads = g_object_ref (downloads);
  self->download = g_object_ref (download);
  gtk_label_set_text (self->name, repo);
  gtk_label_set_text (self->good_for,
                      known != NULL ? _ (known->good_for) : _ ("Not one of the models that Qlens knows."));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, repo, -1);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->progress), GTK_ACCESSIBLE_PROPERTY_LABEL, progress,
                                  -1);
  g_signal_connect_object (download, "changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (downloads, "changed", G_CALLBACK (update_facts), self, G_CONNECT_SWAPPED);
  update (self);
  ql_accessible_name_internals (GTK_WIDGET (self));
  return GTK_WIDGET (self);
}

QlHubDownload *
ql_download_row_get_download (QlDownloadRow *self)
{
  return self->download;
}

void
ql_download_row_focus (QlDownloadRow *self)
{
  gtk_widget_grab_focus (GTK_WIDGET (self->primary));
}

GtkWidget *
ql_download_row_get_part (QlDownloadRow *self, QlDownloadRowPart part)
{
  GtkWidget *const parts[]
      = { GTK_WIDGET (self->primary), GTK_WIDGET (self->secondary), GTK_WIDGET (self->progress),
          GTK_WIDGET (self->facts),   GTK_WIDGET (self->status),    GTK_WIDGET (self->message) };

  return gtk_widget_get_mapped (parts[part]) ? parts[part] : NULL;
}
