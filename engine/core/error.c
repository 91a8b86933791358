#include "engine/core/error.h"

G_DEFINE_QUARK (b2-error-quark, b2_error)
