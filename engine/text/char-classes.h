#pragma once

#include <glib.h>

/*
 * Classes of characters as the crates behind the fast tokenizers see them. General
 * categories come from GLib; where the crates are ahead (Unicode 16) or lag behind
 * (Unicode 8), tables say so.
 */

/** b2_char_is_space: Unicode White_Space, Rust's char::is_whitespace and a regex's \s. */
gboolean b2_char_is_space (gunichar c);

/** b2_char_is_word: a regex's \w. */
gboolean b2_char_is_word (gunichar c);

/** b2_char_is_letter: \p{L}. */
gboolean b2_char_is_letter (gunichar c);

/** b2_char_is_number: \p{N}. */
gboolean b2_char_is_number (gunichar c);

/** b2_char_is_bert_control: what BertNormalizer's clean_text takes out. */
gboolean b2_char_is_bert_control (gunichar c);

/** b2_char_is_bert_mark: what its strip_accents takes out. */
gboolean b2_char_is_bert_mark (gunichar c);

/** b2_char_is_bert_punctuation: what BertPreTokenizer sets apart. */
gboolean b2_char_is_bert_punctuation (gunichar c);

/** b2_char_is_cjk: what handle_chinese_chars puts spaces around. */
gboolean b2_char_is_cjk (gunichar c);

/** b2_char_has_late_decomposition: decomposes by a Unicode newer than the crates'. */
gboolean b2_char_has_late_decomposition (gunichar c);

/** b2_char_combining_class: as the normalising crate has it. */
int b2_char_combining_class (gunichar c);

/** b2_char_lower: Rust's char::to_lowercase. Returns: how many characters, 1 or 2 */
int b2_char_lower (gunichar c, gunichar lower[2]);

typedef struct
{
  gunichar first, last;
} B2CharRange;

/** b2_char_in: @ranges: ascending */
gboolean b2_char_in (gunichar c, const B2CharRange *ranges, gsize n_ranges);
