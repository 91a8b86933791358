#pragma once

#include "ui/download-view.h"
#include "ui/message-bar.h"
#include "ui/model-row.h"
#include "ui/models-window.h"

/**
 * QlModelsWindow:
 *
 * Cut by aspect: models-window.c (list and messages), models-window-actions.c (commands),
 * models-window-import.c (folders in: chooser and drop), models-window-download.c (the page for
 * downloads, and what comes of it). Tests look in here too.
 */
struct _QlModelsWindow
{
  GtkWindow parent_instance;

  GtkWidget *title_label;
  GtkWidget *switcher;
  GtkStack *pages;
  GtkScrolledWindow *scroller;
  GtkBox *messages; /* of QlMessageBar, the newest first */
  GtkListBox *list; /* of QlModelRow */
  GtkWidget *hint_label;
  GtkWidget *undo_bar;
  GtkLabel *undo_label;
  GtkWidget *undo_button;
  GtkWidget *import_bar;
  GtkSpinner *import_spinner;
  GtkLabel *import_label;
  GtkLabel *free_label;
  GtkRevealer *drop_revealer;

  QlModelStore *store;
  QlModelLoader *loader;
  QlEngineService *engine;
  GSimpleActionGroup *actions;
  GCancellable *refresh;
  guint free_timeout;
  GPtrArray *removed; /* entries, the newest last */
  GtkFileChooserNative *chooser; /* while it is open */
  GQueue waiting; /* of GFile, to be imported */
  GCancellable *importing; /* while one is */
  QlDownloadView *downloads;
};

/* models-window.c */
/* Adds a message and scrolls to it. @details: (nullable) */
QlMessageBar *ql_models_window_add_message (QlModelsWindow *self);
void ql_models_window_show_error (QlModelsWindow *self, const char *what, const char *advice,
                                  const char *details);
/* Shows the row and puts the focus there. */
void ql_models_window_focus_entry (QlModelsWindow *self, QlModelEntry *entry);

/* models-window-actions.c */
void ql_models_window_add_actions (QlModelsWindow *self);
void ql_models_window_set_enabled (QlModelsWindow *self, const char *action, gboolean enabled);

/* models-window-import.c */
/* @file: a GGUF file; else a folder */
void ql_models_window_choose (QlModelsWindow *self, gboolean file);
/* One after the other; what goes wrong is told. */
void ql_models_window_import (QlModelsWindow *self, GFile *folder);
void ql_models_window_cancel_import (QlModelsWindow *self);
/* Models of so much are offered to be made smaller when they have come in. For tests, which have none of a gigabyte. */
void ql_models_window_set_large_bytes (guint64 n_bytes);
void ql_models_window_add_drop_target (QlModelsWindow *self);

/* models-window-download.c */
void ql_models_window_add_downloads (QlModelsWindow *self, QlApplication *app);
