#include "engine/core/error.h"

/* clang-format off: it takes the hyphens for minus signs */
/* clang-format off */
G_DEFINE_QUARK (b2-error-quark, b2_error)
/* clang-format on */
/* clang-format on */
