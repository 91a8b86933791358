#include "app/box-list.h"

#include <jansson.h>
#include <string.h>

#include "engine/b2.h"

/* Far above any list made by hand. */
#define MAX_BYTES (4 * 1024 * 1024)
#define MAX_BOXES 1000

static void
object_free (gpointer data)
{
  QlBoxObject *self = data;

  g_strfreev (self->words);
  g_free (self->boxes);
  g_free (self);
}

static void
picture_free (gpointer data)
{
  QlBoxPicture *self = data;

  g_free (self->path);
  g_ptr_array_unref (self->objects);
  g_free (self);
}

static gboolean
parse_box (const json_t *value, QlMapBox *box)
{
  double *const fields[] = { &box->x, &box->y, &box->width, &box->height };

  if (json_array_size (value) != G_N_ELEMENTS (fields))
    return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (fields); i++)
    {
      if (!json_is_number (json_array_get (value, i)))
        return FALSE;
      *fields[i] = json_number_value (json_array_get (value, i));
    }
  return box->x >= 0 && box->y >= 0 && box->width > 0 && box->height > 0 && box->x + box->width <= 1 + 1e-9
         && box->y + box->height <= 1 + 1e-9;
}

static QlBoxObject *
parse_object (const json_t *value)
{
  const json_t *words = json_object_get (value, "words"), *boxes = json_object_get (value, "boxes");
  gsize n_words = json_array_size (words), n_boxes = json_array_size (boxes);
  QlBoxObject *self;
  gboolean ok = TRUE;

  if (n_words < 1 || n_words > MAX_BOXES || n_boxes < 1 || n_boxes > MAX_BOXES)
    return NULL;
  self = g_new0 (QlBoxObject, 1);
  self->words = g_new0 (char *, n_words + 1);
  self->boxes = g_new0 (QlMapBox, n_boxes);
  self->n_boxes = (int) n_boxes;
  for (gsize i = 0; i < n_words && ok; i++)
    {
      const char *word = json_string_value (json_array_get (words, i));

      ok = word != NULL && *word != '\0';
      if (ok)
        self->words[i] = g_utf8_casefold (word, -1);
    }
  for (gsize i = 0; i < n_boxes && ok; i++)
    ok = parse_box (json_array_get (boxes, i), &self->boxes[i]);
  if (!ok)
    g_clear_pointer (&self, object_free);
  return self;
}

/* A name in the list's folder, not a path that leads out of it. */
static gboolean
is_plain_name (const char *file)
{
  return file != NULL && *file != '\0' && strchr (file, '/') == NULL && strcmp (file, ".") != 0
         && strcmp (file, "..") != 0;
}

static QlBoxPicture *
parse_picture (const json_t *value, const char *folder)
{
  const char *file = json_string_value (json_object_get (value, "file"));
  const json_t *objects = json_object_get (value, "objects");
  QlBoxPicture *self;

  if (!is_plain_name (file) || json_array_size (objects) < 1)
    return NULL;
  self = g_new0 (QlBoxPicture, 1);
  self->path = g_build_filename (folder, file, NULL);
  self->objects = g_ptr_array_new_with_free_func (object_free);
  for (gsize i = 0; i < json_array_size (objects); i++)
    {
      QlBoxObject *object = parse_object (json_array_get (objects, i));

      if (object == NULL)
        {
          picture_free (self);
          return NULL;
        }
      g_ptr_array_add (self->objects, object);
    }
  return self;
}

static json_t *
load (const char *path, GError **error)
{
  g_autoptr (GError) file_error = NULL;
  g_autoptr (GMappedFile) file = g_mapped_file_new (path, FALSE, &file_error);
  json_error_t json_error;
  json_t *root;

  if (file == NULL)
    {
      g_set_error (error, B2_ERROR, B2_ERROR_IO, "%s: %s", path, file_error->message);
      return NULL;
    }
  if (g_mapped_file_get_length (file) > MAX_BYTES)
    {
      g_set_error (error, B2_ERROR, B2_ERROR_LIMIT, "%s: a list of boxes has at most %d bytes", path,
                   MAX_BYTES);
      return NULL;
    }
  root = g_mapped_file_get_length (file) > 0
             ? json_loadb (g_mapped_file_get_contents (file), g_mapped_file_get_length (file),
                           JSON_REJECT_DUPLICATES, &json_error)
             : NULL;
  if (root == NULL)
    g_set_error (error, B2_ERROR, B2_ERROR_FORMAT, "%s: this is not JSON", path);
  return root;
}

GPtrArray *
ql_box_list_open (const char *path, GError **error)
{
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func (picture_free);
  g_autofree char *folder = g_path_get_dirname (path);
  json_t *root = load (path, error);
  const json_t *pictures = json_object_get (root, "pictures");
  const char *format = json_string_value (json_object_get (root, "format"));
  gboolean ok = root != NULL;

  if (ok
      && (g_strcmp0 (format, "qlens-boxes") != 0 || !json_is_array (pictures)
          || json_integer_value (json_object_get (root, "version")) != 1))
    {
      g_set_error (error, B2_ERROR, B2_ERROR_FORMAT,
                   "%s: expected \"format\": \"qlens-boxes\", \"version\": 1 and a list \"pictures\"", path);
      ok = FALSE;
    }
  for (gsize i = 0; ok && i < json_array_size (pictures); i++)
    {
      QlBoxPicture *picture = parse_picture (json_array_get (pictures, i), folder);

      if (picture != NULL)
        g_ptr_array_add (list, picture);
      else
        {
          g_set_error (
              error, B2_ERROR, B2_ERROR_FORMAT,
              "%s: picture %d: expected a \"file\" of the same folder and \"objects\" with \"words\" and "
              "\"boxes\" [x, y, width, height] within 0…1",
              path, (int) i + 1);
          ok = FALSE;
        }
    }
  json_decref (root);
  return ok ? g_steal_pointer (&list) : NULL;
}

const QlBoxPicture *
ql_box_list_find (const GPtrArray *list, const char *path)
{
  g_autofree char *name = g_path_get_basename (path);

  for (guint i = 0; i < list->len; i++)
    {
      const QlBoxPicture *picture = list->pdata[i];

      if (strcmp (strrchr (picture->path, '/') + 1, name) == 0)
        return picture;
    }
  return NULL;
}

const QlBoxObject *
ql_box_picture_find (const QlBoxPicture *self, const char *word)
{
  g_autofree char *folded = g_utf8_casefold (word, -1);

  /* "donut," and "“donut”" are the donut. */
  for (guint i = 0; i < self->objects->len; i++)
    {
      const QlBoxObject *object = self->objects->pdata[i];

      for (guint k = 0; object->words[k] != NULL; k++)
        {
          const char *at = strstr (folded, object->words[k]);
          const char *end = at != NULL ? at + strlen (object->words[k]) : NULL;

          if (at != NULL && (at == folded || !g_unichar_isalnum (g_utf8_get_char (g_utf8_prev_char (at))))
              && !g_unichar_isalnum (g_utf8_get_char (end)))
            return object;
        }
    }
  return NULL;
}

gboolean
ql_box_object_has (const QlBoxObject *self, double x, double y)
{
  for (int i = 0; i < self->n_boxes; i++)
    {
      const QlMapBox *box = &self->boxes[i];

      if (x >= box->x && x < box->x + box->width && y >= box->y && y < box->y + box->height)
        return TRUE;
    }
  return FALSE;
}
