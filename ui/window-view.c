#include "ui/window-private.h"

/* How the picture is looked at, and what is beside it. */

#define ZOOM_STEP 1.25

static void
zoom_in_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  ql_canvas_zoom (QL_WINDOW (data)->canvas, ZOOM_STEP);
}

static void
zoom_out_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  ql_canvas_zoom (QL_WINDOW (data)->canvas, 1 / ZOOM_STEP);
}

static void
zoom_fit_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  ql_canvas_zoom_fit (QL_WINDOW (data)->canvas);
}

static void
zoom_actual_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  ql_canvas_zoom_actual (QL_WINDOW (data)->canvas);
}

static void
copy_image_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  ql_canvas_copy (QL_WINDOW (data)->canvas);
}

static const GActionEntry entries[] = {
  { "zoom-in", zoom_in_action, NULL, NULL, NULL },
  { "zoom-out", zoom_out_action, NULL, NULL, NULL },
  { "zoom-fit", zoom_fit_action, NULL, NULL, NULL },
  { "zoom-actual", zoom_actual_action, NULL, NULL, NULL },
  { "copy-image", copy_image_action, NULL, NULL, NULL },
};

void
ql_window_add_view_actions (QlWindow *self)
{
  g_autoptr (GPropertyAction) sidebar = g_property_action_new ("sidebar", self->shell, "sidebar-shown");
  g_autoptr (GPropertyAction) page = g_property_action_new ("page", self->pages, "visible-child-name");

  g_action_map_add_action_entries (G_ACTION_MAP (self), entries, G_N_ELEMENTS (entries), self);
  g_action_map_add_action (G_ACTION_MAP (self), G_ACTION (sidebar));
  g_action_map_add_action (G_ACTION_MAP (self), G_ACTION (page));
}

void
ql_window_update_view_actions (QlWindow *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (entries); i++)
    ql_window_set_enabled (self, entries[i].name,
                           self->conversation != NULL && !ql_window_shows_batch (self));
}
