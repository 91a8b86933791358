#pragma once

#include <glib.h>

#define QL_SHA256_CHARS 64

/** ql_is_sha256: whether the @n bytes of @text are a sum as we write it, so that it may be part of a file's name */
gboolean ql_is_sha256 (const char *text, gsize n);
