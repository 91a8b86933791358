#pragma once

#include <gio/gio.h>

/**
 * ql_settings_new:
 *
 * The schema is looked for among the installed ones, then in the build folder of an
 * uninstalled program.
 *
 * Returns: (transfer full) (nullable): %NULL where there is no schema: use built-in defaults
 */
GSettings *ql_settings_new (void);

/** ql_settings_new_in_memory: the same schema, all at its defaults; what is set is forgotten with it. Returns: (transfer full) (nullable) */
GSettings *ql_settings_new_in_memory (void);
