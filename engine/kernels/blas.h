#pragma once

#include <stddef.h>

/**
 * b2_blas_sgemm_nt:
 *
 * C[m, n] = alpha * A[m, k] · B[n, k]ᵀ, f32 row-major. The only caller of OpenBLAS together
 * with its sibling; OpenBLAS is kept to one thread, the engine's pool splits the work.
 *
 * Threads: any number at once.
 */
void b2_blas_sgemm_nt (size_t m, size_t n, size_t k, float alpha, const float *a, size_t lda, const float *b,
                       size_t ldb, float *c, size_t ldc);

/** b2_blas_sgemm_nn: C[m, n] = A[m, k] · B[k, n] */
void b2_blas_sgemm_nn (size_t m, size_t n, size_t k, const float *a, size_t lda, const float *b, size_t ldb,
                       float *c, size_t ldc);

/** b2_blas_init: once, before the first call. Any thread. */
void b2_blas_init (void);
/** b2_blas_core: which kernels OpenBLAS chose ("SkylakeX"). */
const char *b2_blas_core (void);
