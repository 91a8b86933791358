#include "app/hub-repositories.h"

#include <string.h>

#include <glib/gi18n.h>

#define MB G_GUINT64_CONSTANT (1000000)

#define COCO N_ ("Captions of photographs of everyday scenes. Sees finer detail and takes longer.")

static const QlHubRepository repositories[] = {
  { "Salesforce/blip2-opt-2.7b", 14985 * MB, N_ ("Captions and answers. The smallest one that writes.") },
  { "Salesforce/blip2-opt-2.7b-coco", 14987 * MB, COCO },
  { "Salesforce/blip2-opt-6.7b", 31017 * MB, N_ ("Captions and answers. Knows more than opt-2.7b.") },
  { "Salesforce/blip2-opt-6.7b-coco", 31019 * MB, COCO },
  { "Salesforce/blip2-flan-t5-xl", 15775 * MB,
    N_ ("Captions and answers. Better at questions than the opt models.") },
  { "Salesforce/blip2-flan-t5-xl-coco", 15777 * MB, COCO },
  { "Salesforce/blip2-flan-t5-xxl", 48924 * MB,
    N_ ("Captions and answers. The best at questions, and the largest.") },
  { "Salesforce/instructblip-flan-t5-xl", 16097 * MB,
    N_ ("Made for instructions: longer descriptions and answers.") },
  { "Salesforce/blip2-itm-vit-g", 4690 * MB, N_ ("Tells how well a text fits a picture. Does not write.") },
  { "Salesforce/blip2-itm-vit-g-coco", 4692 * MB,
    N_ ("Tells how well a text fits a photograph, in finer detail. Does not write.") },
};

const QlHubRepository *
ql_hub_repositories (gsize *n)
{
  *n = G_N_ELEMENTS (repositories);
  return repositories;
}

const QlHubRepository *
ql_hub_repository_find (const char *repo)
{
  for (gsize i = 0; i < G_N_ELEMENTS (repositories); i++)
    if (strcmp (repositories[i].repo, repo) == 0)
      return &repositories[i];
  return NULL;
}
