#include "ui/pin-card.h"

#include <glib/gi18n.h>

#include "ui/map-view.h"

struct _QlPinCard
{
  GtkWidget parent_instance;

  GtkWidget *pinned; /* what is shown where there is an A */
  QlMapView *picture; /* A over its own picture */
  GtkLabel *sentence;
  GtkWidget *difference;
  QlLab *lab;
};

G_DEFINE_FINAL_TYPE (QlPinCard, ql_pin_card, GTK_TYPE_WIDGET)

static void
changed_cb (QlLab *lab, guint change, QlPinCard *self)
{
  QlMap *map = ql_lab_get_pinned (lab);
  g_autofree char *sentence = map != NULL ? ql_map_describe (map) : NULL;
  g_autofree char *text = NULL;
  QlMapLook look;

  gtk_widget_set_visible (self->pinned, map != NULL);
  if (map == NULL)
    return;
  text = ql_lab_can_differ (lab)
             ? g_strdup_printf (_ ("A: %s"), sentence)
             : g_strdup_printf (_ ("A: %s. Its patches are others: there is no difference to show."),
                                sentence);
  gtk_label_set_text (self->sentence, text);
  ql_lab_get_look (lab, &look);
  ql_map_view_set_map (self->picture, map, &look);
}

static void
ql_pin_card_dispose (GObject *object)
{
  QlPinCard *self = QL_PIN_CARD (object);
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self))) != NULL)
    gtk_widget_unparent (child);
  g_clear_object (&self->lab);
  G_OBJECT_CLASS (ql_pin_card_parent_class)->dispose (object);
}

static void
ql_pin_card_class_init (QlPinCardClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  g_type_ensure (QL_TYPE_MAP_VIEW);
  G_OBJECT_CLASS (klass)->dispose = ql_pin_card_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/qlens/Qlens/pin-card.ui");
  gtk_widget_class_bind_template_child (widget_class, QlPinCard, pinned);
  gtk_widget_class_bind_template_child (widget_class, QlPinCard, picture);
  gtk_widget_class_bind_template_child (widget_class, QlPinCard, sentence);
  gtk_widget_class_bind_template_child (widget_class, QlPinCard, difference);
}

static void
ql_pin_card_init (QlPinCard *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

void
ql_pin_card_set_lab (QlPinCard *self, QlLab *lab)
{
  g_return_if_fail (self->lab == NULL);
  self->lab = g_object_ref (lab);
  g_signal_connect_object (lab, "changed", G_CALLBACK (changed_cb), self, 0);
  changed_cb (lab, QL_LAB_CHANGED_PIN, self);
}
