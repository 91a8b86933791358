#include "ui/download-view.h"

#include <glib/gi18n.h>
#include <string.h>

#include "ui/accessible.h"
#include "ui/announce.h"
#include "ui/download-help.h"
#include "ui/download-row.h"

struct _QlDownloadView
{
  GtkWidget parent_instance;

  QlMessageBar *message;
  GtkLabel *promise;
  GtkWidget *fetching; /* all that needs a build with downloads */
  GtkLabel *folder;
  GtkLabel *room;
  GtkWidget *usual_button;
  GtkListBox *list;
  GtkEntry *entry;
  GtkWidget *refusal;
  GtkExpander *expander;
  GtkWidget *live;

  QlDownloads *downloads;
  GtkFileChooserNative *chooser; /* while it is open */
  GtkWindow *question; /* weak: while it is open */
};

enum
{
  DOWNLOADED,
  LOAD,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (QlDownloadView, ql_download_view, GTK_TYPE_WIDGET)

static void
update (QlDownloadView *self)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *address = ql_downloads_get_address (self->downloads, &error);
  g_autofree char *size = g_format_size (ql_downloads_get_room (self->downloads));
  g_autofree char *room = g_strdup_printf (_ ("%s free there"), size);
  g_autofree char *usual = ql_hub_download_default_folder ();
  const char *folder = ql_downloads_get_folder (self->downloads);
  g_autofree char *shown = g_filename_display_name (folder);
  g_autofree char *whereto = g_strdup_printf (_ ("New downloads go to %s"), shown);
  g_autofree char *promise = NULL;

  if (address != NULL)
    promise
        = g_strdup_printf (_ ("Nothing is fetched until you press Download. Then the files come from %s, and "
                              "the connection ends with the download. Nothing else in Qlens uses the "
                              "network."),
                           address);
  else
    promise
        = g_strdup_printf (_ ("Nothing can be fetched: %s. Change it in the preferences."), error->message);
  if (ql_hub_download_is_built ())
    gtk_label_set_text (self->promise, promise);
  gtk_label_set_text (self->folder, whereto);
  gtk_label_set_text (self->room, ql_downloads_get_room (self->downloads) > 0 ? room : _ ("Looking…"));
  gtk_widget_set_visible (self->usual_button, strcmp (folder, usual) != 0);
}

/* ---- commands that need the view ------------------------------------------------------ */

static void
folder_response_cb (GtkNativeDialog *dialog, int response, gpointer data)
{
  QlDownloadView *self = data;
  g_autoptr (GFile) file = NULL;
  g_autofree char *path = NULL;

  if (response == GTK_RESPONSE_ACCEPT)
    file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));
  path = file != NULL ? g_file_get_path (file) : NULL;
  if (path != NULL)
    ql_downloads_set_folder (self->downloads, path);
  g_clear_object (&self->chooser);
}

static void
choose_folder_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  QlDownloadView *self = QL_DOWNLOAD_VIEW (widget);
  g_autoptr (GFile) now = g_file_new_for_path (ql_downloads_get_folder (self->downloads));
  GtkRoot *root = gtk_widget_get_root (widget);

  if (self->chooser != NULL)
    gtk_native_dialog_destroy (GTK_NATIVE_DIALOG (self->chooser));
  g_clear_object (&self->chooser);
  self->chooser
      = gtk_file_chooser_native_new (_ ("Folder for Downloaded Models"), GTK_WINDOW (root),
                                     GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER, _ ("_Select"), _ ("_Cancel"));
  /* The usual folder may not be there yet; one that was chosen was. */
  if (gtk_widget_get_visible (self->usual_button))
    gtk_file_chooser_set_file (GTK_FILE_CHOOSER (self->chooser), now, NULL);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (self->chooser), TRUE);
  g_signal_connect_object (self->chooser, "response", G_CALLBACK (folder_response_cb), self, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

static void
usual_folder_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  ql_downloads_set_folder (QL_DOWNLOAD_VIEW (widget)->downloads, NULL);
  gtk_widget_child_focus (widget, GTK_DIR_TAB_FORWARD); /* the button is gone */
}

static void
add_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  QlDownloadView *self = QL_DOWNLOAD_VIEW (widget);
  QlHubDownload *download
      = ql_downloads_add (self->downloads, gtk_editable_get_text (GTK_EDITABLE (self->entry)));

  gtk_widget_set_visible (self->refusal, download == NULL);
  if (download == NULL)
    {
      gtk_widget_add_css_class (GTK_WIDGET (self->entry), "error");
      gtk_accessible_update_state (GTK_ACCESSIBLE (self->entry), GTK_ACCESSIBLE_STATE_INVALID,
                                   GTK_ACCESSIBLE_INVALID_TRUE, -1);
      gtk_widget_grab_focus (GTK_WIDGET (self->entry));
      return;
    }
  gtk_editable_set_text (GTK_EDITABLE (self->entry), "");
  ql_download_row_focus (
      QL_DOWNLOAD_ROW (ql_download_view_get_row (self, ql_hub_download_get_repo (download))));
}

static void
entry_changed_cb (QlDownloadView *self)
{
  gtk_widget_remove_css_class (GTK_WIDGET (self->entry), "error");
  gtk_widget_set_visible (self->refusal, FALSE);
  gtk_accessible_update_state (GTK_ACCESSIBLE (self->entry), GTK_ACCESSIBLE_STATE_INVALID,
                               GTK_ACCESSIBLE_INVALID_FALSE, -1);
}

static void
entry_activate_cb (QlDownloadView *self)
{
  gtk_widget_activate_action (GTK_WIDGET (self), "download-view.add", NULL);
}

static void
load_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  QlDownloadView *self = QL_DOWNLOAD_VIEW (widget);
  QlHubDownload *download = ql_downloads_find (self->downloads, g_variant_get_string (parameter, NULL));

  if (download != NULL && ql_hub_download_get_state (download) == QL_HUB_FINISHED)
    g_signal_emit (self, signals[LOAD], 0, ql_hub_download_get_dir (download));
}

static void
question_response_cb (GtkDialog *dialog, int response, gpointer data)
{
  QlHubDownload *download = data;

  if (response == GTK_RESPONSE_ACCEPT)
    ql_hub_download_discard (download);
  gtk_window_destroy (GTK_WINDOW (dialog));
}

/* Hours of fetching are not thrown away by one press. */
static void
discard_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  QlDownloadView *self = QL_DOWNLOAD_VIEW (widget);
  QlHubDownload *download = ql_downloads_find (self->downloads, g_variant_get_string (parameter, NULL));
  g_autofree char *size = NULL;
  GtkWidget *dialog, *discard;

  if (download == NULL || self->question != NULL)
    return;
  size = g_format_size (ql_hub_download_get_kept_bytes (download));
  dialog = gtk_message_dialog_new (GTK_WINDOW (gtk_widget_get_root (widget)),
                                   GTK_DIALOG_MODAL | GTK_DIALOG_DESTROY_WITH_PARENT, GTK_MESSAGE_QUESTION,
                                   GTK_BUTTONS_NONE, _ ("Discard this download?"));
  gtk_message_dialog_format_secondary_text (GTK_MESSAGE_DIALOG (dialog),
                                            /* Translators: size, model and folder. */
                                            _ ("%s of %s are removed from %s, and would have to be fetched "
                                               "again. Other files in that folder stay."),
                                            size, ql_hub_download_get_repo (download),
                                            ql_hub_download_get_dir (download));
  gtk_dialog_add_button (GTK_DIALOG (dialog), _ ("_Keep"), GTK_RESPONSE_CANCEL);
  discard = gtk_dialog_add_button (GTK_DIALOG (dialog), _ ("_Discard"), GTK_RESPONSE_ACCEPT);
  gtk_widget_add_css_class (discard, "destructive-action");
  gtk_dialog_set_default_response (GTK_DIALOG (dialog), GTK_RESPONSE_CANCEL);
  g_signal_connect_data (dialog, "response", G_CALLBACK (question_response_cb), g_object_ref (download),
                         (GClosureNotify) (void (*) (void)) g_object_unref, 0);
  g_set_weak_pointer (&self->question, GTK_WINDOW (dialog));
  gtk_window_present (GTK_WINDOW (dialog));
}

/* ---- the list ------------------------------------------------------------------------------ */

static GtkWidget *
create_row_cb (gpointer item, gpointer data)
{
  return ql_download_row_new (data, item);
}

static void
ended_cb (QlDownloadView *self, QlHubDownload *download)
{
  g_autofree char *text = NULL;

  if (ql_hub_download_get_state (download) != QL_HUB_FINISHED)
    return; /* what failed tells of itself */
  text = g_strdup_printf (_ ("%s is downloaded."), ql_hub_download_get_repo (download));
  ql_announce_text (self->live, text);
  g_signal_emit (self, signals[DOWNLOADED], 0, ql_hub_download_get_dir (download));
}

GtkWidget *
ql_download_view_get_row (QlDownloadView *self, const char *repo)
{
  GtkListBoxRow *row;

  for (int i = 0; (row = gtk_list_box_get_row_at_index (self->list, i)) != NULL; i++)
    if (strcmp (ql_hub_download_get_repo (ql_download_row_get_download (QL_DOWNLOAD_ROW (row))), repo) == 0)
      return GTK_WIDGET (row);
  return NULL;
}

/* ---- life ------------------------------------------------------------------------------------ */

/* Time may have passed since it was looked at last. */
static void
ql_download_view_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (ql_download_view_parent_class)->map (widget);
  if (ql_hub_download_is_built ())
    ql_downloads_survey (QL_DOWNLOAD_VIEW (widget)->downloads);
}

static void
ql_download_view_dispose (GObject *object)
{
  QlDownloadView *self = QL_DOWNLOAD_VIEW (object);
  GtkWidget *child = gtk_widget_get_first_child (GTK_WIDGET (object));

  g_clear_object (&self->chooser);
  g_clear_weak_pointer (&self->question);
  g_clear_pointer (&child, gtk_widget_unparent);
  g_clear_object (&self->downloads);
  G_OBJECT_CLASS (ql_download_view_parent_class)->dispose (object);
}

static void
ql_download_view_class_init (QlDownloadViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ql_download_view_dispose;
  widget_class->map = ql_download_view_map;
  g_type_ensure (QL_TYPE_DOWNLOAD_HELP);
  g_type_ensure (QL_TYPE_MESSAGE_BAR);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/qlens/Qlens/download-view.ui");
  gtk_widget_class_bind_template_child (widget_class, QlDownloadView, message);
  gtk_widget_class_bind_template_child (widget_class, QlDownloadView, promise);
  gtk_widget_class_bind_template_child (widget_class, QlDownloadView, fetching);
  gtk_widget_class_bind_template_child (widget_class, QlDownloadView, folder);
  gtk_widget_class_bind_template_child (widget_class, QlDownloadView, room);
  gtk_widget_class_bind_template_child (widget_class, QlDownloadView, usual_button);
  gtk_widget_class_bind_template_child (widget_class, QlDownloadView, list);
  gtk_widget_class_bind_template_child (widget_class, QlDownloadView, entry);
  gtk_widget_class_bind_template_child (widget_class, QlDownloadView, refusal);
  gtk_widget_class_bind_template_child (widget_class, QlDownloadView, expander);
  gtk_widget_class_bind_template_child (widget_class, QlDownloadView, live);
  gtk_widget_class_install_action (widget_class, "download-view.choose-folder", NULL, choose_folder_action);
  gtk_widget_class_install_action (widget_class, "download-view.usual-folder", NULL, usual_folder_action);
  gtk_widget_class_install_action (widget_class, "download-view.add", NULL, add_action);
  gtk_widget_class_install_action (widget_class, "download-view.load", "s", load_action);
  gtk_widget_class_install_action (widget_class, "download-view.discard", "s", discard_action);
  signals[DOWNLOADED] = g_signal_new ("downloaded", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                      NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[LOAD] = g_signal_new ("load", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
ql_download_view_init (QlDownloadView *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect_object (self->entry, "changed", G_CALLBACK (entry_changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->entry, "activate", G_CALLBACK (entry_activate_cb), self, G_CONNECT_SWAPPED);
  if (!ql_hub_download_is_built ())
    {
      gtk_label_set_text (
          self->promise,
          _ ("This build of Qlens cannot download, and does not use the network at all. A model "
             "can still be added: get its files in another way."));
      gtk_expander_set_expanded (self->expander, TRUE);
    }
  gtk_widget_set_visible (self->fetching, ql_hub_download_is_built ());
}

GtkWidget *
ql_download_view_new (QlDownloads *downloads, GActionGroup *actions)
{
  QlDownloadView *self = g_object_new (QL_TYPE_DOWNLOAD_VIEW, NULL);

  self->downloads = g_object_ref (downloads);
  gtk_widget_insert_action_group (GTK_WIDGET (self), "download", actions);
  gtk_list_box_bind_model (self->list, G_LIST_MODEL (downloads), create_row_cb, downloads, NULL);
  g_signal_connect_object (downloads, "changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (downloads, "ended", G_CALLBACK (ended_cb), self, G_CONNECT_SWAPPED);
  update (self);
  ql_accessible_name_internals (GTK_WIDGET (self));
  return GTK_WIDGET (self);
}

QlMessageBar *
ql_download_view_get_message (QlDownloadView *self)
{
  return self->message;
}

const char *
ql_download_view_get_promise (QlDownloadView *self)
{
  return gtk_label_get_text (self->promise);
}

GtkWidget *
ql_download_view_get_entry (QlDownloadView *self)
{
  return GTK_WIDGET (self->entry);
}

gboolean
ql_download_view_is_refused (QlDownloadView *self)
{
  return gtk_widget_get_visible (self->refusal);
}

GtkWindow *
ql_download_view_get_question (QlDownloadView *self)
{
  return self->question;
}
