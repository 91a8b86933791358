#pragma once

#include <glib.h>

/**
 * level_repeats:
 *
 * Tests that are run once per level of B2_CPU find the same kernels again where the CPU lacks the level. Returns: whether
 * that is so, and what it has instead is one of $TEST_LEVELS, all of them with a space between; then it has told, in TAP,
 * that the test is skipped.
 */
gboolean level_repeats (void);
