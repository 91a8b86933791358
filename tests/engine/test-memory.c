/* What a run takes of memory: weights by phase, arenas as large as they are used, the estimate. */
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "engine/run/session.h"
#include "tests/engine/demo.h"
#include "tests/engine/model-folder.h"

/* Whole pages of a part's weights that this process has mapped; -1 where the kernel does not tell. */
static gssize
n_resident (B2Model *model, const char *part, gsize *n_pages)
{
  int fd = open ("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
  uintptr_t page = (uintptr_t) sysconf (_SC_PAGESIZE);
  gssize n = 0;

  *n_pages = 0;
  for (int i = 0; i < b2_binder_n_parts (model->binder); i++)
    {
      gsize n_ranges;
      const B2PageRange *ranges = b2_binder_part_ranges (model->binder, i, &n_ranges);

      if (strcmp (b2_binder_part (model->binder, i)->name, part) != 0)
        continue;
      for (gsize r = 0; r < n_ranges; r++)
        for (uintptr_t at = ((uintptr_t) ranges[r].bytes + page - 1) / page;
             at < ((uintptr_t) ranges[r].bytes + ranges[r].n_bytes) / page; at++)
          {
            guint64 entry = 0;

            if (fd < 0 || pread (fd, &entry, sizeof entry, (off_t) (at * sizeof entry)) != sizeof entry)
              return -1;
            n += (entry >> 63) != 0;
            (*n_pages)++;
          }
    }
  close (fd);
  return n;
}

static B2Session *
session_with (B2Model *model, B2WeightsPolicy weights)
{
  g_autoptr (GError) error = NULL;
  B2SessionOptions options = { .n_threads = 2, .weights = weights };
  B2Session *session = b2_session_new (model, &options, &error);

  g_assert_no_error (error);
  return session;
}

static char *
ask (B2Session *session, const char *sample)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (B2Answer) answer = NULL;
  B2DecodeOptions options;

  b2_decode_options_init (&options, B2_PRESET_QUESTION);
  demo_use_sample (session, sample);
  answer = b2_session_generate (session, NULL, &options, NULL, &error);
  g_assert_no_error (error);
  return g_strdup_printf ("%s %.17g", answer->text, answer->score);
}

static void
test_weights_by_phase (void)
{
  g_autoptr (B2Model) model = demo_model ("qlens-demo-opt");
  static const B2WeightsPolicy policies[] = { B2_WEIGHTS_STAY, B2_WEIGHTS_BY_PHASE, B2_WEIGHTS_TIGHT };
  g_autofree char *first[G_N_ELEMENTS (policies)] = { NULL }, *second[G_N_ELEMENTS (policies)] = { NULL };

  for (gsize i = 0; i < G_N_ELEMENTS (policies); i++)
    {
      g_autoptr (B2Session) session = session_with (model, policies[i]);
      gsize n_vision, n_lm;
      gssize vision, lm;

      first[i] = ask (session, "01-donut.png");
      vision = n_resident (model, "vision", &n_vision);
      lm = n_resident (model, "language model", &n_lm);
      if (vision < 0)
        {
          g_test_skip ("this kernel does not tell what is resident");
          return;
        }
      g_assert_cmpuint (n_vision, >, 8);
      g_assert_cmpint (lm, >, (gssize) n_lm / 2);
      if (policies[i] == B2_WEIGHTS_STAY)
        g_assert_cmpint (vision, >, (gssize) n_vision / 2);
      else
        g_assert_cmpint (vision, ==, 0);

      /* The next picture: without its language model, which has to come back. */
      demo_use_sample (session, "02-tent.png");
      g_assert_true (b2_session_encode (session, NULL, NULL));
      lm = n_resident (model, "language model", &n_lm);
      if (policies[i] == B2_WEIGHTS_STAY)
        g_assert_cmpint (lm, >, (gssize) n_lm / 2);
      else
        g_assert_cmpint (lm, ==, 0);
      second[i] = ask (session, "02-tent.png");
      g_assert_cmpstr (first[i], ==, first[0]);
      g_assert_cmpstr (second[i], ==, second[0]);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/memory/weights-by-phase", test_weights_by_phase);
  return g_test_run ();
}
