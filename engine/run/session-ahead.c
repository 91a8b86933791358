/* Pictures that are encoded together, before they are the session's one after the other. */
#include "engine/run/session.h"

static void
ahead_clear (gpointer data)
{
  B2SessionAhead *self = data;

  b2_prepared_clear (&self->prepared);
  g_free (self->image.features);
  b2_laps_clear (&self->image.laps);
}

void
b2_session_forget_ahead (B2Session *self)
{
  g_clear_pointer (&self->ahead, g_array_unref);
}

int
b2_session_max_ahead (B2Session *self)
{
  return self->compute->exact ? 1 : b2_vit_max_together (self->model->vit, self->n_image);
}

/* The arena holds nothing between calls, so that another may take its place. */
static gboolean
make_room (B2Session *self, int n, GError **error)
{
  gsize n_bytes = b2_vit_scratch_bytes (self->model->vit, self->width_px, self->height_px, n);
  B2Arena *larger;

  if (n_bytes <= b2_arena_capacity_bytes (self->arena))
    return TRUE;
  larger = b2_arena_new (n_bytes, error);
  if (larger == NULL)
    return FALSE;
  b2_arena_free (self->arena);
  self->arena = larger;
  return TRUE;
}

/* Pixels, and features where the store has them or room for them. */
static gboolean
begin (B2Session *self, const B2Pixels *picture, B2SessionAhead *ahead, GError **error)
{
  gsize n_features = self->n_image * (gsize) self->model->config->vision.width;

  if (!b2_session_prepare (self, picture->rgb, picture->width, picture->height, picture->stride,
                           &ahead->prepared, error))
    return FALSE;
  ahead->image.features = g_try_new (float, n_features);
  if (ahead->image.features == NULL)
    {
      g_set_error_literal (error, B2_ERROR, B2_ERROR_NO_MEMORY,
                           "Not enough memory for the picture's features");
      return FALSE;
    }
  ahead->image.encoded = b2_session_load_encoding (self, &ahead->image, ahead->prepared.sha256);
  return TRUE;
}

static gboolean
encode (B2Session *self, const B2Watch *watch, GError **error)
{
  guint n_all = self->ahead->len;
  g_autofree B2SessionAhead **unencoded = g_new (B2SessionAhead *, n_all);
  g_autofree B2SessionImage **images = g_new (B2SessionImage *, n_all);
  g_autofree const float **pixels = g_new (const float *, n_all);
  int n = 0;

  for (guint i = 0; i < n_all; i++)
    {
      B2SessionAhead *ahead = &g_array_index (self->ahead, B2SessionAhead, i);

      if (ahead->prepared.pixels == NULL || ahead->image.encoded)
        continue;
      unencoded[n] = ahead;
      images[n] = &ahead->image;
      pixels[n++] = ahead->prepared.pixels;
    }
  if (n == 0)
    return TRUE;
  if (!make_room (self, n, error) || !b2_session_run_vit (self, images, pixels, n, watch, error))
    return FALSE;
  for (int i = 0; i < n; i++)
    b2_session_save_encoding (self, &unencoded[i]->image, unencoded[i]->prepared.sha256);
  return TRUE;
}

gboolean
b2_session_encode_ahead (B2Session *self, const B2Pixels *pictures, int n, const B2Watch *watch,
                         GError **errors, GError **error)
{
  g_return_val_if_fail (n > 0 && n <= b2_session_max_ahead (self), FALSE);
  b2_session_begin (self, watch);
  b2_session_forget_ahead (self);
  self->ahead = g_array_new (FALSE, TRUE, sizeof (B2SessionAhead));
  g_array_set_clear_func (self->ahead, ahead_clear);
  g_array_set_size (self->ahead, (guint) n);
  for (int i = 0; i < n; i++)
    {
      B2SessionAhead *ahead = &g_array_index (self->ahead, B2SessionAhead, i);

      if (!begin (self, &pictures[i], ahead, &errors[i]))
        b2_prepared_clear (&ahead->prepared);
    }
  if (encode (self, watch, error))
    return TRUE;
  b2_session_forget_ahead (self);
  return FALSE;
}

void
b2_session_set_image_ahead (B2Session *self, int i)
{
  B2SessionAhead *ahead;
  B2SessionImage *image = &self->plain_image;
  float *features = image->features;

  g_return_if_fail (self->ahead != NULL && i >= 0 && (guint) i < self->ahead->len);
  ahead = &g_array_index (self->ahead, B2SessionAhead, i);
  g_return_if_fail (ahead->prepared.pixels != NULL);
  if (b2_session_adopt (self, &ahead->prepared) || !image->encoded)
    {
      image->features = ahead->image.features;
      b2_laps_clear (&image->laps);
      image->laps = ahead->image.laps;
      image->vision_ms = ahead->image.vision_ms;
      image->spent_ms = ahead->image.spent_ms;
      image->encoded = TRUE;
      ahead->image = (B2SessionImage){ .features = features };
    }
  ahead_clear (ahead);
  *ahead = (B2SessionAhead){ 0 };
}
