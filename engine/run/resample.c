#include "engine/run/preprocess.h"

#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "engine/core/error.h"
#include "engine/run/resample-weights.h"

#define ROUNDING (1 << (B2_RESAMPLE_BITS - 1))

/* One value; also the whole of it where there is no SSE2. @step: bytes from tap to tap */
static guint8
weighted_sum (const guint8 *src, gsize step, const B2TapPair *pairs, int n)
{
  gint32 sum = ROUNDING;

  for (int i = 0; i < n; i++)
    {
      const B2TapPair *pair = &pairs[i / 2];

      sum += src[(gsize) i * step] * (pair->high[i % 2] * 0x8000 + pair->low[i % 2]);
    }
  return sum < 0 ? 0 : (guint8) MIN (sum >> B2_RESAMPLE_BITS, 255);
}

#ifdef __SSE2__

static inline __m128i
total (__m128i low, __m128i high)
{
  return _mm_srai_epi32 (_mm_add_epi32 (low, _mm_slli_epi32 (high, 15)), B2_RESAMPLE_BITS);
}

/* Lanes: red, green, blue of two neighbouring pixels; the fourth holds what follows. */
static inline __m128i
load_two_pixels (const guint8 *p)
{
  gint32 a, b;

  memcpy (&a, p, 4);
  memcpy (&b, p + 3, 4);
  return _mm_unpacklo_epi8 (_mm_unpacklo_epi8 (_mm_cvtsi32_si128 (a), _mm_cvtsi32_si128 (b)),
                            _mm_setzero_si128 ());
}

static inline void
load_weights (const B2TapPair *pair, __m128i *low, __m128i *high)
{
  __m128i both = _mm_loadl_epi64 ((const __m128i *) pair);

  *low = _mm_shuffle_epi32 (both, 0x00);
  *high = _mm_shuffle_epi32 (both, 0x55);
}

typedef struct
{
  __m128i low, high;
} Sum;

static inline void
add_taps (Sum *sum, __m128i pixels, __m128i low, __m128i high)
{
  sum->low = _mm_add_epi32 (sum->low, _mm_madd_epi16 (pixels, low));
  sum->high = _mm_add_epi32 (sum->high, _mm_madd_epi16 (pixels, high));
}

/* Two rows share the loading of the weights. @src1 and @dst1 may equal @src0 and @dst0. */
static void
horizontal_pixel (const guint8 *src0, const guint8 *src1, const B2TapPair *pairs, int n, guint8 *dst0,
                  guint8 *dst1)
{
  Sum sum0 = { _mm_set1_epi32 (ROUNDING), _mm_setzero_si128 () };
  Sum sum1 = sum0;
  int n_pairs = (n + 1) / 2;
  gsize n_tail = n % 2 == 0 ? 6 : 3;
  guint8 tail0[8] = { 0 }, tail1[8] = { 0 };
  guint8 bytes[16];
  __m128i low, high, words;

  for (int i = 0; i < n_pairs - 1; i++)
    {
      load_weights (&pairs[i], &low, &high);
      add_taps (&sum0, load_two_pixels (src0 + 6 * (gsize) i), low, high);
      add_taps (&sum1, load_two_pixels (src1 + 6 * (gsize) i), low, high);
    }
  /* The last pair is copied: load_two_pixels() would read past the end of the picture. */
  memcpy (tail0, src0 + 6 * (gsize) (n_pairs - 1), n_tail);
  memcpy (tail1, src1 + 6 * (gsize) (n_pairs - 1), n_tail);
  load_weights (&pairs[n_pairs - 1], &low, &high);
  add_taps (&sum0, load_two_pixels (tail0), low, high);
  add_taps (&sum1, load_two_pixels (tail1), low, high);
  words = _mm_packs_epi32 (total (sum0.low, sum0.high), total (sum1.low, sum1.high));
  _mm_storeu_si128 ((__m128i *) bytes, _mm_packus_epi16 (words, words));
  memcpy (dst0, bytes, 3);
  memcpy (dst1, bytes + 4, 3);
}

/* Sixteen columns; @src is the first row of the window. */
static void
vertical_block (const guint8 *src, gsize stride, const B2TapPair *pairs, int n, guint8 *dst)
{
  __m128i zero = _mm_setzero_si128 ();
  Sum sums[4];
  __m128i results[4];

  for (int j = 0; j < 4; j++)
    sums[j] = (Sum){ _mm_set1_epi32 (ROUNDING), zero };
  for (int i = 0; i < n; i += 2)
    {
      const guint8 *row = src + (gsize) i * stride;
      __m128i a = _mm_loadu_si128 ((const __m128i *) row);
      __m128i b = i + 1 < n ? _mm_loadu_si128 ((const __m128i *) (row + stride)) : zero;
      __m128i left = _mm_unpacklo_epi8 (a, b), right = _mm_unpackhi_epi8 (a, b);
      __m128i low, high;

      load_weights (&pairs[i / 2], &low, &high);
      add_taps (&sums[0], _mm_unpacklo_epi8 (left, zero), low, high);
      add_taps (&sums[1], _mm_unpackhi_epi8 (left, zero), low, high);
      add_taps (&sums[2], _mm_unpacklo_epi8 (right, zero), low, high);
      add_taps (&sums[3], _mm_unpackhi_epi8 (right, zero), low, high);
    }
  for (int j = 0; j < 4; j++)
    results[j] = total (sums[j].low, sums[j].high);
  _mm_storeu_si128 ((__m128i *) dst, _mm_packus_epi16 (_mm_packs_epi32 (results[0], results[1]),
                                                       _mm_packs_epi32 (results[2], results[3])));
}

#define VERTICAL_BLOCK 16

#else

static void
horizontal_pixel (const guint8 *src0, const guint8 *src1, const B2TapPair *pairs, int n, guint8 *dst0,
                  guint8 *dst1)
{
  for (int c = 0; c < 3; c++)
    {
      dst0[c] = weighted_sum (src0 + c, 3, pairs, n);
      dst1[c] = weighted_sum (src1 + c, 3, pairs, n);
    }
}

#define VERTICAL_BLOCK 1

static void
vertical_block (const guint8 *src, gsize stride, const B2TapPair *pairs, int n, guint8 *dst)
{
  *dst = weighted_sum (src, stride, pairs, n);
}

#endif

/* @dst: [height, weights->n_out, 3], no padding */
static void
resize_rows (const guint8 *src, int height, gsize stride, const B2AxisWeights *weights, guint8 *dst)
{
  gsize dst_stride = (gsize) weights->n_out * 3;

  for (int y = 0; y < height; y += 2)
    {
      int next = MIN (y + 1, height - 1);
      const guint8 *src0 = src + (gsize) y * stride, *src1 = src + (gsize) next * stride;
      guint8 *dst0 = dst + (gsize) y * dst_stride, *dst1 = dst + (gsize) next * dst_stride;

      for (int x = 0; x < weights->n_out; x++)
        {
          const B2TapWindow *window = &weights->windows[x];
          gsize at = 3 * (gsize) window->first;

          horizontal_pixel (src0 + at, src1 + at, weights->pairs + window->pairs, window->n,
                            dst0 + 3 * (gsize) x, dst1 + 3 * (gsize) x);
        }
    }
}

/* @dst: [weights->n_out, row_bytes], no padding */
static void
resize_columns (const guint8 *src, gsize row_bytes, gsize stride, const B2AxisWeights *weights, guint8 *dst)
{
  for (int y = 0; y < weights->n_out; y++)
    {
      const B2TapWindow *window = &weights->windows[y];
      const guint8 *rows = src + (gsize) window->first * stride;
      const B2TapPair *pairs = weights->pairs + window->pairs;
      guint8 *out = dst + (gsize) y * row_bytes;
      gsize x = 0;

      for (; x + VERTICAL_BLOCK <= row_bytes; x += VERTICAL_BLOCK)
        vertical_block (rows + x, stride, pairs, window->n, out + x);
      for (; x < row_bytes; x++)
        out[x] = weighted_sum (rows + x, stride, pairs, window->n);
    }
}

static gboolean
sizes_are_sane (int width, int height, gsize stride, int out_width, int out_height, GError **error)
{
  if (width < 1 || height < 1 || width > B2_RESAMPLE_MAX_PX || height > B2_RESAMPLE_MAX_PX || out_width < 1
      || out_height < 1 || out_width > B2_RESAMPLE_MAX_PX || out_height > B2_RESAMPLE_MAX_PX)
    {
      g_set_error (error, B2_ERROR, B2_ERROR_ARGUMENT,
                   "cannot resize a picture of %d x %d pixels to %d x %d: sides must be from 1 to %d", width,
                   height, out_width, out_height, B2_RESAMPLE_MAX_PX);
      return FALSE;
    }
  if (stride < 3 * (gsize) width)
    {
      g_set_error (error, B2_ERROR, B2_ERROR_ARGUMENT,
                   "a picture %d pixels wide needs rows of %" G_GSIZE_FORMAT
                   " bytes, not of %" G_GSIZE_FORMAT,
                   width, 3 * (gsize) width, stride);
      return FALSE;
    }
  return TRUE;
}

/* One pass. A pass that would change nothing is left out by the caller, as Pillow does. */
static gboolean
resize_axis (gboolean vertical, const guint8 *src, int width, int height, gsize stride, int n_out,
             guint8 *dst, GError **error)
{
  g_auto (B2AxisWeights) weights = { 0 };

  if (!b2_axis_weights_init (&weights, vertical ? height : width, n_out, error))
    return FALSE;
  if (vertical)
    resize_columns (src, 3 * (gsize) width, stride, &weights, dst);
  else
    resize_rows (src, height, stride, &weights, dst);
  return TRUE;
}

gboolean
b2_resize_bicubic (const guint8 *src, int width, int height, gsize stride, guint8 *dst, int out_width,
                   int out_height, GError **error)
{
  gboolean vertical_first;
  g_autofree guint8 *between = NULL;
  gsize n_bytes;

  if (!sizes_are_sane (width, height, stride, out_width, out_height, error))
    return FALSE;
  if (width == out_width && height == out_height)
    {
      for (int y = 0; y < height; y++)
        memcpy (dst + 3 * (gsize) width * (gsize) y, src + stride * (gsize) y, 3 * (gsize) width);
      return TRUE;
    }
  if (height == out_height)
    return resize_axis (FALSE, src, width, height, stride, out_width, dst, error);
  if (width == out_width)
    return resize_axis (TRUE, src, width, height, stride, out_height, dst, error);

  /* Pillow 13's rule; before 13 it was: height > 100 * width. The order shows in last bits. */
  vertical_first = height > out_height && height - out_height > 2 * (width - out_width);
  n_bytes = vertical_first ? 3 * (gsize) width * (gsize) out_height : 3 * (gsize) out_width * (gsize) height;
  between = g_try_malloc (n_bytes);
  if (between == NULL)
    {
      g_set_error (error, B2_ERROR, B2_ERROR_NO_MEMORY,
                   "not enough memory to resize a picture of %d x %d pixels: %" G_GSIZE_FORMAT " bytes",
                   width, height, n_bytes);
      return FALSE;
    }
  if (vertical_first)
    return resize_axis (TRUE, src, width, height, stride, out_height, between, error)
           && resize_axis (FALSE, between, width, out_height, 3 * (gsize) width, out_width, dst, error);
  return resize_axis (FALSE, src, width, height, stride, out_width, between, error)
         && resize_axis (TRUE, between, out_width, height, 3 * (gsize) out_width, out_height, dst, error);
}
