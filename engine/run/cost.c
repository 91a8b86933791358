/* How much work a phase is, and what it is to be compared with. */
#include <string.h>

#include "engine/run/model.h"

void
b2_model_phase_cost (B2Model *self, B2Phase phase, int n_rows, B2PhaseCost *out)
{
  B2Cost cost = { 0 };
  int n_image = self->info.n_patches + 1;

  switch (phase)
    {
    case B2_PHASE_OPEN:
    case B2_PHASE_CONVERT:
      break;
    case B2_PHASE_VISION:
      b2_vit_cost (self->vit, n_image, &cost);
      break;
    case B2_PHASE_QFORMER:
      b2_qformer_cost (self->qformer, n_image, &cost);
      if (self->projection.weight != NULL)
        b2_cost_add_linear (&cost, &self->projection, self->config->n_query);
      break;
    case B2_PHASE_PREFILL:
    case B2_PHASE_DECODE:
      if (self->lm != NULL)
        self->lm->family->cost (self->lm, self->config->n_query, MAX (n_rows, 1), phase == B2_PHASE_DECODE,
                                &cost);
      break;
    }
  *out = (B2PhaseCost){ cost.flops, cost.weight_bytes, b2_weight_type_info (b2_cost_type (&cost))->name };
}

double
b2_peak_gflops (const B2Peak *self, const char *weight_type, const char **roof)
{
  static const struct
  {
    const char *weight_type, *roof;
    gsize peak;
  } own[] = {
    { "BF16", "bf16", G_STRUCT_OFFSET (B2Peak, gflops_bf16) },
    { "Q8_0", "int8", G_STRUCT_OFFSET (B2Peak, gops_int8) },
    { "Q4_0", "int4", G_STRUCT_OFFSET (B2Peak, gops_int4) },
    { "Q4_0", "int8", G_STRUCT_OFFSET (B2Peak, gops_int8) },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (own); i++)
    {
      double peak = G_STRUCT_MEMBER (double, self, own[i].peak);

      if (peak <= 0 || strcmp (own[i].weight_type, weight_type) != 0)
        continue;
      if (roof != NULL)
        *roof = own[i].roof;
      return peak;
    }
  if (roof != NULL)
    *roof = "f32";
  return self->gflops_f32;
}
