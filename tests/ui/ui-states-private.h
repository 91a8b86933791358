#pragma once

#include "tests/ui/ui-states.h"

/* Each ends with a name of NULL. */
extern const UiState ui_states_attention[];
extern const UiState ui_states_chat[];
extern const UiState ui_states_sessions[];
extern const UiState ui_states_models[];
extern const UiState ui_states_downloads[];
extern const UiState ui_states_batch[];
extern const UiState ui_states_menus[];
extern const UiState ui_states_pipeline[];
extern const UiState ui_states_says[];

/* What the states are made of. */
#define UI_PICTURE "12-carrot-watermelon.png"

gboolean ui_model_is (QlEngineState state);
void ui_activate (const char *app_action);
void ui_ask (QlWindow *window, const char *question);
/* UI_PICTURE, described and asked about */
GtkWindow *ui_enter_ready (QlWindow *window);
GtkWidget *ui_popped_up (GtkWidget *popover);
/* The one beside @window, which it waits for. */
GtkWindow *ui_opened_window (QlWindow *window);
void ui_close_other (QlWindow *window);
/* @which: as of "app.load-model" */
void ui_load_model (const char *which);
/* For ql_free_memory_set_source(); undone by ui_regain_model() */
guint64 ui_little_memory (void);
void ui_lose_model (void);
void ui_regain_model (QlWindow *window);
