#include "ui/sessions-view.h"

#include <glib/gi18n.h>

#include "ui/session-row.h"

/* What is shown of the time is as old as this at most. */
#define TICK_S 60

struct _QlSessionsView
{
  GtkWidget parent_instance;

  GtkEditable *search;
  GtkStack *stack;
  GtkLabel *empty_label;
  GtkListView *list;
  GtkWidget *undo_bar;
  GtkWidget *menu; /* nullable: until it was opened */
  QlSessionStore *store;
  GtkFilter *filter;
  GtkFilterListModel *filtered;
  GtkSingleSelection *selection;
  QlTextQuery *query;
  char *current; /* id; NULL: none */
  gboolean selecting; /* by the program, not by the person */
  GHashTable *rows; /* those that are bound */
  guint tick;
};

G_DEFINE_FINAL_TYPE (QlSessionsView, ql_sessions_view, GTK_TYPE_WIDGET)

/* ---- selection ---- */

static void
select_current (QlSessionsView *self)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->selection));
  guint found = GTK_INVALID_LIST_POSITION;

  for (guint i = 0; self->current != NULL && i < n && found == GTK_INVALID_LIST_POSITION; i++)
    {
      g_autoptr (QlSession) session = g_list_model_get_item (G_LIST_MODEL (self->selection), i);

      if (g_str_equal (ql_session_get_id (session), self->current))
        found = i;
    }
  self->selecting = TRUE;
  gtk_single_selection_set_selected (self->selection, found);
  self->selecting = FALSE;
}

static void
selected_cb (QlSessionsView *self)
{
  QlSession *session = gtk_single_selection_get_selected_item (self->selection);

  if (self->selecting || session == NULL || g_strcmp0 (ql_session_get_id (session), self->current) == 0)
    return;
  gtk_widget_activate_action (GTK_WIDGET (self), "win.open-session", "s", ql_session_get_id (session));
}

static void
update_stack (QlSessionsView *self)
{
  gboolean any = g_list_model_get_n_items (G_LIST_MODEL (self->filtered)) > 0;
  gboolean searching = self->query != NULL && !ql_text_query_is_empty (self->query);

  gtk_stack_set_visible_child_name (self->stack, any ? "list" : "empty");
  gtk_label_set_text (self->empty_label, searching ? _ ("Nothing found") : _ ("No pictures yet"));
}

/* A row that changes is taken out and put in elsewhere: it stays selected. */
static void
items_changed_cb (QlSessionsView *self)
{
  select_current (self);
  update_stack (self);
}

/* ---- search ---- */

static gboolean
matches (gpointer item, gpointer data)
{
  QlSessionsView *self = data;

  return self->query == NULL || ql_session_matches (item, self->query);
}

static void
search_cb (QlSessionsView *self)
{
  g_clear_pointer (&self->query, ql_text_query_free);
  self->query = ql_text_query_new (gtk_editable_get_text (self->search));
  gtk_filter_changed (self->filter, GTK_FILTER_CHANGE_DIFFERENT);
  items_changed_cb (self);
}

static void
stop_search_cb (QlSessionsView *self)
{
  gtk_editable_set_text (self->search, "");
  gtk_widget_child_focus (GTK_WIDGET (self->stack), GTK_DIR_TAB_FORWARD);
}

/* ---- menu ---- */

static void
append (GMenu *menu, const char *label, const char *action, const char *id)
{
  g_autoptr (GMenuItem) item = g_menu_item_new (label, NULL);

  g_menu_item_set_action_and_target (item, action, "s", id);
  g_menu_append_item (menu, item);
}

static void
open_menu (QlSessionsView *self, QlSession *session, double x, double y)
{
  g_autoptr (GMenu) menu = g_menu_new ();
  const char *id = ql_session_get_id (session);

  g_clear_pointer (&self->menu, gtk_widget_unparent);
  append (menu, _ ("Open in _New Window"), "app.open-session-in-window", id);
  append (menu, _ ("_Delete"), "win.delete-session", id);
  self->menu = gtk_popover_menu_new_from_model (G_MENU_MODEL (menu));
  gtk_popover_set_has_arrow (GTK_POPOVER (self->menu), FALSE);
  gtk_widget_set_halign (self->menu, GTK_ALIGN_START);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->menu), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Picture"),
                                  -1);
  gtk_widget_set_parent (self->menu, GTK_WIDGET (self));
  gtk_popover_set_pointing_to (GTK_POPOVER (self->menu), &(GdkRectangle){ (int) x, (int) y, 1, 1 });
  gtk_popover_popup (GTK_POPOVER (self->menu));
}

static void
open_row_menu (QlSessionsView *self, QlSessionRow *row, double x, double y)
{
  graphene_point_t point;

  if (ql_session_row_get_session (row) != NULL
      && gtk_widget_compute_point (GTK_WIDGET (row), GTK_WIDGET (self),
                                   &GRAPHENE_POINT_INIT ((float) x, (float) y), &point))
    open_menu (self, ql_session_row_get_session (row), (double) point.x, (double) point.y);
}

static void
pressed_cb (GtkGestureClick *gesture, int n_press, double x, double y, QlSessionsView *self)
{
  gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
  open_row_menu (self, QL_SESSION_ROW (gtk_event_controller_get_widget (GTK_EVENT_CONTROLLER (gesture))), x,
                 y);
}

/* For the row that has the focus, which is the selected one: the menu key. */
static gboolean
menu_key_cb (GtkWidget *widget, GVariant *args, gpointer data)
{
  QlSessionsView *self = QL_SESSIONS_VIEW (widget);
  QlSession *session = gtk_single_selection_get_selected_item (self->selection);
  GHashTableIter iter;
  gpointer row;

  g_hash_table_iter_init (&iter, self->rows);
  while (session != NULL && g_hash_table_iter_next (&iter, &row, NULL))
    if (ql_session_row_get_session (row) == session)
      {
        open_row_menu (self, row, 40, gtk_widget_get_height (row) / 2.0);
        return TRUE;
      }
  return FALSE;
}

static gboolean
delete_key_cb (GtkWidget *widget, GVariant *args, gpointer data)
{
  QlSessionsView *self = QL_SESSIONS_VIEW (widget);

  /* In the search box the key deletes a letter. */
  if (!gtk_widget_has_focus (GTK_WIDGET (self->list))
      && gtk_widget_get_focus_child (GTK_WIDGET (self->stack)) == NULL)
    return FALSE;
  return gtk_widget_activate_action (widget, "win.delete-session", "s", "");
}

/* ---- rows ---- */

static void
setup_cb (GtkSignalListItemFactory *factory, GtkListItem *item, QlSessionsView *self)
{
  GtkWidget *row = ql_session_row_new ();
  GtkGesture *click = gtk_gesture_click_new ();

  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (click), GDK_BUTTON_SECONDARY);
  g_signal_connect_object (click, "pressed", G_CALLBACK (pressed_cb), self, 0);
  gtk_widget_add_controller (row, GTK_EVENT_CONTROLLER (click));
  gtk_list_item_set_child (item, row);
}

static void
bind_cb (GtkSignalListItemFactory *factory, GtkListItem *item, QlSessionsView *self)
{
  QlSessionRow *row = QL_SESSION_ROW (gtk_list_item_get_child (item));
  QlSession *session = gtk_list_item_get_item (item);

  ql_session_row_set_session (row, session);
  g_hash_table_add (self->rows, row);
  ql_session_store_want_thumbnail (self->store, session);
}

static void
unbind_cb (GtkSignalListItemFactory *factory, GtkListItem *item, QlSessionsView *self)
{
  /* It keeps its session: most often it is bound to it again at once. */
  g_hash_table_remove (self->rows, gtk_list_item_get_child (item));
}

static gboolean
tick_cb (gpointer data)
{
  QlSessionsView *self = data;
  GHashTableIter iter;
  gpointer row;

  g_hash_table_iter_init (&iter, self->rows);
  while (g_hash_table_iter_next (&iter, &row, NULL))
    ql_session_row_update (row);
  return G_SOURCE_CONTINUE;
}

/* What it was bound to may be read only now. */
static void
loading_cb (QlSessionsView *self)
{
  GHashTableIter iter;
  gpointer row;

  g_hash_table_iter_init (&iter, self->rows);
  while (g_hash_table_iter_next (&iter, &row, NULL))
    if (ql_session_row_get_session (row) != NULL)
      ql_session_store_want_thumbnail (self->store, ql_session_row_get_session (row));
}

/* ---- life ---- */

static void
ql_sessions_view_dispose (GObject *object)
{
  QlSessionsView *self = QL_SESSIONS_VIEW (object);
  GtkWidget *child;

  g_clear_handle_id (&self->tick, g_source_remove);
  self->selecting = TRUE;
  g_clear_pointer (&self->menu, gtk_widget_unparent);
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self))) != NULL)
    gtk_widget_unparent (child);
  g_clear_object (&self->selection);
  g_clear_object (&self->filtered);
  g_clear_object (&self->filter);
  g_clear_object (&self->store);
  G_OBJECT_CLASS (ql_sessions_view_parent_class)->dispose (object);
}

static void
ql_sessions_view_finalize (GObject *object)
{
  QlSessionsView *self = QL_SESSIONS_VIEW (object);

  g_clear_pointer (&self->query, ql_text_query_free);
  g_hash_table_unref (self->rows);
  g_free (self->current);
  G_OBJECT_CLASS (ql_sessions_view_parent_class)->finalize (object);
}

static void
ql_sessions_view_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  QlSessionsView *self = QL_SESSIONS_VIEW (widget);

  GTK_WIDGET_CLASS (ql_sessions_view_parent_class)->size_allocate (widget, width, height, baseline);
  if (self->menu != NULL)
    gtk_popover_present (GTK_POPOVER (self->menu));
}

static void
ql_sessions_view_class_init (QlSessionsViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ql_sessions_view_dispose;
  G_OBJECT_CLASS (klass)->finalize = ql_sessions_view_finalize;
  widget_class->size_allocate = ql_sessions_view_size_allocate;
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/qlens/Qlens/sessions-view.ui");
  gtk_widget_class_bind_template_child (widget_class, QlSessionsView, search);
  gtk_widget_class_bind_template_child (widget_class, QlSessionsView, stack);
  gtk_widget_class_bind_template_child (widget_class, QlSessionsView, empty_label);
  gtk_widget_class_bind_template_child (widget_class, QlSessionsView, list);
  gtk_widget_class_bind_template_child (widget_class, QlSessionsView, undo_bar);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_Delete, 0, delete_key_cb, NULL);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_Menu, 0, menu_key_cb, NULL);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_F10, GDK_SHIFT_MASK, menu_key_cb, NULL);
}

static void
ql_sessions_view_init (QlSessionsView *self)
{
  g_autoptr (GtkListItemFactory) factory = gtk_signal_list_item_factory_new ();

  self->rows = g_hash_table_new (NULL, NULL);
  gtk_widget_init_template (GTK_WIDGET (self));
  self->filter = GTK_FILTER (gtk_custom_filter_new (matches, self, NULL));
  self->filtered = gtk_filter_list_model_new (NULL, g_object_ref (self->filter));
  self->selection = gtk_single_selection_new (NULL);
  gtk_single_selection_set_autoselect (self->selection, FALSE);
  gtk_single_selection_set_can_unselect (self->selection, TRUE);
  gtk_single_selection_set_model (self->selection, G_LIST_MODEL (self->filtered));
  g_signal_connect_object (factory, "setup", G_CALLBACK (setup_cb), self, 0);
  g_signal_connect_object (factory, "bind", G_CALLBACK (bind_cb), self, 0);
  g_signal_connect_object (factory, "unbind", G_CALLBACK (unbind_cb), self, 0);
  gtk_list_view_set_factory (self->list, factory);
  gtk_list_view_set_model (self->list, GTK_SELECTION_MODEL (self->selection));
  g_signal_connect_object (self->selection, "notify::selected-item", G_CALLBACK (selected_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->filtered, "items-changed", G_CALLBACK (items_changed_cb), self,
                           G_CONNECT_SWAPPED | G_CONNECT_AFTER);
  g_signal_connect_object (self->search, "search-changed", G_CALLBACK (search_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->search, "stop-search", G_CALLBACK (stop_search_cb), self, G_CONNECT_SWAPPED);
  self->tick = g_timeout_add_seconds (TICK_S, tick_cb, self);
  update_stack (self);
}

void
ql_sessions_view_set_store (QlSessionsView *self, QlSessionStore *store)
{
  g_return_if_fail (self->store == NULL);
  self->store = g_object_ref (store);
  gtk_filter_list_model_set_model (self->filtered, G_LIST_MODEL (store));
  g_signal_connect_object (store, "notify::loading", G_CALLBACK (loading_cb), self, G_CONNECT_SWAPPED);
}

void
ql_sessions_view_set_current (QlSessionsView *self, const char *id)
{
  g_free (self->current);
  self->current = g_strdup (id);
  select_current (self);
}

void
ql_sessions_view_focus_search (QlSessionsView *self)
{
  gtk_widget_grab_focus (GTK_WIDGET (self->search));
}

void
ql_sessions_view_set_undo (QlSessionsView *self, gboolean shown)
{
  gtk_widget_set_visible (self->undo_bar, shown);
}

char *
ql_sessions_view_neighbour (QlSessionsView *self, int step)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->selection));
  guint at = gtk_single_selection_get_selected (self->selection);
  gint64 next = at == GTK_INVALID_LIST_POSITION ? (step > 0 ? 0 : (gint64) n - 1) : (gint64) at + step;
  g_autoptr (QlSession) session = NULL;

  if (next < 0 || next >= n)
    return NULL;
  session = g_list_model_get_item (G_LIST_MODEL (self->selection), (guint) next);
  return g_strdup (ql_session_get_id (session));
}

GtkListView *
ql_sessions_view_get_list (QlSessionsView *self)
{
  return self->list;
}

GtkEditable *
ql_sessions_view_get_search (QlSessionsView *self)
{
  return self->search;
}
