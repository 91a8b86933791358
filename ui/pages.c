#include "ui/pages.h"

#include <glib/gi18n.h>

#include "ui/attention-page.h"
#include "ui/chat-page.h"
#include "ui/pipeline-page.h"
#include "ui/masks-page.h"

/* The only list of pages. Alt+1, Alt+2… lead to them in this order (ui/application.c). */
static const struct
{
  const char *name;
  const char *title;
  GType (*get_type) (void);
} pages[] = {
  { "chat", N_ ("Chat"), ql_chat_page_get_type },
  { "attention", N_ ("Attention"), ql_attention_page_get_type },
  { "pipeline", N_ ("Pipeline"), ql_pipeline_page_get_type },
  { "masks", N_ ("Masks"), ql_masks_page_get_type },
};

void
ql_pages_fill (GtkStack *stack)
{
  for (guint i = 0; i < G_N_ELEMENTS (pages); i++)
    gtk_stack_add_titled (stack, g_object_new (pages[i].get_type (), NULL), pages[i].name,
                          _ (pages[i].title));
}

void
ql_pages_set_conversation (GtkStack *stack, QlConversation *conversation)
{
  for (guint i = 0; i < G_N_ELEMENTS (pages); i++)
    ql_page_set_conversation (QL_PAGE (gtk_stack_get_child_by_name (stack, pages[i].name)), conversation);
}

void
ql_pages_set_lab (GtkStack *stack, QlLab *lab)
{
  for (guint i = 0; i < G_N_ELEMENTS (pages); i++)
    ql_page_set_lab (QL_PAGE (gtk_stack_get_child_by_name (stack, pages[i].name)), lab);
}
