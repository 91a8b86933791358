#pragma once

#include "engine/io/config.h"

/**
 * b2_resize_bicubic:
 * @src: [height, width, 3] u8, @stride bytes from row to row
 * @dst: (out caller-allocates): [out_height, out_width, 3] u8, no padding
 *
 * Bit for bit what Pillow 13.0.0 does in Image.resize(BICUBIC) on an RGB picture:
 * antialiased (a = -0.5, support grows with the scale), 22-bit fixed-point weights,
 * two passes with u8 in between; vertical pass first if the height shrinks and
 * shrinks by more than twice what the width does.
 *
 * Golden: tests/golden/preprocess, equal bytes. Threads: any. Allocates: one pass's
 * picture and the weights.
 *
 * Returns: %FALSE with B2_ERROR_ARGUMENT (sizes) or B2_ERROR_NO_MEMORY
 */
gboolean b2_resize_bicubic (const guint8 *src, int width, int height, gsize stride, guint8 *dst,
                            int out_width, int out_height, GError **error);

/**
 * b2_preprocess:
 * @rgb: [height, width, 3] u8
 * @out: (out caller-allocates): [3, out_height, out_width] f32
 *
 * Resize without keeping the aspect, rescale in f64, to f32, minus mean, over std in f32:
 * BlipImageProcessor's arithmetic.
 */
gboolean b2_preprocess (const B2PreprocessConfig *config, const guint8 *rgb, int width, int height,
                        gsize stride, int out_width, int out_height, float *out, GError **error);
