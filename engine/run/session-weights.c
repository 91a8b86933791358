/*
 * Which weights are in memory. They lie in mappings of files, and a phase reads its own alone: before it the kernel
 * is asked to fetch what it has not, after it the pages leave the process again. So the peak is that of the
 * largest phase, not of all; mapping what the kernel still has costs some 20 ms a gigabyte.
 */
#include "engine/run/session.h"

#include "engine/io/file-map.h"

static gboolean
belongs_to (const char *part, gboolean image)
{
  return (g_strcmp0 (part, "vision") == 0) == image
         && (image || g_strcmp0 (part, "language model") == 0
             || g_strcmp0 (part, "text generation head") == 0);
}

static void
drop (B2Session *self, gboolean image)
{
  B2Binder *binder = self->model->binder;

  for (int i = 0; i < b2_binder_n_parts (binder); i++)
    if (belongs_to (b2_binder_part (binder, i)->name, image))
      {
        gsize n;
        const B2PageRange *ranges = b2_binder_part_ranges (binder, i, &n);

        for (gsize r = 0; r < n; r++)
          b2_pages_advise (ranges[r].bytes, ranges[r].n_bytes, B2_PAGES_DONE);
      }
}

/* Parts are bound in the order in which a picture's first answer reads them. */
static void
begin_read_ahead (B2Session *self)
{
  B2Binder *binder = self->model->binder;
  g_autoptr (GArray) all = g_array_new (FALSE, FALSE, sizeof (B2PageRange));

  for (int i = 0; i < b2_binder_n_parts (binder); i++)
    {
      gsize n;
      const B2PageRange *ranges = b2_binder_part_ranges (binder, i, &n);

      g_array_append_vals (all, ranges, (guint) n);
    }
  g_clear_pointer (&self->read_ahead, b2_read_ahead_free);
  if (!b2_pages_are_cached ((const B2PageRange *) (gpointer) all->data, all->len))
    self->read_ahead = b2_read_ahead_new ((const B2PageRange *) (gpointer) all->data, all->len);
}

void
b2_session_begin_image (B2Session *self)
{
  if (self->weights != B2_WEIGHTS_STAY)
    drop (self, FALSE);
  if (self->weights != B2_WEIGHTS_TIGHT)
    begin_read_ahead (self);
}

void
b2_session_end_image (B2Session *self)
{
  if (self->weights != B2_WEIGHTS_STAY)
    drop (self, TRUE);
}
