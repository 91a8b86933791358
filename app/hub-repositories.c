#include "app/hub-repositories.h"

#include <glib/gi18n.h>

#define MB G_GUINT64_CONSTANT (1000000)

static const QlHubRepository repositories[] = {
  { "Salesforce/blip2-opt-2.7b", 14985 * MB, N_ ("captions and answers; the smallest") },
  { "Salesforce/blip2-opt-2.7b-coco", 14987 * MB, N_ ("captions; finer pictures") },
  { "Salesforce/blip2-opt-6.7b", 31017 * MB, N_ ("captions and answers") },
  { "Salesforce/blip2-opt-6.7b-coco", 31019 * MB, N_ ("captions; finer pictures") },
  { "Salesforce/blip2-flan-t5-xl", 15775 * MB, N_ ("captions and answers; follows instructions") },
  { "Salesforce/blip2-flan-t5-xl-coco", 15777 * MB, N_ ("captions; finer pictures") },
  { "Salesforce/blip2-flan-t5-xxl", 48924 * MB, N_ ("captions and answers; the largest") },
  { "Salesforce/instructblip-flan-t5-xl", 16097 * MB, N_ ("answers; made for instructions") },
  { "Salesforce/blip2-itm-vit-g", 4690 * MB, N_ ("how well a text fits a picture") },
  { "Salesforce/blip2-itm-vit-g-coco", 4692 * MB, N_ ("how well a text fits a picture; finer pictures") },
};

const QlHubRepository *
ql_hub_repositories (gsize *n)
{
  *n = G_N_ELEMENTS (repositories);
  return repositories;
}
