/* peak-memory COMMAND [ARGUMENT…]: runs it and prints the most bytes it had resident, on the last line of stdout. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int
main (int argc, char **argv)
{
  struct rusage usage;
  int status;
  pid_t pid = argc > 1 ? fork () : -1;

  if (pid == 0)
    {
      execvp (argv[1], argv + 1);
      perror (argv[1]);
      _exit (127);
    }
  if (pid < 0 || wait4 (pid, &status, 0, &usage) != pid)
    {
      fputs ("usage: peak-memory COMMAND [ARGUMENT...]\n", stderr);
      return 127;
    }
  printf ("%lld\n", (long long) usage.ru_maxrss * 1024);
  return WIFEXITED (status) ? WEXITSTATUS (status) : 128 + WTERMSIG (status);
}
