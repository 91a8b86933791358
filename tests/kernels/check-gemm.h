#pragma once

#include <glib.h>

#include "engine/kernels/kernels.h"

/** check_gemm: every packed product of a B2Kernels table. */
void check_gemm (gconstpointer data);
