#pragma once

#include <glib.h>

/**
 * B2Arena:
 *
 * A bump allocator for activations: 64-byte aligned, released by mark. The whole
 * capacity is reserved as address space at once; pages take memory when first
 * touched. Under ASan every block is followed by a poisoned red zone.
 *
 * Threads: one at a time.
 */
typedef struct B2Arena B2Arena;

/** b2_arena_new: Returns: (transfer full): %NULL with B2_ERROR_NO_MEMORY */
B2Arena *b2_arena_new (gsize capacity_bytes, GError **error);
void b2_arena_free (B2Arena *self);

/** b2_arena_floats: room for @n floats, not cleared. More than the capacity is a programming error. */
float *b2_arena_floats (B2Arena *self, gsize n);
/** b2_arena_bytes_for_floats: what b2_arena_floats() takes of the capacity, for sizing. */
gsize b2_arena_bytes_for_floats (gsize n);

gsize b2_arena_mark (B2Arena *self);
/** b2_arena_release: gives back everything allocated since @mark. */
void b2_arena_release (B2Arena *self, gsize mark);
/** b2_arena_capacity_bytes: as asked for when it was made */
gsize b2_arena_capacity_bytes (B2Arena *self);
/** b2_arena_peak_bytes: the most that was in use at once. */
gsize b2_arena_peak_bytes (B2Arena *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (B2Arena, b2_arena_free)
