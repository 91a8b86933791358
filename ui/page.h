#pragma once

#include <gtk/gtk.h>

#include "app/lab.h"

#define QL_TYPE_PAGE (ql_page_get_type ())
G_DECLARE_DERIVABLE_TYPE (QlPage, ql_page, QL, PAGE, GtkWidget)

/**
 * QlPage:
 *
 * One of the ways to ask a picture things: a page of the pane beside it. ui/pages.c has the
 * list of them.
 */
struct _QlPageClass
{
  GtkWidgetClass parent_class;

  /* @conversation: (nullable): no picture is shown */
  void (*set_conversation) (QlPage *self, QlConversation *conversation);
  /* (nullable): what of the model's attention is looked at; once */
  void (*set_lab) (QlPage *self, QlLab *lab);
  /* The keyboard's focus, to where a person would go on. */
  void (*focus) (QlPage *self);
};

void ql_page_set_conversation (QlPage *self, QlConversation *conversation);
void ql_page_set_lab (QlPage *self, QlLab *lab);
void ql_page_focus (QlPage *self);
