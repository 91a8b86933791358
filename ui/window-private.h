#pragma once

#include "app/open-session.h"
#include "app/speech.h"
#include "ui/batch-view.h"
#include "ui/canvas.h"
#include "ui/chat-page.h"
#include "ui/lesson-locks.h"
#include "ui/lesson-view.h"
#include "ui/message-bar.h"
#include "ui/model-button.h"
#include "ui/overlay-bar.h"
#include "ui/sessions-view.h"
#include "ui/shell.h"
#include "ui/start-page.h"
#include "ui/word-strip.h"
#include "ui/window.h"

/**
 * QlWindow:
 *
 * Cut by aspect: window.c (state), window-layout.c (wide and narrow), window-actions.c (commands), window-turns.c (those for
 * one turn), window-view.c (how the picture is looked at), window-export.c (the conversation
 * as a file), window-speech.c (answers read aloud), window-input.c (pictures in: files, drop, paste),
 * window-batch.c (many pictures), window-lab.c (the model's attention), window-test.c (what is changed in a
 * run), window-figure.c (figures and traces of it), window-trace.c (traces that are opened),
 * window-pipeline.c (its stages), window-says.c (what queries say, masks), window-lesson.c (lessons). Tests
 * look in here too.
 */
struct _QlWindow
{
  GtkApplicationWindow parent_instance;

  GtkLabel *title_label;
  GtkLabel *subtitle_label;
  GtkMenuButton *menu_button;
  GMenu *open_menu;
  GtkHeaderBar *header;
  GtkWidget *open_button, *open_icon, *open_label;
  GtkWidget *export_button;
  QlModelButton *model_button;
  GtkOverlay *overlay;
  QlShell *shell;
  QlSessionsView *sessions_view;
  GtkStack *views; /* "picture": picture and conversation; "batch" */
  QlBatchView *batch_view;
  GtkWidget *lesson_box; /* a lesson beside, or above, the rest */
  QlLessonView *lesson_view;
  GtkPaned *paned;
  GtkStack *centre;
  QlMessageBar *message_bar;
  QlStartPage *start_page;
  QlCanvas *canvas;
  QlOverlayBar *overlay_bar;
  GtkLabel *test_badge; /* what is changed in the run that is looked at */
  QlWordStrip *word_strip;
  GtkWidget *side; /* the pane beside the picture */
  GtkWidget *page_switcher;
  GtkStack *pages;
  QlChatPage *chat_page; /* one of them */
  GtkProgressBar *progress;
  GtkRevealer *drop_revealer;
  GtkWidget *live; /* what screen readers speak by themselves */

  QlEngineService *engine;
  GSettings *settings; /* nullable */
  GtkWidget *map_table; /* nullable: while it is open; weak */
  gboolean sidebar_before; /* before the presentation */
  gconstpointer said_score; /* of an intervention: the one that was told last */
  GtkWindow *faithfulness; /* nullable: while it is open */
  QlLab *lab; /* what of the model's attention is looked at */
  gboolean mask_told; /* what came of the mask as it is */
  QlSessionStore *sessions;
  QlOpenSession *session; /* NULL: no picture */
  QlConversation *conversation; /* of it */
  GCancellable *loading; /* of the picture that is on its way */
  GtkFileChooserNative *chooser; /* while it is open */
  GtkFileChooserNative *saver; /* while it is open */
  struct QlWindowLesson *lesson; /* NULL: none runs; window-lesson.c */
  QlSpeech *speech;
  QlTurn *reading; /* nullable: the turn that this window has, or had, read aloud */
  gboolean reading_by_itself; /* as the preferences say, not because it was asked to */
  gboolean reading_failed; /* and the person was told */
  GQueue removed; /* turns that were deleted from the conversation, the newest last */
  GQueue deleted; /* sessions that were deleted in this window, the newest last */
  GQueue to_add; /* of GFile: pictures that become sessions; the first one is being read */
  guint layout_idle, divide_idle;
  guint look_ahead_id; /* of a timeout; 0: none is due */
  gboolean divide_wanted; /* the divider is to be placed anew once sizes are known */
  gboolean laid_out; /* narrow/wide has been decided once */
  gboolean narrow;
  gboolean tiny; /* what the header shows */
};

/* window.c */
/* A new session. @picture: (nullable): the start page */
void ql_window_set_picture (QlWindow *self, QlPicture *picture);
/* @session: (nullable): the start page */
void ql_window_show_session (QlWindow *self, QlOpenSession *session);
/* One that is not kept. @picture: (nullable): to be seen with it */
void ql_window_show_conversation (QlWindow *self, QlConversation *conversation, QlPicture *picture);
/* Whether questions can be asked: there is a picture, and not only its thumbnail. */
gboolean ql_window_can_ask (QlWindow *self);
/* Soon, if nothing is asked until then: who goes through the list of pictures asks about none of them. */
void ql_window_look_ahead_soon (QlWindow *self);
void ql_window_update (QlWindow *self);
/* Tells screen readers what is known of the picture: its newest description. */
void ql_window_describe_canvas (QlWindow *self);
QlApplication *ql_window_get_app (QlWindow *self);
/* Asks; keeps what is in the question box. @question: (nullable): describe. */
void ql_window_ask (QlWindow *self, const char *question);

/* window-sessions.c */
void ql_window_add_session_actions (QlWindow *self);
void ql_window_follow_sessions (QlWindow *self);
void ql_window_leave_session (QlWindow *self);
void ql_window_enter_session (QlWindow *self, QlOpenSession *session);
/* Returns: (nullable) */
const char *ql_window_get_session_id (QlWindow *self);
/* Each of them, without showing it. */
void ql_window_add_sessions (QlWindow *self, GFile **files, int n_files);
void ql_window_say_disk_failed (QlWindow *self, const char *what, const GError *error);

/* window-bin.c */
void ql_window_add_bin_actions (QlWindow *self);
void ql_window_follow_bin (QlWindow *self);
void ql_window_forget_deleted (QlWindow *self);

/* window-batch.c */
void ql_window_add_batch (QlWindow *self);
void ql_window_show_batch (QlWindow *self, gboolean shown);
gboolean ql_window_shows_batch (QlWindow *self);
/* Titles, for whatever is shown. */
void ql_window_update_batch (QlWindow *self);
/* Returns: (nullable) (transfer full): how far it is, if it runs and is not shown */
char *ql_window_get_batch_text (QlWindow *self);

/* window-layout.c */
void ql_window_add_layout (QlWindow *self);
void ql_window_watch_surface (QlWindow *self);
/* Whether there is room for the pane beside the picture. */
void ql_window_update_layout (QlWindow *self);

/* window-actions.c */
void ql_window_add_actions (QlWindow *self);
void ql_window_update_actions (QlWindow *self);
void ql_window_set_enabled (QlWindow *self, const char *action, gboolean enabled);

/* window-turns.c */
void ql_window_add_turn_actions (QlWindow *self);
void ql_window_add_setting_actions (QlWindow *self);
void ql_window_update_turn_actions (QlWindow *self);
void ql_window_forget_removed (QlWindow *self);

/* The turn of that number; 0: the last one. */
QlTurn *ql_window_find_turn (QlWindow *self, GVariant *number);

/* window-speech.c */
void ql_window_add_speech_actions (QlWindow *self);
void ql_window_set_speech (QlWindow *self, QlSpeech *speech);
gboolean ql_window_is_reading (QlWindow *self);
/* Returns: FALSE: nothing was being read */
gboolean ql_window_stop_reading (QlWindow *self);
void ql_window_forget_reading (QlWindow *self);
/* Reads a finished answer, if the preferences say so. */
void ql_window_read_answer (QlWindow *self, QlTurn *turn);

/* window-lab.c */
void ql_window_add_lab (QlWindow *self);
void ql_window_remove_lab (QlWindow *self);
void ql_window_update_lab (QlWindow *self);
/* Whether words, queries and maps are shown with the picture. */
gboolean ql_window_looks_at_attention (QlWindow *self);

/* window-test.c */
void ql_window_add_test (QlWindow *self);
void ql_window_update_test (QlWindow *self);
gboolean ql_window_can_undo_test (QlWindow *self);

/* window-pipeline.c */
void ql_window_add_pipeline (QlWindow *self);
void ql_window_update_pipeline (QlWindow *self);

/* window-says.c */
void ql_window_add_says (QlWindow *self);
void ql_window_update_says (QlWindow *self);

/* window-lesson.c */
void ql_window_add_lessons (QlWindow *self);
/* Whether the lesson that runs has taken the action out of the learner's hands. */
gboolean ql_window_lesson_locks (QlWindow *self, const char *action);
gboolean ql_window_has_lesson (QlWindow *self);
/* Another picture is about to be shown, or the window to close: the lesson is over. */
void ql_window_drop_lesson (QlWindow *self);
/* @wide: the lesson has room beside the picture */
void ql_window_lay_out_lesson (QlWindow *self, gboolean wide);
/* (nullable): of the window's lesson */
QlLessonRun *ql_window_get_lesson_run (QlWindow *self);

/* window-figure.c */
/* What is saved about the last faithfulness curve. Returns: whether there is one */
gboolean ql_window_export_curve (QlWindow *self);
void ql_window_save_curve (QlWindow *self, GFile *file);
void ql_window_add_figure_actions (QlWindow *self);
void ql_window_update_figure_actions (QlWindow *self);
/* The map that is shown, as PNG and SVG. Returns: (nullable) (transfer full) */
GdkContentProvider *ql_window_figure_content (QlWindow *self);

/* window-trace.c */
void ql_window_add_trace_actions (QlWindow *self);
/* @name: for people */
void ql_window_show_trace (QlWindow *self, QlTrace *trace, const char *name);

/* window-view.c */
void ql_window_add_view_actions (QlWindow *self);
void ql_window_update_view_actions (QlWindow *self);

/* window-export.c */
void ql_window_add_export_actions (QlWindow *self);
void ql_window_update_export_actions (QlWindow *self);
/* As JSON if the name ends so, else as Markdown. */
void ql_window_save_conversation (QlWindow *self, GFile *file);

/* window-input.c */
/* As the clipboard names them, best first. */
const char *const *ql_window_picture_types (void);
gboolean ql_window_has_picture_bytes (GdkContentFormats *formats);
/* @files: of GFile, that were dropped or pasted: to what is shown */
void ql_window_take_files (QlWindow *self, GSList *files);
/* An encoded picture. @stream: (nullable): NULL with @error */
void ql_window_open_stream (QlWindow *self, GInputStream *stream, const char *name, const GError *error);

/* window-drop.c */
void ql_window_add_drop_target (QlWindow *self);

/* window-input.c */
void ql_window_choose_picture (QlWindow *self);
void ql_window_paste (QlWindow *self);
/* A texture that was dropped. */
void ql_window_open_texture (QlWindow *self, GdkTexture *texture);
void ql_window_cancel_loading (QlWindow *self);
