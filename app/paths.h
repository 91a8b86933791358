#pragma once

#include <glib.h>

/**
 * Where the program's own data lies: installed, in the source tree (uninstalled runs),
 * beside the executable, or where QLENS_DATA points.
 */

/**
 * ql_paths_data:
 * @relative: path below the data folder, as "models/qlens-demo-opt"
 *
 * Looks in $QLENS_DATA, beside the executable, in the installed data folder and in the
 * source tree, in this order.
 *
 * Returns: (transfer full) (nullable): an existing path
 */
char *ql_paths_data (const char *relative);

/**
 * ql_paths_demo_model:
 * @name: "qlens-demo-opt" or "qlens-demo-itm"
 *
 * Returns: (transfer full) (nullable): the folder of a model that ships with Qlens
 */
char *ql_paths_demo_model (const char *name);

/**
 * ql_paths_default_model:
 *
 * $QLENS_MODEL where it is set (even if nothing is there, so that the mistake is seen),
 * otherwise the embedded demo model.
 *
 * Returns: (transfer full) (nullable)
 */
char *ql_paths_default_model (void);

/**
 * ql_paths_libexec:
 * @name: a program that only Qlens starts, as "qlens-decode"
 *
 * Looks in $QLENS_LIBEXEC (and nowhere else where it is set), beside the executable, and where such
 * programs are installed.
 *
 * Returns: (transfer full) (nullable): an existing path
 */
char *ql_paths_libexec (const char *name);

/** ql_paths_locale: Returns: (transfer full): folder of the message catalogues */
char *ql_paths_locale (void);

/**
 * ql_paths_build_file:
 * @relative: path below the build folder
 *
 * For files that a build makes and an uninstalled program needs (compiled settings schema).
 *
 * Returns: (transfer full) (nullable): %NULL where the program is installed
 */
char *ql_paths_build_file (const char *relative);
