#pragma once

#include "tests/ui/harness.h"

/**
 * UiState:
 *
 * Something the program looks like: one of the states that its design names, or one of its
 * menus, popovers and windows. For screenshots and checks of the layout. One more is one more line
 * in a table of ui-states-*.c.
 */
typedef struct
{
  const char *name; /* of files */
  /* Brings a new window there. Returns: what is to be looked at, if not the window itself */
  GtkWindow *(*enter) (QlWindow *window);
  /* (nullable): undoes what outlives the window */
  void (*leave) (QlWindow *window);
  gboolean first_run; /* nothing is in the list of pictures yet */
} UiState;

/** ui_states_init: puts the pointer where nothing shows that it is there; a blinking cursor stands still */
void ui_states_init (void);

/** ui_states_get: Returns: (nullable): the state of that number; %NULL: there are no more */
const UiState *ui_states_get (guint i);

/**
 * ui_state_enter:
 * @width: of the window, also of another one that the state opens, if that is larger
 * @main_window: (out): for ui_state_leave()
 *
 * Returns: the window to look at
 */
GtkWindow *ui_state_enter (const UiState *state, int width, int height, QlWindow **main_window);
void ui_state_leave (const UiState *state, QlWindow *main_window);
