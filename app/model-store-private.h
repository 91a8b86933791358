#pragma once

/* For model-store*.c alone. */

#include "app/model-entry-private.h"
#include "app/model-list-file.h"
#include "app/model-store.h"

struct _QlModelStore
{
  GObject parent_instance;

  GPtrArray *entries; /* of QlModelEntry */
  guint n_demos; /* the first so many */
  QlModelListFile *file;
  GSettings *settings; /* (nullable) */
  char *default_id; /* where there are no settings; "": none chosen */
  char *problem;
  guint n_saving;
};

/** ql_model_store_add: @entry: (transfer full) */
void ql_model_store_add (QlModelStore *self, QlModelEntry *entry);

/** ql_model_store_save: in the background */
void ql_model_store_save (QlModelStore *self);

/** ql_model_store_uri: what identifies @dir. Returns: (transfer full) */
char *ql_model_store_uri (const char *dir);
