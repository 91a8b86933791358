#include "ui/session-row.h"

#include <glib/gi18n.h>

#include "app/picture.h"
#include "app/time-text.h"
#include "ui/texture.h"

#define THUMB_PX 44

struct _QlSessionRow
{
  GtkWidget parent_instance;

  GtkWidget *thumb;
  GtkWidget *title;
  GtkWidget *meta;
  QlSession *session;
  char *path; /* of the thumbnail that is shown, or on its way */
  GCancellable *cancellable; /* of the thumbnail that is on its way */
};

G_DEFINE_FINAL_TYPE (QlSessionRow, ql_session_row, GTK_TYPE_WIDGET)

static char *
title_text (QlSession *session)
{
  const QlSavedPicture *picture = ql_session_get_picture (session);
  const char *title = ql_session_get_title (session);

  if (*title != '\0')
    return g_strdup (title);
  if (picture != NULL && picture->name != NULL)
    return g_strdup (picture->name);
  return g_strdup (ql_session_get_is_read (session) ? _ ("Untitled") : "…");
}

static char *
meta_text (QlSession *session)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autofree char *when = ql_time_text (ql_session_get_changed_ms (session), now);
  g_autofree char *what = NULL;
  guint n = ql_session_get_n_turns (session);

  if (ql_session_get_problem (session) != NULL)
    what = g_strdup (_ ("cannot be read"));
  else if (ql_session_get_unfinished (session))
    what = g_strdup (_ ("cut off"));
  else if (n == 0)
    what = g_strdup (_ ("no answer yet"));
  else
    what = g_strdup_printf (ngettext ("%u answer", "%u answers", n), n);
  /* Translators: what is in a session, and when it changed: "3 answers · yesterday". */
  return g_strdup_printf (_ ("%s · %s"), what, when);
}

char *
ql_session_row_get_text (QlSessionRow *self)
{
  const char *problem = self->session != NULL ? ql_session_get_problem (self->session) : NULL;

  return g_strdup_printf ("%s, %s", gtk_label_get_text (GTK_LABEL (self->title)),
                          problem != NULL ? problem : gtk_label_get_text (GTK_LABEL (self->meta)));
}

static void
thumb_loaded_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (QlSessionRow) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (QlPicture) picture = ql_picture_load_finish (result, &error);
  g_autoptr (GdkTexture) texture = NULL;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return; /* the row shows another session by now */
  g_clear_object (&self->cancellable);
  if (picture == NULL)
    {
      g_debug ("thumbnail: %s", error->message);
      return;
    }
  texture = ql_texture_from_picture (picture);
  gtk_image_set_from_paintable (GTK_IMAGE (self->thumb), GDK_PAINTABLE (texture));
}

static void
update_thumb (QlSessionRow *self)
{
  const char *path = self->session != NULL ? ql_session_get_thumbnail (self->session) : NULL;
  g_autoptr (GFile) file = NULL;

  if (g_strcmp0 (path, self->path) == 0)
    return;
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_free (self->path);
  self->path = g_strdup (path);
  gtk_image_set_from_icon_name (GTK_IMAGE (self->thumb), "image-x-generic-symbolic");
  if (path == NULL)
    return;
  file = g_file_new_for_path (path);
  self->cancellable = g_cancellable_new ();
  ql_picture_load_async (file, 0, self->cancellable, thumb_loaded_cb, g_object_ref (self));
}

void
ql_session_row_update (QlSessionRow *self)
{
  g_autofree char *title = NULL, *meta = NULL, *text = NULL;
  GtkWidget *item = gtk_widget_get_parent (GTK_WIDGET (self));

  update_thumb (self);
  if (self->session == NULL)
    return;
  title = title_text (self->session);
  meta = meta_text (self->session);
  gtk_label_set_text (GTK_LABEL (self->title), title);
  gtk_label_set_text (GTK_LABEL (self->meta), meta);
  text = ql_session_row_get_text (self);
  /* The list's own widget around it is what takes the focus. */
  if (item != NULL)
    gtk_accessible_update_property (GTK_ACCESSIBLE (item), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
}

void
ql_session_row_set_session (QlSessionRow *self, QlSession *session)
{
  /* GTK 4.8 binds every row below one that moved anew, to what it is bound to already. */
  if (self->session == session)
    return;
  if (self->session != NULL)
    g_signal_handlers_disconnect_by_data (self->session, self);
  g_set_object (&self->session, session);
  if (session != NULL)
    g_signal_connect_object (session, "notify", G_CALLBACK (ql_session_row_update), self, G_CONNECT_SWAPPED);
  ql_session_row_update (self);
}

QlSession *
ql_session_row_get_session (QlSessionRow *self)
{
  return self->session;
}

static void
ql_session_row_dispose (GObject *object)
{
  QlSessionRow *self = QL_SESSION_ROW (object);
  GtkWidget *child;

  if (self->session != NULL)
    g_signal_handlers_disconnect_by_data (self->session, self);
  g_clear_object (&self->session);
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->path, g_free);
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self))) != NULL)
    gtk_widget_unparent (child);
  G_OBJECT_CLASS (ql_session_row_parent_class)->dispose (object);
}

/* Asked for when it is wanted: to set a text means a question to the X server, for every row. */
static gboolean
ql_session_row_query_tooltip (GtkWidget *widget, int x, int y, gboolean keyboard, GtkTooltip *tooltip)
{
  QlSessionRow *self = QL_SESSION_ROW (widget);
  const char *problem = self->session != NULL ? ql_session_get_problem (self->session) : NULL;

  if (self->session == NULL)
    return FALSE;
  gtk_tooltip_set_text (tooltip, problem != NULL ? problem : gtk_label_get_text (GTK_LABEL (self->title)));
  return TRUE;
}

static void
ql_session_row_class_init (QlSessionRowClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = ql_session_row_dispose;
  GTK_WIDGET_CLASS (klass)->query_tooltip = ql_session_row_query_tooltip;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BOX_LAYOUT);
  /* The list's widget around it speaks for all of it. */
  gtk_widget_class_set_accessible_role (GTK_WIDGET_CLASS (klass), GTK_ACCESSIBLE_ROLE_PRESENTATION);
}

static GtkWidget *
new_label (const char *css_class)
{
  GtkWidget *label = gtk_label_new (NULL);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  gtk_label_set_single_line_mode (GTK_LABEL (label), TRUE);
  gtk_widget_add_css_class (label, css_class);
  return label;
}

static void
ql_session_row_init (QlSessionRow *self)
{
  GtkWidget *texts = gtk_box_new (GTK_ORIENTATION_VERTICAL, 2);

  gtk_widget_add_css_class (GTK_WIDGET (self), "ql-session");
  gtk_widget_set_has_tooltip (GTK_WIDGET (self), TRUE);
  self->thumb = gtk_image_new_from_icon_name ("image-x-generic-symbolic");
  gtk_image_set_pixel_size (GTK_IMAGE (self->thumb), THUMB_PX);
  gtk_widget_set_overflow (self->thumb, GTK_OVERFLOW_HIDDEN);
  gtk_widget_add_css_class (self->thumb, "ql-session-thumb");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->thumb), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Thumbnail"), -1);
  gtk_widget_set_parent (self->thumb, GTK_WIDGET (self));
  self->title = new_label ("ql-session-title");
  self->meta = new_label ("ql-small");
  gtk_widget_add_css_class (self->meta, "dim-label");
  gtk_widget_set_hexpand (texts, TRUE);
  gtk_widget_set_valign (texts, GTK_ALIGN_CENTER);
  gtk_box_append (GTK_BOX (texts), self->title);
  gtk_box_append (GTK_BOX (texts), self->meta);
  gtk_widget_set_parent (texts, GTK_WIDGET (self));
}

GtkWidget *
ql_session_row_new (void)
{
  return g_object_new (QL_TYPE_SESSION_ROW, NULL);
}
