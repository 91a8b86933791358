#pragma once

/**
 * ql_decode_self_test:
 * @option: "--self-test", or "--self-test=landlock" or "=seccomp" for one wall by itself
 *
 * Puts up the walls, tries to get out, and tells on stdout what came of it: "ok WHAT", "not ok WHAT" or
 * "skip WHY" a line.
 *
 * Returns: exit status: 0; 1 if there was a way out; 77 if the kernel has no such walls
 */
int ql_decode_self_test (const char *option);
