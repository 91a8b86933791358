#include "app/decoder-memory.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* Of Linux 6.3; before, all memory of this kind could be run as a program. */
#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif

#define SIZE_SEALS (F_SEAL_SHRINK | F_SEAL_GROW)
#define ALL_SEALS (SIZE_SEALS | F_SEAL_WRITE | F_SEAL_SEAL)

/* Growing past the limit on files would not fail but end the program. */
static gboolean
is_within_limits (guint64 n_bytes)
{
  struct rlimit limit;

  return getrlimit (RLIMIT_FSIZE, &limit) == 0 && n_bytes <= G_MAXINT64 && limit.rlim_cur >= n_bytes;
}

static int
create (guint64 n_bytes)
{
  int fd, number;

  if (!is_within_limits (n_bytes))
    {
      errno = EFBIG;
      return -1;
    }
  fd = memfd_create ("qlens-picture", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);
  if (fd < 0 && errno == EINVAL)
    fd = memfd_create ("qlens-picture", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (fd < 0 || ftruncate (fd, (off_t) n_bytes) == 0)
    return fd;
  number = errno;
  close (fd);
  errno = number;
  return -1;
}

static int
seal (int fd, int seals)
{
  int number;

  if (fd < 0 || fcntl (fd, F_ADD_SEALS, seals) == 0)
    return fd;
  number = errno;
  close (fd);
  errno = number;
  return -1;
}

int
ql_decoder_memory_new (guint64 n_bytes)
{
  return seal (create (n_bytes), SIZE_SEALS);
}

int
ql_decoder_memory_new_with (GBytes *content)
{
  gsize n_bytes, done = 0;
  const guint8 *data = g_bytes_get_data (content, &n_bytes);
  int fd = create (n_bytes);

  while (fd >= 0 && done < n_bytes)
    {
      gssize n = write (fd, data + done, n_bytes - done);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        {
          int number = n < 0 ? errno : EIO;

          close (fd);
          errno = number;
          return -1;
        }
      done += (gsize) n;
    }
  return seal (fd, ALL_SEALS);
}

typedef struct
{
  void *at;
  gsize n_bytes;
} Mapping;

static void
unmap (gpointer data)
{
  Mapping *self = data;

  munmap (self->at, self->n_bytes);
  g_free (self);
}

GBytes *
ql_decoder_memory_freeze (int fd, gsize n_bytes)
{
  struct stat info;
  Mapping *mapping;
  void *at;

  /* Refused while anybody has it mapped for writing. */
  if (fcntl (fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SEAL) != 0
      || (fcntl (fd, F_GET_SEALS) & ALL_SEALS) != ALL_SEALS || fstat (fd, &info) != 0 || info.st_size < 0
      || (guint64) info.st_size < n_bytes)
    return NULL;
  /* Private, as older kernels map nothing shared that is sealed, not even for reading. */
  at = mmap (NULL, n_bytes, PROT_READ, MAP_PRIVATE, fd, 0);
  if (at == MAP_FAILED)
    return NULL;
  mapping = g_new (Mapping, 1);
  *mapping = (Mapping){ at, n_bytes };
  return g_bytes_new_with_free_func (at, n_bytes, unmap, mapping);
}
