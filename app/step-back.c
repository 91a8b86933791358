#include "app/step-back.h"

#include <errno.h>
#include <sys/resource.h>

/* A third of the share of a thread that does not step back: others feel quick, and this one goes on. */
#define NICE 5

void
ql_step_back (void)
{
  int now;

  /* On Linux the thread's, not the process's. -1 is an answer, too. */
  errno = 0;
  now = getpriority (PRIO_PROCESS, 0);
  if (errno == 0 && now < NICE)
    setpriority (PRIO_PROCESS, 0, NICE);
}
