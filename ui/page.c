#include "ui/page.h"

G_DEFINE_ABSTRACT_TYPE (QlPage, ql_page, GTK_TYPE_WIDGET)

static void
ql_page_real_set_conversation (QlPage *self, QlConversation *conversation)
{
}

static void
ql_page_real_set_lab (QlPage *self, QlLab *lab)
{
}

static void
ql_page_real_focus (QlPage *self)
{
  gtk_widget_child_focus (GTK_WIDGET (self), GTK_DIR_TAB_FORWARD);
}

static void
ql_page_class_init (QlPageClass *klass)
{
  klass->set_conversation = ql_page_real_set_conversation;
  klass->set_lab = ql_page_real_set_lab;
  klass->focus = ql_page_real_focus;
}

static void
ql_page_init (QlPage *self)
{
}

void
ql_page_set_conversation (QlPage *self, QlConversation *conversation)
{
  QL_PAGE_GET_CLASS (self)->set_conversation (self, conversation);
}

void
ql_page_set_lab (QlPage *self, QlLab *lab)
{
  QL_PAGE_GET_CLASS (self)->set_lab (self, lab);
}

void
ql_page_focus (QlPage *self)
{
  QL_PAGE_GET_CLASS (self)->focus (self);
}
