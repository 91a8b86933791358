#pragma once

#include <gio/gio.h>

/**
 * QL_SESSION_ERROR:
 *
 * What can be wrong with a journal, apart from %G_IO_ERROR. Messages are translated, name
 * the file and say what to do. A journal with an error is left as it is.
 */
#define QL_SESSION_ERROR (ql_session_error_quark ())

/**
 * QlSessionError:
 * @QL_SESSION_ERROR_NOT_A_SESSION: the file begins with something else
 * @QL_SESSION_ERROR_NEWER: written by a newer Qlens, in a format not known here
 * @QL_SESSION_ERROR_TOO_LARGE: over one of the limits
 * @QL_SESSION_ERROR_BUSY: another window writes it
 * @QL_SESSION_ERROR_GONE: the file was removed while it was open
 */
typedef enum
{
  QL_SESSION_ERROR_NOT_A_SESSION,
  QL_SESSION_ERROR_NEWER,
  QL_SESSION_ERROR_TOO_LARGE,
  QL_SESSION_ERROR_BUSY,
  QL_SESSION_ERROR_GONE,
} QlSessionError;

GQuark ql_session_error_quark (void);

/**
 * QlSavedPicture:
 * @name: for people
 * @uri: (nullable): file:// of the original; an URI holds names in any encoding
 * @sha256: of the original's bytes, or of the copy's where there is no original
 * @size_bytes: of the same file
 * @mtime_us: of the original, since 1970
 * @copy: (nullable): the copy's name in the folder of pictures: SHA256.png
 */
typedef struct
{
  char *name;
  char *uri;
  char *sha256;
  gint64 size_bytes;
  gint64 mtime_us;
  int width, height;
  char *copy;
} QlSavedPicture;

QlSavedPicture *ql_saved_picture_copy (const QlSavedPicture *self);
void ql_saved_picture_free (QlSavedPicture *self);

/** QlSavedChoice: a token the model might have written. */
typedef struct
{
  gint32 id;
  char *text;
  double probability;
} QlSavedChoice;

/** QlSavedToken: a token the model wrote, and @choices, the most probable ones there, best first. */
typedef struct
{
  gint32 id;
  char *text;
  double probability;
  GArray *choices; /* of QlSavedChoice; NULL: none */
} QlSavedToken;

/** ql_saved_tokens_new: Returns: (transfer full): an empty array of QlSavedToken that frees what is in it */
GArray *ql_saved_tokens_new (void);
/** ql_saved_choices_new: Returns: (transfer full): the same of QlSavedChoice */
GArray *ql_saved_choices_new (void);

/** QlSavedKind: what was asked for. */
typedef enum
{
  QL_SAVED_DESCRIBE,
  QL_SAVED_QUESTION,
  QL_SAVED_RAW, /* a prompt as it is */
} QlSavedKind;

/** QlSavedStatus: how the answer ended. */
typedef enum
{
  QL_SAVED_OPEN, /* it has not; or the program was killed */
  QL_SAVED_ENDED,
  QL_SAVED_STOPPED, /* by the person */
  QL_SAVED_FAILED,
  QL_SAVED_INTERRUPTED, /* the program was killed; seen when the journal was next opened */
} QlSavedStatus;

/** QlSavedTimings: milliseconds per phase. */
typedef struct
{
  double open, preprocess, vision, qformer, prefill, decode, total;
} QlSavedTimings;

/** QlSavedTurn: all that is kept of a question and its answer. */
typedef struct
{
  guint id; /* 1…, unique within the session */
  guint edits; /* the turn whose question was edited to become this one; 0: none */
  QlSavedKind kind;
  char *question; /* (nullable): as typed */
  char *prompt; /* (nullable): as the model saw it */
  char *settings; /* (nullable): a JSON object: how it was decoded */
  char *model_name; /* (nullable) */
  char *model_fingerprint; /* (nullable) */
  gint64 begin_ms; /* since 1970; 0: now, when written */

  QlSavedStatus status;
  char *text; /* the answer, or what there is of it; never NULL when read */
  char *error; /* (nullable): why it failed */
  gboolean complete; /* by the model's own end token, not by the limit */
  double score; /* NAN: not known */
  double seconds;
  gboolean picture_reused;
  QlSavedTimings timings;
  GArray *tokens; /* (nullable): of QlSavedToken */
  gint64 end_ms;

  gboolean deleted;
  gsize live_bytes, words_bytes; /* of the reader: what of the file is about this turn */
} QlSavedTurn;

QlSavedTurn *ql_saved_turn_new (void);
void ql_saved_turn_free (QlSavedTurn *self);

/**
 * QlSessionState:
 *
 * What a journal says, after all its events.
 */
typedef struct
{
  char *id;
  gint64 created_ms;
  gint64 changed_ms; /* of the last event that is about the conversation */
  QlSavedPicture *picture; /* (nullable) */
  char *title; /* (nullable): as given by the person */
  GPtrArray *turns; /* of QlSavedTurn, the deleted ones too, in the order they began */
  gboolean deleted;
  gint64 deleted_ms;

  guint n_events;
  gsize n_bytes; /* up to the end of the last whole line */
  gsize dead_bytes; /* of it: lines that later ones made needless */
  gboolean has_header;
  gboolean cut_short; /* behind them is part of a line: the program or the machine died */
  gboolean no_newline; /* the last line is whole but for its end */
  guint n_unknown; /* events that this version does not know; they stay in the file */
  guint n_unreadable; /* lines that are no events; they stay in the file too */
  GPtrArray *complaints; /* of the first of them: line and reason, translated */
  guint n_recovered; /* turns that were open when the journal was opened for writing */

  gsize title_bytes, picture_bytes;
} QlSessionState;

QlSessionState *ql_session_state_new (void);
void ql_session_state_free (QlSessionState *self);

/** ql_session_state_turn: Returns: (nullable) (transfer none): the deleted ones are found too */
QlSavedTurn *ql_session_state_turn (const QlSessionState *self, guint id);
/** ql_session_state_next_turn: an id that no turn has had */
guint ql_session_state_next_turn (const QlSessionState *self);
/** ql_session_state_n_turns: without the deleted ones */
guint ql_session_state_n_turns (const QlSessionState *self);
/** ql_session_state_n_open: turns that neither ended nor were deleted */
guint ql_session_state_n_open (const QlSessionState *self);
/**
 * ql_session_state_title:
 *
 * The title given; or else the first description, the first question, the picture's name.
 *
 * Returns: (transfer full): one line, never %NULL, perhaps empty
 */
char *ql_session_state_title (const QlSessionState *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QlSavedPicture, ql_saved_picture_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (QlSavedTurn, ql_saved_turn_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (QlSessionState, ql_session_state_free)
