#pragma once

#include <glib.h>
#include <jansson.h>

/** Program: what a run of qlens-cli left. */
typedef struct
{
  int status; /* exit status */
  char *out, *err;
} Program;

/** program_run: the arguments end with %NULL; runs in the project's root, without a display. */
Program *program_run (const char *first, ...) G_GNUC_NULL_TERMINATED;

/** program_runv: @setup is called in the child, before it becomes the program; may be %NULL. */
Program *program_runv (const char *const *arguments, GSpawnChildSetupFunc setup);

/** program_run_shell: a shell command in which $QLENS_CLI is the program. */
Program *program_run_shell (const char *command);
void program_free (Program *self);

/** program_path: Returns: (transfer full): of qlens-cli */
char *program_path (void);

/** program_lines: parses the output as JSON lines. Returns: (transfer full): an array */
json_t *program_lines (const Program *self);

/** program_assert_error: exit status, and stderr "qlens-cli: …; …" with @part in it */
void program_assert_error (const Program *self, int status, const char *part);

/** source_path: Returns: (transfer full): below the project's root */
char *source_path (const char *relative);

/** read_json: asserts that the file is there. Returns: (transfer full) */
json_t *read_json (const char *relative);

/** scratch_new: Returns: (transfer full): a new folder; remove with scratch_free() */
char *scratch_new (void);
void scratch_free (char *dir);

/** copy_folder: the files of @from, without folders, into @to */
void copy_folder (const char *from, const char *to);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Program, program_free)
typedef char Scratch;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Scratch, scratch_free)
