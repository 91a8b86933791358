#include "engine/models/vit.h"

#include <math.h>
#include <string.h>

#include "engine/models/activations.h"
#include "engine/nn/attention.h"

typedef struct
{
  B2Norm norm1; /* [d] */
  B2Linear qkv; /* [3 d, d]: all of Q, then K, then V */
  B2Linear proj; /* [d, d] */
  B2Norm norm2; /* [d] */
  B2Linear fc1; /* [mlp, d] */
  B2Linear fc2; /* [d, mlp] */
} Block;

struct B2Vit
{
  B2VisionConfig config;
  B2ActivationFunc activation;
  B2Linear patch; /* [d, 3 p p] */
  const float *cls; /* [d] */
  const float *positions; /* [1 + grid², d] */
  int grid; /* patches along one edge of the model's own size */
  Block *blocks;
  B2Norm post_norm;
};

static gboolean
bind_block (B2Vit *self, B2Binder *binder, int i, GError **error)
{
  Block *b = &self->blocks[i];
  int d = self->config.width, mlp = self->config.mlp_width;
  float eps = self->config.eps;
  const char *at = "vision_model.encoder.layers";

  return b2_bind_norm (binder, &b->norm1, d, eps, FALSE, error, "%s.%d.layer_norm1", at, i)
         && b2_bind_linear (binder, &b->qkv, 3 * d, d, TRUE, error, "%s.%d.self_attn.qkv", at, i)
         && b2_bind_linear (binder, &b->proj, d, d, TRUE, error, "%s.%d.self_attn.projection", at, i)
         && b2_bind_norm (binder, &b->norm2, d, eps, FALSE, error, "%s.%d.layer_norm2", at, i)
         && b2_bind_linear (binder, &b->fc1, mlp, d, TRUE, error, "%s.%d.mlp.fc1", at, i)
         && b2_bind_linear (binder, &b->fc2, d, mlp, TRUE, error, "%s.%d.mlp.fc2", at, i);
}

static gboolean
bind_all (B2Vit *self, B2Binder *binder, GError **error)
{
  int d = self->config.width, p = self->config.patch_px;
  const gint64 patch_shape[] = { d, 3, p, p }, bias_shape[] = { d }, cls_shape[] = { 1, 1, d };
  const gint64 position_shape[] = { 1, 1 + self->grid * self->grid, d };

  if (!b2_bind_matrix (binder, &self->patch, 4, patch_shape, error,
                       "vision_model.embeddings.patch_embedding.weight")
      || !b2_bind_vector (binder, &self->patch.bias, 1, bias_shape, error,
                          "vision_model.embeddings.patch_embedding.bias")
      || !b2_bind_vector (binder, &self->cls, 3, cls_shape, error, "vision_model.embeddings.class_embedding")
      || !b2_bind_vector (binder, &self->positions, 3, position_shape, error,
                          "vision_model.embeddings.position_embedding"))
    return FALSE;
  for (int i = 0; i < self->config.n_layers; i++)
    if (!bind_block (self, binder, i, error))
      return FALSE;
  return b2_bind_norm (binder, &self->post_norm, d, self->config.eps, FALSE, error,
                       "vision_model.post_layernorm");
}

B2Vit *
b2_vit_bind (B2Binder *binder, const B2VisionConfig *config, GError **error)
{
  B2Vit *self = g_new0 (B2Vit, 1);

  self->config = *config;
  self->activation = b2_activation_func (config->activation);
  self->grid = config->image_px / config->patch_px;
  self->blocks = g_new0 (Block, config->n_layers);
  if (!bind_all (self, binder, error))
    g_clear_pointer (&self, b2_vit_free);
  return self;
}

void
b2_vit_free (B2Vit *self)
{
  if (self == NULL)
    return;
  g_free (self->blocks);
  g_free (self);
}

int
b2_vit_n_rows (B2Vit *self, int width_px, int height_px)
{
  return 1 + (width_px / self->config.patch_px) * (height_px / self->config.patch_px);
}

gsize
b2_vit_scratch_bytes (B2Vit *self, int width_px, int height_px, int n_pictures)
{
  gsize n = (gsize) b2_vit_n_rows (self, width_px, height_px), d = (gsize) self->config.width;
  gsize rows = n * (gsize) n_pictures;
  gsize block = b2_arena_bytes_for_floats (rows * d) + b2_arena_bytes_for_floats (rows * 3 * d)
                + b2_arena_bytes_for_floats (rows * (gsize) MAX (self->config.mlp_width, self->config.width));
  /* The patches, then in their place the positions; a picture after the other. */
  gsize embed = MAX (b2_arena_bytes_for_floats ((n - 1) * (gsize) self->patch.n_in),
                     b2_arena_bytes_for_floats (n * d));

  return b2_arena_bytes_for_floats (rows * d) + MAX (block, embed);
}

int
b2_vit_max_together (B2Vit *self, gsize n_rows)
{
  for (int i = 0; i < self->config.n_layers; i++)
    {
      const Block *b = &self->blocks[i];
      const B2Linear *all[] = { &b->qkv, &b->proj, &b->fc1, &b->fc2 };

      for (gsize j = 0; j < G_N_ELEMENTS (all); j++)
        if (b2_kernels_get ()->gemm[all[j]->type] == NULL)
          return 1;
    }
  return (int) MAX (B2_LINEAR_MAX_ROWS / n_rows, 1);
}

static float
cubic (float x)
{
  const float a = -0.75f;

  x = fabsf (x);
  if (x <= 1)
    return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2)
    return (((x - 5) * x + 8) * x - 4) * a;
  return 0;
}

/* The four source rows (or columns) around output @i, and their weights. */
static void
cubic_taps (int i, int n_in, int n_out, int *index, float *weight)
{
  float at = ((float) i + 0.5f) * ((float) n_in / (float) n_out) - 0.5f;
  int first = (int) floorf (at);

  for (int t = 0; t < 4; t++)
    {
      index[t] = CLAMP (first - 1 + t, 0, n_in - 1);
      weight[t] = cubic (at - (float) (first - 1 + t));
    }
}

void
b2_vit_positions (B2Vit *self, int width_px, int height_px, float *out)
{
  gsize d = (gsize) self->config.width;
  int columns = width_px / self->config.patch_px, rows = height_px / self->config.patch_px;
  const float *grid = self->positions + d;

  if (columns == self->grid && rows == self->grid)
    {
      memcpy (out, self->positions, (1 + (gsize) columns * (gsize) rows) * d * sizeof *out);
      return;
    }
  memcpy (out, self->positions, d * sizeof *out);
  memset (out + d, 0, (gsize) columns * (gsize) rows * d * sizeof *out);
  for (int y = 0; y < rows; y++)
    for (int x = 0; x < columns; x++)
      {
        float *to = out + (1 + (gsize) y * (gsize) columns + (gsize) x) * d;
        int ys[4], xs[4];
        float wy[4], wx[4];

        cubic_taps (y, self->grid, rows, ys, wy);
        cubic_taps (x, self->grid, columns, xs, wx);
        for (int j = 0; j < 4; j++)
          for (int i = 0; i < 4; i++)
            {
              const float *from = grid + ((gsize) ys[j] * (gsize) self->grid + (gsize) xs[i]) * d;
              float w = wy[j] * wx[i];

              for (gsize c = 0; c < d; c++)
                to[c] += w * from[c];
            }
      }
}

/* im2col: row r of @out is patch r, channel by channel, as the convolution's weight is laid out. */
static void
cut_patches (B2Vit *self, const float *pixels, int width_px, int height_px, float *out)
{
  int p = self->config.patch_px, columns = width_px / p, rows = height_px / p;

  for (int y = 0; y < rows; y++)
    for (int x = 0; x < columns; x++)
      for (int c = 0; c < 3; c++)
        for (int j = 0; j < p; j++)
          {
            const float *from
                = pixels + ((gsize) c * (gsize) height_px + (gsize) (y * p + j)) * (gsize) width_px;

            memcpy (out, from + x * p, (gsize) p * sizeof *out);
            out += p;
          }
}

static void
embed (B2Vit *self, B2Compute *compute, B2Arena *arena, const float *pixels, int width_px, int height_px,
       float *x)
{
  gsize mark = b2_arena_mark (arena), d = (gsize) self->config.width;
  gsize n_patches = (gsize) b2_vit_n_rows (self, width_px, height_px) - 1;
  float *patches = b2_arena_floats (arena, n_patches * (gsize) self->patch.n_in);
  float *positions;

  cut_patches (self, pixels, width_px, height_px, patches);
  memcpy (x, self->cls, d * sizeof *x);
  b2_linear_forward (compute, &self->patch, patches, n_patches, (gsize) self->patch.n_in, x + d, d);
  b2_arena_release (arena, mark);
  positions = b2_arena_floats (arena, (n_patches + 1) * d);
  b2_vit_positions (self, width_px, height_px, positions);
  b2_add (positions, x, (n_patches + 1) * d);
  b2_arena_release (arena, mark);
}

/* @x: [n_pictures, n, d] */
static void
run_block (B2Vit *self, B2Compute *compute, B2Arena *arena, const Block *b, float *x, gsize n_pictures,
           gsize n)
{
  gsize mark = b2_arena_mark (arena), d = (gsize) self->config.width, mlp = (gsize) self->config.mlp_width;
  gsize rows = n_pictures * n;
  int head_width = self->config.width / self->config.n_heads;
  float *h = b2_arena_floats (arena, rows * d), *qkv = b2_arena_floats (arena, rows * 3 * d);
  float *wide = b2_arena_floats (arena, rows * MAX (mlp, d));

  b2_norm_forward (compute, &b->norm1, x, rows, h);
  b2_linear_forward (compute, &b->qkv, h, rows, d, qkv, 3 * d);
  for (gsize i = 0; i < n_pictures; i++)
    b2_attention_forward (compute, &(B2Attention){
                                       .n_heads = self->config.n_heads,
                                       .head_width = head_width,
                                       .n_queries = n,
                                       .n_keys = n,
                                       .q = qkv + i * n * 3 * d,
                                       .k = qkv + i * n * 3 * d + d,
                                       .v = qkv + i * n * 3 * d + 2 * d,
                                       .ldq = 3 * d,
                                       .ldk = 3 * d,
                                       .ldv = 3 * d,
                                       .scale = (float) (1.0 / sqrt (head_width)),
                                       .rounds = b2_linear_rounds (compute, &b->qkv, n),
                                       .out = wide + i * n * d,
                                       .ldo = d,
                                   });
  b2_linear_run (compute, wide, rows, d,
                 &(B2LinearOut){ .linear = &b->proj, .y = x, .ldy = d, .residual = x }, 1);

  b2_norm_forward (compute, &b->norm2, x, rows, h);
  b2_linear_run (compute, h, rows, d,
                 &(B2LinearOut){ .linear = &b->fc1, .y = wide, .ldy = mlp, .activation = self->activation },
                 1);
  b2_linear_run (compute, wide, rows, mlp,
                 &(B2LinearOut){ .linear = &b->fc2, .y = x, .ldy = d, .residual = x }, 1);
  b2_arena_release (arena, mark);
}

static void
tell_observers (B2Vit *self, const B2VitPicture *pictures, int n_pictures, int n_done, const float *x,
                gsize n)
{
  gsize d = (gsize) self->config.width;

  for (int i = 0; i < n_pictures; i++)
    b2_observer_tell (pictures[i].observer, n_done, x + (gsize) i * n * d, n, d);
}

gboolean
b2_vit_forward (B2Vit *self, B2Compute *compute, B2Arena *arena, const B2VitPicture *pictures, int n_pictures,
                int width_px, int height_px, const B2Watch *watch, GError **error)
{
  gsize mark = b2_arena_mark (arena), n = (gsize) b2_vit_n_rows (self, width_px, height_px);
  gsize n_floats = n * (gsize) self->config.width;
  float *x = b2_arena_floats (arena, (gsize) n_pictures * n_floats);
  gboolean ok = TRUE;

  for (int i = 0; i < n_pictures; i++)
    embed (self, compute, arena, pictures[i].pixels, width_px, height_px, x + (gsize) i * n_floats);
  tell_observers (self, pictures, n_pictures, 0, x, n);
  for (int i = 0; ok && i < self->config.n_layers; i++)
    {
      ok = b2_watch_step (watch, B2_PHASE_VISION, i, self->config.n_layers, error);
      if (!ok)
        break;
      run_block (self, compute, arena, &self->blocks[i], x, (gsize) n_pictures, n);
      tell_observers (self, pictures, n_pictures, i + 1, x, n);
    }
  for (int i = 0; ok && i < n_pictures; i++)
    b2_norm_forward (compute, &self->post_norm, x + (gsize) i * n_floats, n, pictures[i].out);
  b2_arena_release (arena, mark);
  return ok;
}

void
b2_vit_cost (B2Vit *self, int n_rows, B2Cost *out)
{
  for (int i = 0; i < self->config.n_layers; i++)
    {
      const Block *b = &self->blocks[i];
      const B2Linear *all[] = { &b->qkv, &b->proj, &b->fc1, &b->fc2 };

      for (gsize j = 0; j < G_N_ELEMENTS (all); j++)
        b2_cost_add_linear (out, all[j], n_rows);
      b2_cost_add_attention (out, n_rows, n_rows, self->config.width);
    }
  b2_cost_add_linear (out, &self->patch, n_rows - 1);
}
