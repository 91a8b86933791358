/* What a conversation is made of besides the engine: words, styles, prompts, context. */

#include <string.h>

#include "app/chat-prompt.h"
#include "app/conversation.h"
#include "app/paths.h"
#include "app/settings.h"

/* ---- words ---- */

static void
assert_word (const char *text, GArray *words, guint i, const char *expected, double probability)
{
  const QlWord *word = &g_array_index (words, QlWord, i);
  g_autofree char *found = g_strndup (text + word->start, word->end - word->start);

  g_assert_cmpuint (i, <, words->len);
  g_assert_cmpstr (found, ==, expected);
  g_assert_cmpfloat_with_epsilon (word->probability, probability, 1e-9);
}

static void
test_words_merge (void)
{
  const char *text = "a sunflower, red";
  const QlWordToken tokens[] = {
    { .piece = "a", .probability = 0.9 },
    { .piece = " sun",
      .probability = 0.8,
      .alternatives = { " dog", " sun" },
      .alternative_probabilities = { 0.81, 0.8 } },
    { .piece = "flower",
      .probability = 0.5,
      .alternatives = { "flower", "set", "" },
      .alternative_probabilities = { 0.5, 0.3, 0.1 } },
    { .piece = ",", .probability = 1 },
    { .piece = " red", .probability = 0.25 },
    { .piece = "", .probability = 0.1 },
  };
  g_autoptr (GArray) words = ql_answer_words_new (text, tokens, G_N_ELEMENTS (tokens));
  const QlWord *word;

  g_assert_cmpuint (words->len, ==, 3);
  assert_word (text, words, 0, "a", 0.9);
  assert_word (text, words, 1, "sunflower,", 0.4);
  assert_word (text, words, 2, "red", 0.25);
  /* Those of the weaker token, with what stands before it; the chosen one is the word. */
  word = &g_array_index (words, QlWord, 1);
  g_assert_cmpint (word->n_alternatives, ==, 3);
  g_assert_cmpstr (word->alternatives[0].text, ==, "sunflower,");
  g_assert_true (word->alternatives[0].chosen);
  g_assert_cmpstr (word->alternatives[1].text, ==, "sunset");
  g_assert_false (word->alternatives[1].chosen);
  g_assert_cmpstr (word->alternatives[2].text, ==, "");
}

/* T5's pieces lose their space, a character's bytes may be spread over tokens, an end mark
 * may read like text, and scripts without spaces have words nevertheless. */
static void
test_words_odd (void)
{
  const char *t5 = "two dogs";
  const QlWordToken t5_tokens[] = { { .piece = "two", .probability = 0.5 },
                                    { .piece = "dog", .probability = 0.5 },
                                    { .piece = "s", .probability = 0.5 },
                                    { .piece = "</s>", .probability = 0.5 } };
  const char *bytes = "x \xf0\x9f\x98\x80 y";
  const QlWordToken byte_tokens[] = { { .piece = "x", .probability = 1 },
                                      { .piece = " \xef\xbf\xbd", .probability = 0.5 },
                                      { .piece = "\xef\xbf\xbd", .probability = 0.5 },
                                      { .piece = " y", .probability = 0.5 } };
  const char *wide = "\xe7\x8b\x97\xe5\x92\x8c"; /* two ideographs */
  const QlWordToken wide_tokens[]
      = { { .piece = "\xe7\x8b\x97", .probability = 0.5 }, { .piece = "\xe5\x92\x8c", .probability = 0.25 } };
  g_autoptr (GArray) of_t5 = ql_answer_words_new (t5, t5_tokens, G_N_ELEMENTS (t5_tokens));
  g_autoptr (GArray) of_bytes = ql_answer_words_new (bytes, byte_tokens, G_N_ELEMENTS (byte_tokens));
  g_autoptr (GArray) of_wide = ql_answer_words_new (wide, wide_tokens, G_N_ELEMENTS (wide_tokens));
  g_autoptr (GArray) of_nothing = ql_answer_words_new ("", t5_tokens, G_N_ELEMENTS (t5_tokens));

  g_assert_cmpuint (of_t5->len, ==, 2);
  assert_word (t5, of_t5, 1, "dogs", 0.25);
  g_assert_cmpuint (of_bytes->len, ==, 2);
  assert_word (bytes, of_bytes, 1, "\xf0\x9f\x98\x80 y", 0.125);
  g_assert_cmpuint (of_wide->len, ==, 2);
  assert_word (wide, of_wide, 1, "\xe5\x92\x8c", 0.25);
  g_assert_cmpuint (of_nothing->len, ==, 0);
}

/* ---- prompts ---- */

static void
test_prompt (void)
{
  const char *const earlier[] = { "is there a dog?", "yes", "what colour?", "brown.", NULL };
  const char *const none[] = { NULL };
  g_autofree char *all = ql_chat_prompt (earlier, 0, "Question: where? Answer:");
  g_autofree char *one = ql_chat_prompt (earlier, 1, "Question: where? Answer:");
  g_autofree char *bare = ql_chat_prompt (none, 0, "Question: where? Answer:");

  g_assert_cmpstr (all, ==,
                   "Question: is there a dog? Answer: yes. Question: what colour? Answer: brown. "
                   "Question: where? Answer:");
  g_assert_cmpstr (one, ==, "Question: what colour? Answer: brown. Question: where? Answer:");
  g_assert_cmpstr (bare, ==, "Question: where? Answer:");
}

/* ---- styles ---- */

static void
test_style (void)
{
  g_autoptr (GSettings) settings = ql_settings_new ();
  g_autoptr (GVariant) wild = NULL;
  QlAnswerStyle style;

  ql_answer_style_load (&style, NULL, QL_PRESET_SHORT);
  g_assert_cmpfloat (style.knobs[QL_KNOB_LENGTH_PENALTY], ==, -1);
  ql_answer_style_load (&style, NULL, QL_PRESET_CREATIVE);
  g_assert_cmpfloat_with_epsilon (style.knobs[QL_KNOB_TEMPERATURE], 0.9, 1e-12);
  g_assert_true (ql_knob_applies (QL_KNOB_SEED, QL_PRESET_CREATIVE));
  g_assert_false (ql_knob_applies (QL_KNOB_SEED, QL_PRESET_SHORT));
  g_assert_false (ql_knob_applies (QL_KNOB_BEAMS, QL_PRESET_CREATIVE));
  g_assert_cmpint (ql_preset_resolve (QL_PRESET_AUTO, TRUE), ==, QL_PRESET_SHORT);
  g_assert_cmpint (ql_preset_resolve (QL_PRESET_AUTO, FALSE), ==, QL_PRESET_DESCRIBE);
  if (settings == NULL)
    {
      g_test_skip ("no settings schema");
      return;
    }
  ql_answer_style_store (settings, QL_PRESET_SHORT, QL_KNOB_BEAMS, 3);
  ql_answer_style_store (settings, QL_PRESET_SHORT, QL_KNOB_MOST_TOKENS, 7);
  ql_answer_style_load (&style, settings, QL_PRESET_SHORT);
  g_assert_cmpfloat (style.knobs[QL_KNOB_BEAMS], ==, 3);
  g_assert_cmpfloat (style.knobs[QL_KNOB_MOST_TOKENS], ==, 7);
  ql_answer_style_load (&style, settings, QL_PRESET_DESCRIBE);
  g_assert_cmpfloat (style.knobs[QL_KNOB_BEAMS], ==, 5);
  /* The engine's own value leaves no trace. */
  ql_answer_style_store (settings, QL_PRESET_SHORT, QL_KNOB_BEAMS, 5);
  ql_answer_style_store (settings, QL_PRESET_SHORT, QL_KNOB_MOST_TOKENS, 10);
  {
    g_autoptr (GVariant) stored = g_settings_get_value (settings, "style-short");
    g_assert_cmpuint (g_variant_n_children (stored), ==, 0);
  }
  /* A settings file may hold anything. */
  wild = g_variant_ref_sink (g_variant_new_parsed (
      "{'beams': <1e9>, 'least-tokens': <150.0>, 'most-tokens': <'many'>, 'top-p': <-1.0>, 'x': <1>}"));
  g_settings_set_value (settings, "style-describe", wild);
  ql_answer_style_load (&style, settings, QL_PRESET_DESCRIBE);
  g_assert_cmpfloat (style.knobs[QL_KNOB_BEAMS], ==, ql_knob_info (QL_KNOB_BEAMS)->most);
  g_assert_cmpfloat (style.knobs[QL_KNOB_MOST_TOKENS], ==, 30);
  g_assert_cmpfloat (style.knobs[QL_KNOB_LEAST_TOKENS], ==, 30);
  g_assert_cmpfloat_with_epsilon (style.knobs[QL_KNOB_TOP_P], 0.05, 1e-12);
  ql_answer_style_reset (settings, QL_PRESET_DESCRIBE);
  ql_answer_style_load (&style, settings, QL_PRESET_DESCRIBE);
  g_assert_cmpfloat (style.knobs[QL_KNOB_BEAMS], ==, 5);
}

/* ---- with the engine ---- */

static void
picture_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;

  *(QlPicture **) data = ql_picture_load_finish (result, &error);
  g_assert_no_error (error);
}

static void
opened_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;

  ql_engine_service_open_model_finish (QL_ENGINE_SERVICE (source), result, &error);
  g_assert_no_error (error);
}

static QlConversation *
conversation_new (QlEngineService *service)
{
  g_autofree char *path = g_build_filename (g_getenv ("QLENS_SRC"), "data", "samples", "01-donut.png", NULL);
  g_autofree char *model = ql_paths_demo_model ("qlens-demo-opt");
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (QlPicture) picture = NULL;

  g_assert_nonnull (model);
  ql_engine_service_open_model_async (service, model, NULL, opened_cb, NULL);
  ql_picture_load_async (file, 0, NULL, picture_cb, &picture);
  while (picture == NULL)
    g_main_context_iteration (NULL, TRUE);
  return ql_conversation_new (service, "picture", picture);
}

static QlTurn *
ask (QlConversation *conversation, const char *question)
{
  g_assert_true (ql_conversation_ask (conversation, question));
  while (ql_conversation_get_busy (conversation))
    g_main_context_iteration (NULL, TRUE);
  return ql_conversation_get_last (conversation);
}

static void
test_conversation (void)
{
  g_autoptr (QlEngineService) service = ql_engine_service_new ();
  g_autoptr (QlConversation) conversation = conversation_new (service);
  g_autoptr (GSettings) settings = ql_settings_new ();
  GListModel *turns = ql_conversation_get_turns (conversation);
  g_autoptr (QlTurn) first = NULL;
  const QlWord *words;
  QlTurn *turn;
  guint n;
  double seed;

  turn = ask (conversation, NULL);
  g_assert_cmpstr (ql_turn_get_text (turn), ==, "a purple donut in the sky");
  words = ql_turn_get_words (turn, &n);
  g_assert_cmpuint (n, ==, 6);
  for (guint i = 0; i < n; i++)
    {
      g_assert_cmpfloat (words[i].probability, >, 0);
      g_assert_cmpfloat (words[i].probability, <=, 1);
      g_assert_cmpint (words[i].n_alternatives, ==, QL_N_ALTERNATIVES);
      g_assert_cmpfloat (words[i].alternatives[0].probability, >=, words[i].alternatives[4].probability);
    }
  g_assert_cmpstr (ql_turn_get_text (ask (conversation, "is there a donut?")), ==, "yes");

  /* Taken out and put back where it was. */
  first = g_object_ref (turn);
  g_assert_cmpint (ql_conversation_remove (conversation, first), ==, 0);
  g_assert_cmpuint (g_list_model_get_n_items (turns), ==, 1);
  g_assert_cmpint (ql_conversation_remove (conversation, first), ==, -1);
  ql_conversation_insert (conversation, first, 0);
  g_assert_true (g_list_model_get_item (turns, 0) == first);
  g_object_unref (first);

  if (settings != NULL)
    {
      ql_conversation_set_settings (conversation, settings);
      g_assert_cmpint (ql_turn_get_n_earlier (ask (conversation, "is there a dog?")), ==, 0);
      g_settings_set_boolean (settings, "use-context", TRUE);
      g_assert_cmpint (ql_turn_get_n_earlier (ask (conversation, "is there a donut?")), ==, 2);
      /* The demo model reads 256 tokens: the oldest turns go first, and it is answered. */
      for (int i = 0; i < 16; i++)
        turn = ask (conversation, "what is the color of the donut in the sky of this picture?");
      g_assert_cmpint (ql_turn_get_state (turn), ==, QL_TURN_DONE);
      g_assert_cmpint (ql_turn_get_n_earlier (turn), >, 2);
      g_assert_cmpint (ql_turn_get_n_earlier (turn), <, 16);
      g_assert_cmpint (ql_turn_get_n_earlier (ask (conversation, NULL)), ==, 0);

      /* Lots are drawn anew each time, and can be drawn again. */
      g_settings_set_enum (settings, "preset", QL_PRESET_CREATIVE);
      turn = ask (conversation, NULL);
      seed = ql_turn_get_style (turn)->knobs[QL_KNOB_SEED];
      g_assert_cmpfloat (seed, >=, 1);
      g_assert_cmpfloat (ql_turn_get_style (ask (conversation, NULL))->knobs[QL_KNOB_SEED], !=, seed);
      ql_answer_style_store (settings, QL_PRESET_CREATIVE, QL_KNOB_SEED, seed);
      g_assert_cmpstr (ql_turn_get_text (ask (conversation, NULL)), ==, ql_turn_get_text (turn));
    }
  ql_engine_service_set_threads (service, 1);
  g_assert_cmpint (ql_turn_get_state (ask (conversation, NULL)), ==, QL_TURN_DONE);
  g_assert_false (ql_turn_get_picture_reused (ql_conversation_get_last (conversation)));
  ql_engine_service_shutdown (service);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_assert_nonnull (g_getenv ("QLENS_SRC"));
  g_test_add_func ("/chat/words/merge", test_words_merge);
  g_test_add_func ("/chat/words/odd", test_words_odd);
  g_test_add_func ("/chat/prompt", test_prompt);
  g_test_add_func ("/chat/style", test_style);
  g_test_add_func ("/chat/conversation", test_conversation);
  return g_test_run ();
}
