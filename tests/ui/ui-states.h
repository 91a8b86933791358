#pragma once

#include "tests/ui/harness.h"

/**
 * UiState:
 *
 * Something the program looks like: one of the states that its design names, or one of its
 * menus, popovers and windows. For screenshots and checks of the layout.
 */
typedef struct
{
  const char *name; /* of files */
  /* Brings a new window there. Returns: what is to be looked at, if not the window itself */
  GtkWindow *(*enter) (QlWindow *window);
  /* (nullable): undoes what outlives the window */
  void (*leave) (QlWindow *window);
} UiState;

extern const UiState ui_states[]; /* ends with a name of NULL */

/** ui_states_init: puts the pointer where nothing shows that it is there; a blinking cursor stands still */
void ui_states_init (void);

/**
 * ui_state_enter:
 * @width: of the window, also of another one that the state opens, if that is as wide
 * @main_window: (out): for ui_state_leave()
 *
 * Returns: the window to look at
 */
GtkWindow *ui_state_enter (const UiState *state, int width, int height, QlWindow **main_window);
void ui_state_leave (const UiState *state, QlWindow *main_window);
