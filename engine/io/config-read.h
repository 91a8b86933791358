#pragma once

#include <glib.h>
#include <jansson.h>

#include "engine/io/config.h"

/*
 * Typed reading of one JSON object of a configuration file. A key that is absent or
 * null takes the fallback; one of another type or outside its range is an error that
 * names file, section and key.
 */
typedef struct
{
  const json_t *object; /* (nullable): every key is absent */
  const char *path;
  const char *section; /* "vision_config." or "" */
} B2ConfigReader;

/** b2_config_error: Sets @code with "PATH: SECTIONKEY: …". Returns: %FALSE */
gboolean b2_config_error (const B2ConfigReader *self, const char *key, int code, GError **error,
                          const char *format, ...) G_GNUC_PRINTF (5, 6);

/** b2_config_get: Returns: (nullable): %NULL for an absent or null key */
const json_t *b2_config_get (const B2ConfigReader *self, const char *key);

/** b2_config_section: Fills @section for object @key. %FALSE if it is something else. */
gboolean b2_config_section (const B2ConfigReader *self, const char *key, const char *name,
                            B2ConfigReader *section, GError **error);

gboolean b2_config_read_int (const B2ConfigReader *self, const char *key, int fallback, int min, int max,
                             int *out, GError **error);
gboolean b2_config_read_bool (const B2ConfigReader *self, const char *key, gboolean fallback, gboolean *out,
                              GError **error);
/** b2_config_read_real: integers count as reals */
gboolean b2_config_read_real (const B2ConfigReader *self, const char *key, double fallback, double *out,
                              GError **error);
/** b2_config_read_eps: between 0 and 1, both excluded */
gboolean b2_config_read_eps (const B2ConfigReader *self, const char *key, double fallback, float *out,
                             GError **error);
/** b2_config_read_string: @out: (transfer none): lives as long as the object */
gboolean b2_config_read_string (const B2ConfigReader *self, const char *key, const char *fallback,
                                const char **out, GError **error);
gboolean b2_config_read_activation (const B2ConfigReader *self, const char *key, const char *fallback,
                                    B2Activation *out, GError **error);
/** b2_config_read_token: an id below @vocab_size; -1 where the key is null, @fallback where it is absent */
gboolean b2_config_read_token (const B2ConfigReader *self, const char *key, int fallback, int vocab_size,
                               int *out, GError **error);
/** b2_config_require: the switch @key must be @expected, also its default; else B2_ERROR_UNSUPPORTED */
gboolean b2_config_require (const B2ConfigReader *self, const char *key, gboolean expected, GError **error);
/** b2_config_activation: from its name in transformers. Returns: %FALSE if there is none */
gboolean b2_config_activation (const char *name, B2Activation *out);
