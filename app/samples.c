#include "app/samples.h"

#include <jansson.h>

#include "app/paths.h"

static void
sample_free (gpointer data)
{
  QlSample *sample = data;

  g_free (sample->path);
  g_free (sample->caption);
  g_free (sample);
}

static QlSample *
sample_from_json (const char *dir, json_t *entry)
{
  const char *file = json_string_value (json_object_get (entry, "file"));
  const char *caption = json_string_value (json_object_get (entry, "reference"));
  const char *note = json_string_value (json_object_get (entry, "note"));
  QlSample *sample;

  if (file == NULL || caption == NULL || (note != NULL && *note != '\0'))
    return NULL;
  sample = g_new0 (QlSample, 1);
  sample->path = g_build_filename (dir, file, NULL);
  sample->caption = g_strdup (caption);
  return sample;
}

GPtrArray *
ql_samples_load (void)
{
  GPtrArray *samples = g_ptr_array_new_with_free_func (sample_free);
  g_autofree char *dir = ql_paths_data ("samples");
  g_autofree char *index = dir != NULL ? g_build_filename (dir, "samples.json", NULL) : NULL;
  json_t *root = index != NULL ? json_load_file (index, JSON_REJECT_DUPLICATES, NULL) : NULL;
  json_t *entry;
  size_t i;

  json_array_foreach (root, i, entry)
  {
    QlSample *sample = sample_from_json (dir, entry);
    if (sample != NULL)
      g_ptr_array_add (samples, sample);
  }
  json_decref (root);
  return samples;
}
