#include "engine/core/error.h"

/* clang-format off: it takes the hyphens for minus signs */
G_DEFINE_QUARK (b2 - error - quark, b2_error)
/* clang-format on */
