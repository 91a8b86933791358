#pragma once

/**
 * ql_step_back:
 *
 * Lets the window and other programs go first where there is not enough of the processor for all,
 * which on an idle computer costs nothing. For the calling thread and those it starts from now on;
 * cannot be taken back. Without effect in programs that are nicer already.
 */
void ql_step_back (void);
