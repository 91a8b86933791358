#pragma once

#include <glib.h>

/** memory_rss: Returns: bytes of the process that are in memory */
gsize memory_rss (void);

/** memory_heap: Returns: bytes that were allocated and not freed; also under AddressSanitizer */
gsize memory_heap (void);
