/* Decoding allocates nothing per token: this program's own malloc() counts. */
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "tests/engine/demo.h"
#include "tests/engine/model-folder.h"

void *__libc_malloc (size_t n);
void *__libc_calloc (size_t n, size_t size);
void *__libc_realloc (void *p, size_t n);
void *__libc_memalign (size_t alignment, size_t n);
int posix_memalign (void **out, size_t alignment, size_t n);
void *aligned_alloc (size_t alignment, size_t n);

/* The program is built with hidden symbols; the C library must see these. */
#define EXPORT __attribute__ ((visibility ("default")))

static atomic_long n_calls;

EXPORT void *
malloc (size_t n)
{
  atomic_fetch_add (&n_calls, 1);
  return __libc_malloc (n);
}

EXPORT void *
calloc (size_t n, size_t size)
{
  atomic_fetch_add (&n_calls, 1);
  return __libc_calloc (n, size);
}

EXPORT void *
realloc (void *p, size_t n)
{
  atomic_fetch_add (&n_calls, 1);
  return __libc_realloc (p, n);
}

EXPORT void *
aligned_alloc (size_t alignment, size_t n)
{
  atomic_fetch_add (&n_calls, 1);
  return __libc_memalign (alignment, n);
}

EXPORT int
posix_memalign (void **out, size_t alignment, size_t n)
{
  atomic_fetch_add (&n_calls, 1);
  *out = __libc_memalign (alignment, n);
  return *out != NULL ? 0 : ENOMEM;
}

typedef struct
{
  long at_first, at_last;
  int n;
} Count;

static void
on_token (const B2Token *token, int n_tokens, const char *text, gpointer data)
{
  Count *count = data;

  if (count->n++ == 0)
    count->at_first = atomic_load (&n_calls);
  count->at_last = atomic_load (&n_calls);
}

static void
check (const char *dir, const char *prompt, int n_beams, gboolean sample)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (B2Model) model = b2_model_open (dir, NULL, &error);
  g_autoptr (B2Session) session = NULL;
  g_autoptr (B2Answer) answer = NULL;
  Count count = { 0 };
  B2GenerateHooks hooks = { .token = on_token, .token_data = &count };
  B2DecodeOptions options;

  g_assert_no_error (error);
  session = demo_session (model, 2);
  demo_use_sample (session, "16-fails-photo.jpg");
  b2_decode_options_init (&options, B2_PRESET_CAPTION);
  options.n_beams = n_beams;
  options.sample = sample;
  options.top_k = sample ? 20 : 0;
  options.top_p = sample ? 0.9f : 1;
  options.min_new_tokens = 12;
  options.no_repeat_ngram = 3;
  options.repetition_penalty = 1.2f;
  answer = b2_session_generate (session, prompt, &options, &hooks, &error);
  g_assert_no_error (error);
  g_assert_cmpint (count.n, >=, 12);
  g_assert_cmpint (count.at_last, ==, count.at_first);
  g_assert_cmpint (atomic_load (&n_calls), >, count.at_last); /* that the counter counts */
}

static void
check_folder (gconstpointer data)
{
  g_autofree char *dir = g_build_filename (g_getenv ("QLENS_SRC"), (const char *) data, NULL);

  check (dir, "what is this", 1, FALSE);
  check (dir, "what is this", 5, FALSE);
  check (dir, "what is this", 1, TRUE);
}

int
main (int argc, char **argv)
{
  static const char *const folders[] = { "data/models/qlens-demo-opt", "data/models/qlens-demo-itm",
                                         "tests/golden/t5-basic", "tests/golden/instructblip-t5" };

  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (folders); i++)
    {
      g_autofree char *path = g_strconcat ("/allocations/", folders[i], NULL);

      g_test_add_data_func (path, folders[i], check_folder);
    }
  return g_test_run ();
}
