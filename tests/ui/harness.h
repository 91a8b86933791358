#pragma once

/* What the tests of the window share: the program, waiting, a gate for the engine. */

#include <jansson.h>

#include "tests/wait.h"
#include "ui/turn-row.h"
#include "ui/window-private.h"

extern QlApplication *app;
extern json_t *samples;

void gate_set (QlEnginePhase phase, int step);
gboolean gate_held (void);
void gate_open (void);
GFile *sample_file (const char *name);
json_t *sample_json (const char *name);
const char *sample_caption (const char *name);
QlWindow *new_window (void);
void close_window (QlWindow *window);
void act (QlWindow *window, const char *name);
gboolean enabled (QlWindow *window, const char *name);
gboolean idle (QlWindow *window);
guint n_sessions (void);
guint n_turns (QlWindow *window);
const char *last_text (QlWindow *window);
gboolean drop_value (QlWindow *window, const GValue *value);
void drop_files (QlWindow *window, const char *first, const char *second);
void open_sample (QlWindow *window, const char *name);
/* The last child of its type somewhere below @root */
GtkWidget *find_type (GtkWidget *root, GType type);
/* The first child of that CSS class */
GtkWidget *find_class (GtkWidget *root, const char *css_class);
GtkLabel *row_label (QlWindow *window, const char *css_class);
/* a folder and all in it */
void harness_remove_tree (const char *path);
gboolean question_is (QlWindow *window, const char *text);
/* harness_run: starts the program, runs the tests that were added, stops it */
void harness_init (int *argc, char ***argv);
int harness_run (void);
