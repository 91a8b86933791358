/* What a run takes of memory: weights by phase, arenas as large as they are used, the estimate. */
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "engine/models/lm-decoder.h"
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
  g_autofree char *first = NULL, *second = NULL; /* what the first policy answers */

  for (gsize i = 0; i < G_N_ELEMENTS (policies); i++)
    {
      g_autoptr (B2Session) session = session_with (model, policies[i]);
      g_autofree char *donut = NULL, *tent = NULL;
      gsize n_vision, n_lm;
      gssize vision, lm;

      donut = ask (session, "01-donut.png");
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
      tent = ask (session, "02-tent.png");
      if (i == 0)
        {
          first = g_strdup (donut);
          second = g_strdup (tent);
        }
      g_assert_cmpstr (donut, ==, first);
      g_assert_cmpstr (tent, ==, second);
    }
}

/* ---- arenas --------------------------------------------------------------------- */

static B2LmMemory
lm_memory (B2Model *model, int n_prompt, int n_beams, int max_new)
{
  B2LmMemory memory;

  model->lm->family->memory (model->lm, model->config->n_query, n_prompt, n_beams, max_new, &memory);
  return memory;
}

/* All of what was made room for was in use at once, and nothing else was: a formula that says too much fails, too. */
static void
check_arenas (gconstpointer data)
{
  g_autofree char *dir = g_build_filename (g_getenv ("QLENS_SRC"), (const char *) data, NULL);
  static const int sizes[] = { 0, 3 }; /* patches more than the model's own size has, each way */
  g_autoptr (GError) error = NULL;
  g_autoptr (B2Model) model = b2_model_open (dir, NULL, &error);

  g_assert_no_error (error);
  for (gsize s = 0; s < G_N_ELEMENTS (sizes); s++)
    for (int n_beams = 1; n_beams <= 5; n_beams += 4)
      {
        const B2ModelInfo *info = b2_model_info (model);
        B2SessionOptions size = { .n_threads = 2,
                                  .image_width_px = info->image_width_px + sizes[s] * info->patch_px,
                                  .image_height_px = info->image_height_px };
        g_autoptr (B2Session) session = b2_session_new (model, &size, &error);
        g_autoptr (B2Answer) answer = NULL;
        B2DecodeOptions options;
        B2DecoderState *state;
        int n_text = 0;

        g_assert_no_error (error);
        b2_decode_options_init (&options, B2_PRESET_CAPTION);
        options.n_beams = n_beams;
        options.max_new_tokens = options.min_new_tokens = 6;
        demo_use_sample (session, "01-donut.png");
        answer = b2_session_generate (session, "what is this ?", &options, NULL, &error);
        g_assert_no_error (error);
        state = (B2DecoderState *) session->lm_state;
        if (model->qformer_tokenizer != NULL)
          n_text = session->plain.n_rows - model->config->n_query;
        g_assert_cmpuint (
            b2_arena_peak_bytes (session->arena), ==,
            MAX (b2_vit_scratch_bytes (model->vit, size.image_width_px, size.image_height_px, 1),
                 b2_qformer_scratch_bytes (model->qformer, n_text)));
        if (n_text == 0)
          g_assert_cmpuint (
              b2_arena_capacity_bytes (session->arena), ==,
              MAX (b2_vit_scratch_bytes (model->vit, size.image_width_px, size.image_height_px, 1),
                   b2_qformer_scratch_bytes (model->qformer, b2_session_max_text (session))));
        g_assert_cmpuint (b2_arena_capacity_bytes (state->arena), ==,
                          lm_memory (model, answer->n_prompt_tokens, n_beams, 6).pass_bytes);
        /* T5's steps have no bias table; whichever pass is larger fills it. */
        g_assert_cmpuint (b2_arena_peak_bytes (state->arena), ==, b2_arena_capacity_bytes (state->arena));
      }
}

int
main (int argc, char **argv)
{
  static const char *const folders[]
      = { "data/models/qlens-demo-opt", "data/models/qlens-demo-itm", "tests/golden/opt-basic",
          "tests/golden/t5-basic", "tests/golden/instructblip-t5" };

  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/memory/weights-by-phase", test_weights_by_phase);
  for (gsize i = 0; i < G_N_ELEMENTS (folders); i++)
    {
      g_autofree char *path = g_strconcat ("/memory/arenas/", folders[i], NULL);

      g_test_add_data_func (path, folders[i], check_arenas);
    }
  return g_test_run ();
}
