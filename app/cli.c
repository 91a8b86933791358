#include "app/cli.h"

#include <fcntl.h>
#include <glib/gi18n.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/cli-output.h"
#include "app/cli-run.h"
#include "app/paths.h"

static const QlCliCommand *const commands[] = {
  &ql_cli_caption, &ql_cli_batch,  &ql_cli_ask,      &ql_cli_match, &ql_cli_trace,   &ql_cli_figure,
  &ql_cli_eval,    &ql_cli_lesson, &ql_cli_tokenize, &ql_cli_info,  &ql_cli_convert, &ql_cli_bench,
};

/* The widest of the commands' usages. */
#define USAGE_COLUMNS 17

static volatile sig_atomic_t stop_signal;

/* Storing to the two flags is all that is allowed here; the default action waits for a second signal. */
static void
stop_cb (int number)
{
  stop_signal = number;
  b2_cancel_trigger (ql_cli_cancel ());
}

static void
catch_signals (void)
{
  struct sigaction action = { .sa_handler = stop_cb, .sa_flags = (int) SA_RESETHAND };

  ql_cli_cancel (); /* made here: not from within the handler */
  sigaction (SIGINT, &action, NULL);
  sigaction (SIGTERM, &action, NULL);
  /* a closed pipe and a file too large come back as errors, which are told */
  signal (SIGPIPE, SIG_IGN);
  signal (SIGXFSZ, SIG_IGN);
}

/* A closed standard stream's number would go to the next file opened, and what is printed into that file. */
static void
fill_closed_streams (void)
{
  for (int fd = 0; fd <= 2; fd++)
    if (fcntl (fd, F_GETFD) < 0 && open ("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY) != fd)
      _exit (QL_CLI_FAILED);
}

static void
print_help (void)
{
  printf (_ ("Usage: qlens-cli COMMAND …\n\n"
             "Looks at pictures with a BLIP-2 model and writes what it sees.\n\n"
             "Commands:\n"));
  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    printf ("  %-9s %s%*s %s\n", commands[i]->name, commands[i]->usage,
            USAGE_COLUMNS - (int) g_utf8_strlen (commands[i]->usage, -1), "", _ (commands[i]->summary));
  printf (_ ("\n“qlens-cli COMMAND --help” tells more; “qlens-cli --version” the version.\n"
             "Exit status: 0 all done, 1 something failed, 2 the command line is wrong.\n"));
}

static void
print_command_help (const QlCliCommand *command)
{
  printf (_ ("Usage: qlens-cli %s %s%s[OPTION…]\n\n"), command->name, command->usage,
          command->usage[0] ? " " : "");
  printf ("%s\n\n", _ (command->summary));
  ql_cli_options_help (command);
}

static const QlCliCommand *
find_command (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    if (strcmp (commands[i]->name, name) == 0)
      return commands[i];
  return NULL;
}

static int
run_command (const QlCliCommand *command, int argc, char **argv)
{
  QlCliOptions options;
  int status = QL_CLI_USAGE;

  if (ql_cli_options_parse (command, argc, argv, &options))
    {
      if (options.help)
        {
          print_command_help (command);
          status = QL_CLI_OK;
        }
      else
        status = command->run (&options);
    }
  ql_cli_options_clear (&options);
  return status;
}

static int
dispatch (int argc, char **argv)
{
  const QlCliCommand *command;
  gboolean wants_help;

  if (argc < 2)
    {
      ql_cli_usage_error (NULL, _ ("no command is given"));
      return QL_CLI_USAGE;
    }
  if (strcmp (argv[1], "--version") == 0)
    {
      puts ("qlens-cli " QLENS_VERSION);
      return QL_CLI_OK;
    }
  if (strcmp (argv[1], "--help") == 0 || strcmp (argv[1], "-h") == 0
      || (strcmp (argv[1], "help") == 0 && argc == 2))
    {
      print_help ();
      return QL_CLI_OK;
    }
  wants_help = strcmp (argv[1], "help") == 0;
  command = find_command (argv[wants_help ? 2 : 1]);
  if (command == NULL)
    {
      ql_cli_usage_error (NULL, _ ("“%s” is not a command"), argv[wants_help ? 2 : 1]);
      return QL_CLI_USAGE;
    }
  if (wants_help)
    {
      print_command_help (command);
      return QL_CLI_OK;
    }
  return run_command (command, argc - 2, argv + 2);
}

int
main (int argc, char **argv)
{
  g_autofree char *locale_dir = ql_paths_locale ();
  int status;

  fill_closed_streams ();
  setlocale (LC_ALL, "");
  setlocale (LC_NUMERIC, "C"); /* for programs that read the output, and for JSON */
  bindtextdomain (GETTEXT_PACKAGE, locale_dir);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
  catch_signals ();

  status = dispatch (argc, argv);
  if (!ql_cli_flush ())
    status = QL_CLI_FAILED;
  if (stop_signal != 0)
    {
      fputs (_ ("qlens-cli: stopped\n"), stderr);
      status = 128 + stop_signal;
    }
  b2_cancel_unref (ql_cli_cancel ());
  return status;
}
