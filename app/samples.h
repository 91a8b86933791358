#pragma once

#include <glib.h>

/** QlSample: a picture that ships with Qlens and works with the demo model. */
typedef struct
{
  char *path;
  char *caption; /* what the picture shows, in English */
} QlSample;

/**
 * ql_samples_load:
 *
 * The pictures of data/samples/samples.json that the demo model is meant for: those
 * that are listed there as failures are left out.
 *
 * Returns: (transfer full) (element-type QlSample): empty where no samples are found
 */
GPtrArray *ql_samples_load (void);
