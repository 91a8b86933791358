#pragma once

/*
 * Qlens' engine: BLIP-2 inference. This is all that app/ sees of it.
 *
 *   model  = b2_model_open ("folder", NULL, &error);
 *   run    = b2_session_new (model, NULL, &error);
 *   b2_session_set_image (run, rgb, width, height, stride, &error);
 *   answer = b2_session_generate (run, prompt, &options, NULL, &error);
 *
 * The engine never prints and never exits; what goes wrong comes back as B2_ERROR.
 * Interventions, replay and masks: engine/b2-lab.h.
 * Paper: BLIP-2, Li et al. 2023, arXiv:2301.12597.
 */

#include <glib.h>

#include "engine/core/cancel.h"
#include "engine/core/error.h"
#include "engine/core/watch.h"

/* ---- model ------------------------------------------------------------------- */

/**
 * B2Model:
 *
 * An opened model folder or GGUF file. The weights stay in the read-only mapping of the files, in
 * their stored type. Immutable, reference counted, to be shared between threads.
 */
typedef struct B2Model B2Model;

/** B2Task: what a model can do. */
typedef enum
{
  B2_TASK_GENERATE = 1 << 0, /* caption and answer */
  B2_TASK_MATCH = 1 << 1, /* ITM and ITC scores of a text */
} B2Task;

/** B2ModelPart: a row of what `info` shows. */
typedef struct
{
  char *name; /* "vision", "qformer", "projection", "language model", "heads" */
  guint64 n_parameters;
  guint64 n_bytes;
  char *types; /* "F16", "BF16, F32", "F32, Q8_0" */
} B2ModelPart;

/** B2ModelInfo: owned by the model. */
typedef struct
{
  const char *dir;
  const char *architecture; /* "Blip2ForConditionalGeneration"… */
  const char *family; /* "opt", "t5", "itg", or "" where there is no language model */
  guint tasks; /* B2Task bits */
  int image_width_px, image_height_px, patch_px;
  int vision_layers, vision_width, vision_heads;
  int n_patches; /* without CLS */
  int n_query;
  int qformer_layers, qformer_width, qformer_heads, qformer_cross_layers;
  int lm_layers, lm_width, lm_heads, lm_vocab; /* lm_layers: the decoder's */
  int max_prompt_tokens; /* 0: no limit of the model's own */
  guint64 n_parameters;
  guint64 n_bytes; /* of weights, mapped */
  guint64 peak_bytes; /* estimate: most memory at once for a caption with the usual options */
  const B2ModelPart *parts;
  int n_parts;
  int n_tensors_used, n_tensors_ignored; /* ignored: in the files, not of this model */
  const char *fingerprint; /* 64 hexadecimal digits */
} B2ModelInfo;

/**
 * b2_model_open:
 * @dir: a Hugging Face model folder, read as it is; or a GGUF file that b2_convert() wrote, or a folder
 *   with one such file and no safetensors
 *
 * Checks every tensor's presence, type and shape before the first use. Copies none of
 * the matrices: only vectors (biases, norms) and small tables.
 *
 * Returns: (transfer full): %NULL with an error that names file and tensor
 */
B2Model *b2_model_open (const char *dir, const B2Watch *watch, GError **error);
B2Model *b2_model_ref (B2Model *self);
void b2_model_unref (B2Model *self);
const B2ModelInfo *b2_model_info (B2Model *self);

/** B2WeightsPolicy: what becomes of weights between the phases that read them. */
typedef enum
{
  B2_WEIGHTS_BY_PHASE, /* leave the process after their phase: memory of the largest one only */
  B2_WEIGHTS_STAY, /* stay: for many pictures in a row, where there is memory for all */
  B2_WEIGHTS_TIGHT, /* by phase, and nothing is read ahead: where the memory is too small anyway */
} B2WeightsPolicy;

/** B2MemoryRun: what is to be run. Fill with b2_memory_run_init(). */
typedef struct
{
  int n_threads; /* 0: one per core that this process may use */
  int image_width_px, image_height_px; /* 0: the model's size */
  int n_prompt_tokens, n_beams, max_new_tokens;
  int n_together; /* texts that are written at once; 0 is 1 */
  int n_ahead; /* pictures that are encoded at once, as far as the model takes them; 0 is 1 */
  B2WeightsPolicy weights;
} B2MemoryRun;

/** b2_memory_run_init: a caption as the preset makes it, with the options' defaults */
void b2_memory_run_init (B2MemoryRun *self);

/** B2MemoryUse: memory of this process by what it is for, in bytes. */
typedef struct
{
  guint64 vision, qformer, language_model; /* weights that are read: mapped pages of the files */
  guint64 activations; /* of image encoder, Q-Former and language model, with the workers' scratch */
  guint64 cache; /* keys and values */
  guint64 program; /* the program itself, its libraries, tables, and the small tensors' copies */
  guint64 peak; /* the most at once: not the sum where weights leave after their phase */
} B2MemoryUse;

/**
 * b2_model_estimate_memory:
 *
 * What @run will have resident at most, as the command-line program runs it (a window has a desktop's libraries
 * besides). tests/engine/test-memory.c compares this with what was.
 */
void b2_model_estimate_memory (B2Model *self, const B2MemoryRun *run, B2MemoryUse *out);

/**
 * b2_model_question_prompt:
 * @question: as typed
 *
 * The prompt a question is put in: "Question: {} Answer:" for OPT, "Question: {} Short answer:"
 * for T5, the question alone for InstructBLIP.
 *
 * Returns: (transfer full)
 */
char *b2_model_question_prompt (B2Model *self, const char *question);

/** B2TextTokens: what a tokenizer makes of a text. */
typedef struct
{
  int n;
  gint32 *ids;
  char **pieces; /* as the vocabulary spells them, %NULL-terminated */
} B2TextTokens;

/**
 * b2_tokenize:
 * @dir: a folder with tokenizer files, or a GGUF file with such inside; nothing else of the model is needed
 * @texts: @n_texts of UTF-8
 *
 * With special tokens, as the model would see it (without the image rows).
 *
 * Returns: (transfer full) (array length=n_texts): free each with b2_text_tokens_clear(), then g_free()
 */
B2TextTokens *b2_tokenize (const char *dir, const char *const *texts, int n_texts, GError **error);
void b2_text_tokens_clear (B2TextTokens *self);

/* ---- smaller files ------------------------------------------------------------- */

/** B2ConvertRow: tensors of a kind that became one type. */
typedef struct
{
  const char *group; /* "image encoder", "Q-Former"… */
  const char *type; /* "Q8_0" */
  int n_tensors;
  guint64 n_parameters, n_bytes;
  double rms_error; /* of what is stored, relative to the values' own rms */
} B2ConvertRow;

/** B2ConvertReport: free with b2_convert_report_free(). */
typedef struct
{
  guint64 n_bytes; /* of the file */
  int n_tensors;
  int n_rows;
  B2ConvertRow *rows;
} B2ConvertReport;

typedef struct
{
  const char *type; /* of most matrices: "f32", "f16", "bf16", "q8_0", "q4_0" */
  gboolean overwrite; /* a file that is there already; else it is an error */
  int n_threads; /* ≤ 0: one per usable core */
} B2ConvertOptions;

/** b2_convert_types: what may be asked for, %NULL-terminated, the largest first. */
const char *const *b2_convert_types (void);

/**
 * b2_convert:
 * @model: what b2_model_open() opens
 * @path: the GGUF file to write: all of the model, configuration and tokenizers included
 * @watch: (nullable): progress comes as B2_PHASE_OPEN, then B2_PHASE_CONVERT
 *
 * Tensors go through memory piece by piece, at most some 100 MB at a time. What is written to
 * "@path.part" is synced, read back from there and compared bit by bit with what should be in it, opened as
 * a model, and only then gets its name. Whatever ends that leaves at most the .part, which the next run begins anew.
 *
 * Returns: (transfer full): %NULL with an error, and @path as it was. B2_ERROR_ARGUMENT: @path is there, or a value has no place in the type
 */
B2ConvertReport *b2_convert (const char *model, const char *path, const B2ConvertOptions *options,
                             const B2Watch *watch, GError **error);
void b2_convert_report_free (B2ConvertReport *self);

/** b2_convert_size: bytes of the file that @model would become. Returns: 0 with B2_ERROR_ARGUMENT: no such type */
guint64 b2_convert_size (B2Model *model, const char *type, GError **error);

/* ---- decoding ---------------------------------------------------------------- */

/**
 * B2DecodeOptions:
 *
 * Names and meaning as in transformers' generation. Fill with b2_decode_options_init().
 */
typedef struct
{
  int n_beams; /* 1: greedy, or sampling if @sample; ≤ 32 */
  float length_penalty; /* beams: score = sum of log-probabilities / length^this */
  int max_new_tokens; /* ≥ 1 */
  int min_new_tokens;
  float repetition_penalty; /* 1: off */
  int no_repeat_ngram; /* 0: off */
  gboolean sample; /* only with n_beams 1 */
  float temperature; /* > 0 */
  int top_k; /* 0: off */
  float top_p; /* (0, 1]; 1: off */
  guint64 seed;
} B2DecodeOptions;

typedef enum
{
  B2_PRESET_CAPTION, /* beams 5, length penalty 1, 30 new tokens */
  B2_PRESET_QUESTION, /* beams 5, length penalty -1, 10 new tokens */
  B2_PRESET_CREATIVE, /* sampling, temperature 0.9, top-p 0.9, top-k 50, 40 new tokens */
} B2Preset;

void b2_decode_options_init (B2DecodeOptions *self, B2Preset preset);
/** b2_decode_options_check: Returns: %FALSE with B2_ERROR_ARGUMENT naming the setting and its range */
gboolean b2_decode_options_check (const B2DecodeOptions *self, GError **error);

#define B2_N_ALTERNATIVES 5

/** B2Token: one generated token. */
typedef struct
{
  gint32 id;
  float probability; /* under the raw softmax, before penalties and filters */
  gint32 alternative_ids[B2_N_ALTERNATIVES]; /* the most probable ones, best first; -1: none */
  float alternative_probabilities[B2_N_ALTERNATIVES];
} B2Token;

/**
 * B2TokenFunc:
 * @token: the newest token
 * @n_tokens: how many there are by now
 * @text: the whole text so far. With beams it is the best hypothesis' text, so that
 *   earlier words may change from call to call.
 *
 * Called once per step on the engine's thread.
 */
typedef void (*B2TokenFunc) (const B2Token *token, int n_tokens, const char *text, gpointer data);

/** B2Timings: milliseconds; 0 where a cache made the phase needless. */
typedef struct
{
  double open, preprocess, vision, qformer, prefill, decode, total;
} B2Timings;

typedef struct B2Trace B2Trace;

/** B2BeamEnd: what became of a beam after a token. */
typedef enum
{
  B2_BEAM_GOES_ON, /* and is dropped where no node has it as its parent */
  B2_BEAM_ENDED, /* by the end token */
  B2_BEAM_LIMIT, /* by max_new_tokens */
} B2BeamEnd;

/** B2BeamNode: a token of a beam. */
typedef struct
{
  gint32 id;
  int parent; /* the node of the token before it, which comes earlier; -1: it is the first one */
  float log_prob; /* under the raw softmax, before penalties */
  float score; /* sum of the processed log-probabilities up to here, as the search adds them */
  B2BeamEnd end;
  float final_score; /* where it ended: score / length^penalty; else 0 */
} B2BeamNode;

/* More are not kept: then those of the first steps are, and the answer's. */
#define B2_BEAM_TREE_MAX 8192

/** B2BeamTree: all beams of a search, step by step. */
typedef struct
{
  int n_beams;
  double length_penalty;
  B2BeamNode *nodes; /* [n_nodes] */
  int n_nodes, n_omitted;
  int answer; /* the node that the answer ends with */
} B2BeamTree;

void b2_beam_tree_free (B2BeamTree *self);
/**
 * b2_beam_tree_json:
 *
 * {"beams":5,"length_penalty":1.0,"answer":17,"omitted":0,"nodes":[[parent,id,"text",log_prob,score,end,final_score]…]}; end: 0 it goes
 * on, 1 end token (its text is ""), 2 limit.
 *
 * Returns: (transfer full)
 */
char *b2_beam_tree_json (const B2BeamTree *self, B2Model *model);

/** B2Answer: the outcome of a run. */
typedef struct
{
  char *text; /* special tokens left out, stripped; a model may generate a NUL byte, hence: */
  gsize text_bytes;
  char *text_raw; /* not stripped */
  gsize text_raw_bytes;
  B2Token *tokens; /* @n_tokens, the end token included where it was reached */
  char **pieces; /* per token, its text ("Ġ" resolved); %NULL-terminated */
  int n_tokens;
  double score; /* beams: sum of log-probabilities / length^penalty; else the mean log-probability */
  gboolean ended; /* by the end token, not by the limit */
  int n_prompt_tokens;
  B2Timings timings;
  B2Trace *trace; /* (nullable): where asked for */
  B2BeamTree *beams; /* (nullable): where asked for, and there were beams */
} B2Answer;

void b2_answer_free (B2Answer *self);

/** b2_model_token_text: what @id reads as. Returns: (transfer full) */
char *b2_model_token_text (B2Model *self, gint32 id);

/* ---- session ------------------------------------------------------------------- */

/**
 * B2Session:
 *
 * A picture and what has been computed from it: pixels, image features, soft prompt and
 * the language model's prefix. A second question on the same picture runs no ViT.
 *
 * Threads: one at a time.
 */
typedef struct B2Session B2Session;

/** B2SessionOptions: zero-filled is the default. */
typedef struct
{
  int n_threads; /* 0: one per core that this process may use */
  int image_width_px; /* 0: the model's size; else positions are interpolated; */
  int image_height_px; /*    multiples of the patch size */
  gboolean pin_threads; /* each to a core of its own: only where nothing else runs */
  B2WeightsPolicy weights;
  gboolean measure; /* time every block and layer, for later traces; else only where a trace is asked for */
  gboolean
      exact; /* all arithmetic in f32, whatever the weights' type; else activations are rounded where that is faster:
                   *   to 8 bits a value for Q8_0 and Q4_0, to bfloat16 for BF16 (engine/kernels/gemm.h) */
} B2SessionOptions;

/** b2_session_new: @options may be %NULL. Takes a reference on @model. Returns: (transfer full) */
B2Session *b2_session_new (B2Model *model, const B2SessionOptions *options, GError **error);
void b2_session_free (B2Session *self);

/**
 * b2_session_set_image:
 * @rgb: [height, width, 3] u8, rows @stride bytes apart
 *
 * Resizes bit for bit as Pillow does and normalises. The same pixels as before keep what was computed.
 */
gboolean b2_session_set_image (B2Session *self, const guint8 *rgb, int width, int height, gsize stride,
                               GError **error);

/** B2Pixels: @rgb: [height, width, 3] u8, rows @stride bytes apart */
typedef struct
{
  const guint8 *rgb;
  int width, height;
  gsize stride;
} B2Pixels;

/**
 * b2_session_max_ahead:
 *
 * Returns: how many pictures b2_session_encode_ahead() takes: more than 1 where a picture's features are the same bits in company (with
 *   weights that are multiplied packed, and not #B2SessionOptions.exact)
 */
int b2_session_max_ahead (B2Session *self);

/**
 * b2_session_encode_ahead:
 * @pictures: [n]
 * @errors: (out caller-allocates) (array length=n): of a picture that cannot be used; all %NULL on entry
 *
 * Encodes pictures in one pass: weights are fetched and packed once, and many threads have more to share. They wait
 * for b2_session_set_image_ahead(); those of the call before are forgotten. Each is told an equal share of the time.
 *
 * Returns: %FALSE with B2_ERROR_CANCELLED or B2_ERROR_NO_MEMORY, and none waits
 */
gboolean b2_session_encode_ahead (B2Session *self, const B2Pixels *pictures, int n, const B2Watch *watch,
                                  GError **errors, GError **error);

/** b2_session_set_image_ahead: as b2_session_set_image(), for the @i-th, which had no error; each once */
void b2_session_set_image_ahead (B2Session *self, int i);

/** b2_session_encode: runs ViT and Q-Former now, not at the first question. */
gboolean b2_session_encode (B2Session *self, const B2Watch *watch, GError **error);

/**
 * b2_session_look_ahead:
 *
 * As b2_session_encode(), and has the language model read the picture: all that a first question needs of it. (InstructBLIP's Q-Former waits
 * for the question.)
 */
gboolean b2_session_look_ahead (B2Session *self, const B2Watch *watch, GError **error);

/**
 * B2EncodingStore:
 * @load: what was saved under @key. A file of more than @max_bytes is not one. Returns: (transfer full) (nullable)
 * @save: @bytes, one whole safetensors file, to be found under @key from now on
 * @damaged: what load() gave is none that this session can use
 *
 * Where sessions keep what the image encoder makes of a picture: the features, and how the blocks were measured. A key is 64
 * hexadecimal digits, of the pixels that the model sees, the model's fingerprint, the size, the version of the engine's arithmetic, and the
 * kernels: whatever could make the features differ by a bit. So what is found gives the same answers as encoding again, bit by bit.
 * What is loaded is not trusted: sizes are the model's, and a checksum tells of damage.
 *
 * The functions are called on the session's thread. Nothing that goes wrong in them is an error of the session.
 */
typedef struct
{
  GBytes *(*load) (const char *key, gsize max_bytes, gpointer data);
  void (*save) (const char *key, GBytes *bytes, gpointer data);
  void (*damaged) (const char *key, gpointer data);
  gpointer data;
} B2EncodingStore;

/**
 * b2_session_set_encoding_store:
 * @store: (nullable): copied; %NULL: nothing is loaded or saved from now on
 *
 * A session that loads what it did not measure itself tells that in its traces; so whoever wants traces sets
 * #B2SessionOptions.measure for all sessions of a store.
 */
void b2_session_set_encoding_store (B2Session *self, const B2EncodingStore *store);

/** B2GenerateHooks: (all nullable) */
typedef struct
{
  B2Watch watch;
  B2TokenFunc token;
  gpointer token_data;
  gboolean keep_trace; /* fill the answer's trace; it has the beams too */
  gboolean keep_beams; /* fill the answer's beams */
} B2GenerateHooks;

/**
 * b2_session_generate:
 * @prompt: (nullable): UTF-8, used as it is; %NULL for a plain caption
 *
 * Returns: (transfer full): %NULL with B2_ERROR_CANCELLED, B2_ERROR_LIMIT (prompt too long), …
 */
B2Answer *b2_session_generate (B2Session *self, const char *prompt, const B2DecodeOptions *options,
                               const B2GenerateHooks *hooks, GError **error);

/**
 * B2Draft:
 *
 * An answer up to its first word: the picture is encoded, the language model has read it and the prompt. What is left is
 * writing, and drafts are written together: the weights, which are what a step waits for, are then read once a step for all of them.
 * The session may go on to the next picture meanwhile.
 *
 * A draft keeps the language model's keys and values of its picture and prompt, and of the beams once it is written.
 */
typedef struct B2Draft B2Draft;

/**
 * b2_session_draft:
 * @options: must be valid until it is written
 *
 * As b2_session_generate(), up to there. Not under an intervention.
 *
 * Returns: (transfer full): to be freed before the session
 */
B2Draft *b2_session_draft (B2Session *self, const char *prompt, const B2DecodeOptions *options,
                           const B2Watch *watch, GError **error);
void b2_draft_free (B2Draft *self);

/** b2_session_max_drafts: how many of so many beams can be written together; 1 where the language model writes one at a time */
int b2_session_max_drafts (B2Session *self, int n_beams);

/**
 * b2_session_write_drafts:
 * @drafts: [n], of this session, each written no more than once; as many as b2_session_max_drafts() at most
 * @answers, @errors: (out caller-allocates) (array length=n): of each either the one or the other; all %NULL on entry
 *
 * The answers are those of b2_session_generate(), but where a kernel sums in another order for more rows: then probabilities may
 * differ in their last bits, and a draw between two words may be decided otherwise. Of the time of writing, each is told an equal share.
 */
void b2_session_write_drafts (B2Session *self, B2Draft *const *drafts, int n, const B2Watch *watch,
                              B2Answer **answers, GError **errors);

/** B2Match: @itm is the probability of a match (0…1); @itc the largest cosine of the queries. */
typedef struct
{
  float itm_logits[2]; /* no match, match */
  float itm;
  float itc;
  int itc_query; /* the query that won; -1 where all are muted */
} B2Match;

/** b2_session_match: needs a model with B2_TASK_MATCH. */
gboolean b2_session_match (B2Session *self, const char *text, B2Match *out, const B2Watch *watch,
                           GError **error);

/* ---- trace ----------------------------------------------------------------------- */

/**
 * B2Trace:
 *
 * The inner tensors of one run, with metadata; saved as one safetensors file that any
 * reader opens, and read back with no model present. Reference counted; immutable but for
 * b2_trace_set_metadata() and b2_trace_set_bytes(), which only its sole owner may call.
 *
 * Tensors (f32): pixel_values [3,H,W]; vision.last_hidden_state [1+patches, width];
 * qformer.last_hidden_state; qformer.cross_attentions [cross layers, heads, queries,
 * patches+1] (column 0 is CLS); qformer.self_attentions [layers, heads, rows, rows];
 * language_projection [queries, width]; lm.first_logits [vocabulary]; lm.attention
 * [new tokens, layers, heads, queries]; lm.token_probabilities [new tokens]. Where the run was measured:
 * vision.block_norms [1 + blocks, 1+patches] and qformer.layer_norms [1 + layers, rows]: each row's length before the first
 * block and after each.
 *
 * Metadata (strings): format "qlens-trace", version, model.fingerprint, model.name, lm.type ("opt", "t5"),
 * image.sha256 (of pixel_values), image.size, prompt, settings (JSON), tokens (JSON), text;
 * intervention (JSON, see b2-lab.h), where there was one; beams (JSON, see b2_beam_tree_json()), where there were any;
 * preprocess (JSON): {"rescale","mean":[3],"std":[3]}: pixel_values are (pixel · rescale - mean) / std; timings (JSON), in milliseconds and bytes,
 * each only where it was measured: {"preprocess":{"ms"},"vision":{"ms","embed_ms","blocks_ms":[…],"scratch_bytes","weight_bytes"},"qformer":{"ms","image_ms","layers_ms":[…],
 * "scratch_bytes","weight_bytes"},"projection":{"ms","weight_bytes"},"language_model":{"prefill_ms","decode_ms","weight_bytes"}};
 * and any other that was set.
 *
 * Files: a trace of at most %B2_TRACE_WHOLE_BYTES is saved as it is ("version" 1). A larger one
 * is condensed (2), so that blip2-opt-2.7b's with 30 new tokens has less than 3 MB:
 *  - tensors are F16, but for those of at most %B2_TRACE_SMALL_VALUES values and the following;
 *  - pixel_values: U8 numbers of the values in pixel_values.levels [3,256] (F32): exact, for they come
 *    from 8-bit pixels (F16 where they do not);
 *  - vision.last_hidden_state is left out; there is vision.norms [1+patches], each row's length (F32);
 *  - lm.first_logits is left out; there are the largest ones, best first, lm.first_logits.values (F32) and
 *    lm.first_logits.ids (I32);
 *  - lm.attention of more than %B2_TRACE_HALF_VALUES values: U8 steps of lm.attention.scale [new tokens,
 *    layers, heads] (F32), so that an error is at most 1/510 of a row's largest. The same of vision.block_norms.
 * Bytes, as the picture's own (image.encoded, a JPEG or PNG file), are U8, and make it version 2 too.
 * b2_trace_open() reads both; tensors come back under their own names, so that a reader need not care.
 */
#define B2_TRACE_WHOLE_BYTES (1024 * 1024)
#define B2_TRACE_HALF_VALUES (512 * 1024)
#define B2_TRACE_SMALL_VALUES 1024
#define B2_TRACE_TOP_LOGITS 64

B2Trace *b2_trace_ref (B2Trace *self);
void b2_trace_unref (B2Trace *self);
gboolean b2_trace_save (B2Trace *self, const char *path, GError **error);
/**
 * b2_trace_open:
 *
 * Every size is checked against the file's before it is allocated; values are not looked at.
 *
 * Returns: (transfer full): %NULL with B2_ERROR_IO, B2_ERROR_FORMAT, B2_ERROR_UNSUPPORTED (a newer
 *   version), B2_ERROR_LIMIT or B2_ERROR_NO_MEMORY
 */
B2Trace *b2_trace_open (const char *path, GError **error);

/** b2_trace_n_tensors, b2_trace_tensor: Returns: (nullable) (transfer none): the values, @shape of up to 8 */
int b2_trace_n_tensors (B2Trace *self);
const char *b2_trace_tensor_name (B2Trace *self, int i);
const float *b2_trace_tensor (B2Trace *self, const char *name, int *n_dims, const gint64 **shape);
/** b2_trace_bytes: what is no tensor but a file. Returns: (nullable) (transfer none) */
GBytes *b2_trace_bytes (B2Trace *self, const char *name);
/** b2_trace_set_bytes: @name must not be a tensor's */
void b2_trace_set_bytes (B2Trace *self, const char *name, GBytes *bytes);
/** b2_trace_metadata: Returns: (nullable) (transfer none) */
const char *b2_trace_metadata (B2Trace *self, const char *key);
/** b2_trace_set_metadata: @value: UTF-8 */
void b2_trace_set_metadata (B2Trace *self, const char *key, const char *value);

/* ---- benchmark ------------------------------------------------------------------- */

/**
 * B2Peak: what this machine does at best, measured now, all threads at once
 *
 * Arithmetic: loops that do nothing else, in registers. 0: the CPU has no such instruction, or B2_CPU forbids it.
 */
typedef struct
{
  double gflops_f32; /* multiply and add of f32 */
  double gflops_bf16; /* products of bf16, summed as f32 (AVX512-BF16) */
  double gops_int8; /* products of bytes, summed as 32-bit integers (VNNI, else AVX2; sdot, else NEON) */
  double gops_int4; /* products of 4- and 8-bit integers, where these are quicker (no VNNI); else 0 */
  double gbps; /* reading memory */
  const char *cpu_path; /* the kernels in use: "avx512bf16", "avx2", "neon", "ref"… */
  int n_threads;
} B2Peak;

/** b2_measure_peak: takes about half a second; @n_threads: 0: one per core that this process may use */
void b2_measure_peak (int n_threads, B2Peak *out);

/**
 * b2_peak_gflops:
 * @weight_type: as B2PhaseCost has it
 * @roof: (out) (nullable) (transfer none): "f32", "bf16", "int8" or "int4"
 *
 * Returns: the most operations, in 1e9 a second, that work with such weights can reach: that of the
 *   arithmetic made for them; f32's where the CPU has none
 */
double b2_peak_gflops (const B2Peak *self, const char *weight_type, const char **roof);

/** B2PhaseCost: work of one phase, for GFLOP/s and GB/s. */
typedef struct
{
  double flops; /* multiplications and additions, of integers too */
  double weight_bytes; /* as stored, each read once */
  const char *weight_type; /* static: of most of the weights: "BF16" */
} B2PhaseCost;

/**
 * b2_model_phase_cost:
 * @n_rows: prompt rows (without the picture's) for PREFILL, beams for DECODE (one step)
 *
 * Of a picture of the model's size. Linear layers and attention, but a step's attention, which grows with the
 * text. Norms, activations and look-ups are not counted.
 */
void b2_model_phase_cost (B2Model *self, B2Phase phase, int n_rows, B2PhaseCost *out);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (B2Model, b2_model_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (B2Session, b2_session_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (B2Answer, b2_answer_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (B2Draft, b2_draft_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (B2Trace, b2_trace_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (B2ConvertReport, b2_convert_report_free)
