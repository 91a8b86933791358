#include "app/batch-output.h"

#include <errno.h>
#include <glib/gi18n.h>
#include <string.h>
#include <unistd.h>

#include "app/answer-json.h"
#include "app/batch-csv.h"
#include "app/batch-table.h"
#include "app/caption-sidecar.h"
#include "app/file-replace.h"
#include "app/png-text.h"

struct QlBatchOutput
{
  gatomicrefcount ref_count;
  QlBatchTargets targets;

  GMutex lock; /* of what follows, and of the files */
  QlNamesakes *namesakes;
  gboolean begun;
  QlBatchTable *csv, *jsonl;
};

void
ql_batch_targets_copy (QlBatchTargets *to, const QlBatchTargets *from)
{
  *to = *from;
  to->csv = g_strdup (from->csv);
  to->jsonl = g_strdup (from->jsonl);
}

void
ql_batch_targets_clear (QlBatchTargets *self)
{
  g_clear_pointer (&self->csv, g_free);
  g_clear_pointer (&self->jsonl, g_free);
}

QlBatchOutput *
ql_batch_output_new (const QlBatchTargets *targets)
{
  QlBatchOutput *self = g_new0 (QlBatchOutput, 1);

  g_atomic_ref_count_init (&self->ref_count);
  g_mutex_init (&self->lock);
  self->namesakes = ql_namesakes_new ();
  ql_batch_targets_copy (&self->targets, targets);
  return self;
}

QlBatchOutput *
ql_batch_output_ref (QlBatchOutput *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

static gboolean
close_tables (QlBatchOutput *self, GError **error)
{
  gboolean ok = TRUE;

  if (self->csv != NULL)
    ok = ql_batch_table_close (g_steal_pointer (&self->csv), error);
  if (self->jsonl != NULL)
    ok = ql_batch_table_close (g_steal_pointer (&self->jsonl), ok ? error : NULL) && ok;
  return ok;
}

void
ql_batch_output_unref (QlBatchOutput *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  close_tables (self, NULL);
  ql_batch_targets_clear (&self->targets);
  ql_namesakes_free (self->namesakes);
  g_mutex_clear (&self->lock);
  g_free (self);
}

static gboolean
open_tables (QlBatchOutput *self, GError **error)
{
  if (self->targets.csv != NULL)
    self->csv = ql_batch_table_open (self->targets.csv, QL_BATCH_TABLE_CSV, error);
  if (self->targets.csv != NULL && self->csv == NULL)
    return FALSE;
  if (self->targets.jsonl != NULL)
    self->jsonl = ql_batch_table_open (self->targets.jsonl, QL_BATCH_TABLE_JSONL, error);
  if (self->targets.jsonl == NULL || self->jsonl != NULL)
    return TRUE;
  close_tables (self, NULL);
  return FALSE;
}

gboolean
ql_batch_output_begin (QlBatchOutput *self, GError **error)
{
  gboolean ok;

  g_mutex_lock (&self->lock);
  ok = open_tables (self, error);
  self->begun = ok;
  g_mutex_unlock (&self->lock);
  return ok;
}

gboolean
ql_batch_output_end (QlBatchOutput *self, GError **error)
{
  gboolean ok;

  g_mutex_lock (&self->lock);
  self->begun = FALSE;
  ok = close_tables (self, error);
  g_mutex_unlock (&self->lock);
  return ok;
}

/* ---- the places of one picture ---------------------------------------------------- */

/* Finding them takes longer than what is done there. */
typedef struct
{
  const char *picture;
  char *txt, *xmp; /* NULL: no target */
  gboolean is_png; /* and its inside is a target */
} Places;

static void
places_init (QlBatchOutput *self, const char *picture, Places *places)
{
  *places = (Places){ .picture = picture };
  if (self->targets.txt)
    places->txt = ql_caption_sidecar_path (QL_SIDECAR_TXT, picture, self->namesakes);
  if (self->targets.xmp)
    places->xmp = ql_caption_sidecar_path (QL_SIDECAR_XMP, picture, self->namesakes);
  places->is_png = self->targets.png_text && ql_png_text_is_png (picture);
}

static void
places_clear (Places *self)
{
  g_free (self->txt);
  g_free (self->xmp);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Places, places_clear)

/* ---- before --------------------------------------------------------------------- */

/* Targets beside or inside the picture that still lack a caption. */
typedef struct
{
  gboolean txt, xmp, png_text;
} Lack;

static gboolean
find_lack (const Places *places, Lack *lack, char **caption, GError **error)
{
  g_autoptr (GError) cause = NULL;
  g_autofree char *xmp_caption = NULL;

  *lack = (Lack){ 0 };
  if (places->txt != NULL)
    lack->txt = !ql_caption_sidecar_read (QL_SIDECAR_TXT, places->txt, caption, &cause);
  if (places->xmp != NULL && cause == NULL)
    lack->xmp = !ql_caption_sidecar_read (QL_SIDECAR_XMP, places->xmp, &xmp_caption, &cause);
  if (places->is_png && cause == NULL)
    lack->png_text = !ql_png_text_is_there (places->picture, &cause);
  if (*caption == NULL)
    *caption = g_steal_pointer (&xmp_caption);
  if (cause == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&cause));
  return FALSE;
}

static gboolean
is_complete (QlBatchOutput *self, const char *picture, const Lack *lack)
{
  return !lack->txt && !lack->xmp && !lack->png_text
         && (self->csv == NULL || ql_batch_table_has_caption (self->csv, picture))
         && (self->jsonl == NULL || ql_batch_table_has_caption (self->jsonl, picture));
}

/* Whether there is a place for the caption of this very picture. */
static gboolean
has_target (QlBatchOutput *self, const Places *places)
{
  return places->txt != NULL || places->xmp != NULL || places->is_png || self->csv != NULL
         || self->jsonl != NULL;
}

static gboolean
check_places (QlBatchOutput *self, const Places *places, GError **error)
{
  const char *picture = places->picture;
  g_autofree char *dir = g_path_get_dirname (picture);
  g_autofree char *name = g_filename_display_basename (picture);

  if (!has_target (self, places))
    {
      g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
                   _ ("%s: only a PNG file can keep a text inside; choose another output"), name);
      return FALSE;
    }
  if ((places->txt != NULL || places->xmp != NULL || places->is_png) && access (dir, W_OK) != 0)
    {
      ql_file_replace_set_error (dir, errno, error);
      return FALSE;
    }
  if (places->is_png && access (picture, W_OK) != 0)
    {
      ql_file_replace_set_error (picture, errno, error);
      return FALSE;
    }
  return TRUE;
}

/* Of the process that was killed while it wrote this picture's files. */
static void
tidy (QlBatchOutput *self, const Places *places)
{
  if (places->txt != NULL)
    ql_file_replace_tidy (places->txt);
  if (places->xmp != NULL)
    ql_file_replace_tidy (places->xmp);
  if (self->targets.png_text)
    ql_file_replace_tidy (places->picture);
}

static gboolean
check_locked (QlBatchOutput *self, const char *picture, gboolean *skip, char **caption, GError **error)
{
  g_auto (Places) places = { 0 };
  Lack lack;

  places_init (self, picture, &places);
  if (!find_lack (&places, &lack, caption, error))
    return FALSE;
  *skip = self->targets.policy == QL_BATCH_SKIP && has_target (self, &places)
          && is_complete (self, picture, &lack);
  tidy (self, &places);
  return *skip || check_places (self, &places, error);
}

gboolean
ql_batch_output_check (QlBatchOutput *self, const char *picture, gboolean *skip, char **caption,
                       GError **error)
{
  gboolean ok;

  *skip = FALSE;
  *caption = NULL;
  g_mutex_lock (&self->lock);
  ok = check_locked (self, picture, skip, caption, error);
  g_mutex_unlock (&self->lock);
  if (!*skip)
    g_clear_pointer (caption, g_free);
  return ok;
}

/* ---- after ----------------------------------------------------------------------- */

static Lack
all_of (const Places *places)
{
  return (Lack){ places->txt != NULL, places->xmp != NULL, places->is_png };
}

/* All that can be written is; @error is the first that could not. */
static gboolean
write_files (const Places *places, const Lack *want, QlCaptionMode mode, const char *old, const char *caption,
             GError **error)
{
  g_autoptr (GError) txt = NULL, xmp = NULL, png = NULL;
  GError **first;

  if (want->txt)
    ql_caption_sidecar_write (QL_SIDECAR_TXT, places->txt, mode, old, caption, &txt);
  if (want->xmp)
    ql_caption_sidecar_write (QL_SIDECAR_XMP, places->xmp, mode, old, caption, &xmp);
  if (want->png_text)
    ql_png_text_write (places->picture, mode, old, caption, &png);
  first = txt != NULL ? &txt : xmp != NULL ? &xmp : &png;
  if (*first == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (first));
  return FALSE;
}

/* @failure: (nullable): of the files, which comes before what @row says */
static char *
json_row (const char *picture, const QlBatchRow *row, const char *failure)
{
  g_autofree char *name = ql_batch_table_name (picture);
  g_autofree char *line = NULL;
  const char *error = failure != NULL ? failure : row->error;
  json_t *object = NULL;

  if (row->json != NULL && error == NULL)
    return g_strconcat (row->json, "\n", NULL);
  if (row->json != NULL)
    object = json_loads (row->json, JSON_ALLOW_NUL, NULL);
  if (object == NULL)
    {
      object = json_object ();
      json_object_set_new (object, "image", ql_json_string (name));
      if (row->caption != NULL)
        json_object_set_new (object, "text", ql_json_string (row->caption));
    }
  if (error != NULL)
    json_object_set_new (object, "error", ql_json_string (error));
  line = ql_json_line (object);
  json_decref (object);
  return g_strconcat (line, "\n", NULL);
}

static gboolean
add_rows (QlBatchOutput *self, const char *picture, const QlBatchRow *row, const char *failure,
          gboolean only_lacking, QlBatchTableDrop drop, GError **error)
{
  gboolean failed = failure != NULL || row->error != NULL;
  gboolean ok = TRUE;

  if (self->csv != NULL && !(only_lacking && ql_batch_table_has_caption (self->csv, picture)))
    {
      g_autofree char *name = ql_batch_table_name (picture);
      g_autofree char *line
          = ql_csv_row (name, row->caption, row->seconds, failure != NULL ? failure : row->error);

      ok = ql_batch_table_add (self->csv, picture, line, failed, drop, error);
    }
  if (self->jsonl != NULL && !(only_lacking && ql_batch_table_has_caption (self->jsonl, picture)))
    {
      g_autofree char *line = json_row (picture, row, failure);

      ok = ql_batch_table_add (self->jsonl, picture, line, failed, drop, ok ? error : NULL) && ok;
    }
  return ok;
}

static gboolean
write_locked (QlBatchOutput *self, const char *picture, const QlBatchRow *row, gboolean *fatal,
              GError **error)
{
  QlBatchPolicy policy = self->targets.policy;
  g_auto (Places) places = { 0 };
  Lack want;
  g_autoptr (GError) failure = NULL;
  g_autofree char *there = NULL;

  places_init (self, picture, &places);
  want = all_of (&places);
  if (row->caption != NULL && (policy != QL_BATCH_SKIP || find_lack (&places, &want, &there, &failure)))
    write_files (&places, &want, policy == QL_BATCH_APPEND ? QL_CAPTION_APPEND : QL_CAPTION_OVERWRITE, NULL,
                 row->caption, &failure);
  if (!add_rows (self, picture, row, failure != NULL ? failure->message : NULL, policy == QL_BATCH_SKIP,
                 policy == QL_BATCH_OVERWRITE ? QL_BATCH_TABLE_DROP_ALL : QL_BATCH_TABLE_DROP_ERRORS, error))
    {
      *fatal = TRUE;
      return FALSE;
    }
  if (failure == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&failure));
  return FALSE;
}

gboolean
ql_batch_output_write (QlBatchOutput *self, const char *picture, const QlBatchRow *row, gboolean *fatal,
                       GError **error)
{
  gboolean ok;

  *fatal = FALSE;
  g_mutex_lock (&self->lock);
  ok = write_locked (self, picture, row, fatal, error);
  g_mutex_unlock (&self->lock);
  return ok;
}

gboolean
ql_batch_output_edit (QlBatchOutput *self, const char *picture, const char *old, const QlBatchRow *row,
                      GError **error)
{
  g_auto (Places) places = { 0 };
  Lack want;
  gboolean ok;

  g_mutex_lock (&self->lock);
  places_init (self, picture, &places);
  want = all_of (&places);
  ok = (self->begun || open_tables (self, error))
       && write_files (&places, &want, QL_CAPTION_EDIT, old, row->caption, error)
       && add_rows (self, picture, row, NULL, FALSE, QL_BATCH_TABLE_DROP_LAST, error);
  if (!self->begun)
    ok = close_tables (self, ok ? error : NULL) && ok;
  g_mutex_unlock (&self->lock);
  return ok;
}
