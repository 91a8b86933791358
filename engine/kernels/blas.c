#include "engine/kernels/blas.h"

#include <cblas.h>
#include <pthread.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void
keep_to_one_thread (void)
{
  openblas_set_num_threads (1);
}

void
b2_blas_init (void)
{
  pthread_once (&once, keep_to_one_thread);
}

const char *
b2_blas_core (void)
{
  return openblas_get_corename ();
}

void
b2_blas_sgemm_nt (size_t m, size_t n, size_t k, float alpha, const float *a, size_t lda, const float *b,
                  size_t ldb, float *c, size_t ldc)
{
  cblas_sgemm (CblasRowMajor, CblasNoTrans, CblasTrans, (blasint) m, (blasint) n, (blasint) k, alpha, a,
               (blasint) lda, b, (blasint) ldb, 0.0f, c, (blasint) ldc);
}

void
b2_blas_sgemm_nn (size_t m, size_t n, size_t k, const float *a, size_t lda, const float *b, size_t ldb,
                  float *c, size_t ldc)
{
  cblas_sgemm (CblasRowMajor, CblasNoTrans, CblasNoTrans, (blasint) m, (blasint) n, (blasint) k, 1.0f, a,
               (blasint) lda, b, (blasint) ldb, 0.0f, c, (blasint) ldc);
}
