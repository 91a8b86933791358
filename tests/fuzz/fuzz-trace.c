/*
 * Traces. Whatever the bytes: no crash, and of what is accepted every map, word and figure can be made.
 */

#include <math.h>
#include <sys/mman.h>
#include <unistd.h>

#include "app/figure.h"
#include "engine/b2.h"
#include "tests/fuzz/fuzz.h"

static void
check_map (QlMap *map)
{
  g_autofree char *sentence = ql_map_describe (map);
  g_autofree char *numbers = ql_map_describe_numbers (map);
  QlMapRegion region;

  check (g_utf8_validate (sentence, -1, NULL) && g_utf8_validate (numbers, -1, NULL));
  check (isfinite (ql_map_get_sum (map)) && isfinite (ql_map_get_entropy (map)));
  check (ql_map_get_entropy (map) <= ql_map_get_max_entropy (map) + 1e-3);
  check (ql_map_get_scale_max (map, QL_MAP_SCALE_OWN, FALSE)
             <= ql_map_get_scale_max (map, QL_MAP_SCALE_SHARED, FALSE) + 1e-6
         || ql_map_get_sum (map) <= 0);
  ql_map_get_region (map, &region);
  check (region.first_row >= 0 && region.last_row < ql_map_get_rows (map));
  check (region.first_column >= 0 && region.last_column < ql_map_get_columns (map));
}

static void
check_trace (QlTrace *trace)
{
  QlMapKey key = { .query = ql_trace_get_n_queries (trace) - 1,
                   .layer = ql_trace_get_n_layers (trace) - 1,
                   .head = ql_trace_get_n_heads (trace) - 1 };
  QlMapLook look;

  check (g_utf8_validate (ql_trace_get_text (trace), -1, NULL));
  ql_map_look_init (&look);
  for (int method = 0; method < QL_MAP_N_METHODS; method++)
    {
      g_autoptr (QlMap) map = NULL;
      g_autoptr (QlFigure) figure = NULL;
      g_autoptr (GBytes) csv = NULL;

      key.method = (QlMapMethod) method;
      if (!ql_map_is_possible (trace, &key))
        continue;
      map = ql_map_new (trace, &key);
      check_map (map);
      figure = ql_figure_new (map, &look);
      csv = ql_figure_render (figure, QL_FIGURE_CSV, 1, NULL);
      check (csv != NULL);
    }
  key.method = QL_MAP_HEAD_MEAN;
  for (int word = 0; word < ql_trace_get_n_words (trace); word++)
    {
      g_autoptr (QlMap) map = ql_map_new_for_word (trace, word, QL_LM_MEAN, &key);

      if (map != NULL)
        check_map (map);
    }
}

int
LLVMFuzzerTestOneInput (const guint8 *bytes, gsize n_bytes)
{
  int fd = memfd_create ("trace", MFD_CLOEXEC);
  g_autofree char *path = g_strdup_printf ("/proc/self/fd/%d", fd);
  g_autoptr (GError) error = NULL;
  g_autoptr (QlTrace) trace = NULL;

  check (fd >= 0 && (n_bytes == 0 || write (fd, bytes, n_bytes) == (gssize) n_bytes));
  trace = ql_trace_open (path, NULL, &error);
  close (fd);
  check ((trace == NULL) == (error != NULL));
  if (trace == NULL)
    check (error->domain == B2_ERROR && g_utf8_validate (error->message, -1, NULL));
  else
    check_trace (trace);
  return 0;
}
