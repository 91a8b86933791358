#pragma once

#include <glib.h>
#include <jansson.h>

/**
 * QlModelListFile:
 *
 * models.json: the imported folders and what is recorded of them. Written as a whole and
 * atomically, from any thread; an older text never replaces a newer one. A file of a newer
 * version of the program is left untouched; a damaged one is kept aside as "models.json.damaged".
 */
typedef struct QlModelListFile QlModelListFile;

/** ql_model_list_file_open: reads @path, if it is there. Returns: (transfer full) */
QlModelListFile *ql_model_list_file_open (const char *path);
QlModelListFile *ql_model_list_file_ref (QlModelListFile *self);
void ql_model_list_file_unref (QlModelListFile *self);

/** ql_model_list_file_get_problem: Returns: (nullable): why not (all) was read, for people */
const char *ql_model_list_file_get_problem (QlModelListFile *self);
/** ql_model_list_file_get_models: Returns: (transfer none): array of objects, as read */
json_t *ql_model_list_file_get_models (QlModelListFile *self);

/**
 * ql_model_list_file_prepare:
 * @models: (transfer full): array
 *
 * To be called on one thread only.
 *
 * Returns: number of this state, for ql_model_list_file_write()
 */
guint64 ql_model_list_file_prepare (QlModelListFile *self, json_t *models, char **text);

/**
 * ql_model_list_file_write:
 *
 * Threads: any. Returns: %FALSE with an error; %TRUE too where a newer state is there already
 */
gboolean ql_model_list_file_write (QlModelListFile *self, guint64 number, const char *text, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QlModelListFile, ql_model_list_file_unref)
