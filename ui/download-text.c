#include "ui/download-text.h"

#include <glib/gi18n.h>

#include "app/time-left.h"

static void
add_part (GString *line, const char *part)
{
  if (line->len > 0)
    g_string_append (line, " · ");
  g_string_append (line, part);
}

char *
ql_download_facts_text (guint64 size_bytes, gboolean lacks_room, guint64 memory_bytes)
{
  GString *line = g_string_new (NULL);
  g_autofree char *size = g_format_size (size_bytes);

  add_part (line, size_bytes > 0 ? size : _ ("size not known yet"));
  if (lacks_room)
    add_part (line, _ ("not enough room on the disk"));
  if (memory_bytes > 0 && size_bytes > memory_bytes)
    add_part (line, _ ("larger than this computer's memory, so slow"));
  return g_string_free (line, FALSE);
}

/* "2.1 GB of 15.0 GB", or the first alone. */
static char *
amount_text (guint64 done_bytes, guint64 size_bytes)
{
  g_autofree char *done = g_format_size (done_bytes);
  g_autofree char *size = g_format_size (size_bytes);

  if (size_bytes < done_bytes || size_bytes == 0)
    return g_steal_pointer (&done);
  /* Translators: how much of a download is there: "2.1 GB of 15.0 GB". */
  return g_strdup_printf (_ ("%s of %s"), done, size);
}

static char *
fetching_text (const QlHubProgress *progress, const char *amount)
{
  GString *line = g_string_new (amount);

  if (progress->bytes_per_s >= 1)
    {
      g_autofree char *rate = g_format_size ((guint64) progress->bytes_per_s);
      /* Translators: a speed: "12 MB/s". */
      g_autofree char *text = g_strdup_printf (_ ("%s/s"), rate);

      add_part (line, text);
    }
  if (progress->eta_s >= 0)
    {
      g_autofree char *text = ql_time_left_text ((double) progress->eta_s);

      add_part (line, text);
    }
  if (progress->n_files > 0)
    {
      /* Translators: number, count and name of a file. */
      g_autofree char *file
          = g_strdup_printf (_ ("File %d of %d: %s"), progress->file, progress->n_files, progress->file_name);

      g_string_append_printf (line, "\n%s", file);
    }
  return g_string_free (line, FALSE);
}

static char *
running_text (const QlHubProgress *progress, guint64 size_bytes)
{
  g_autofree char *amount = amount_text (progress->done_bytes, size_bytes);
  /* Translators: seconds, abbreviated. */
  g_autofree char *wait = g_strdup_printf (_ ("%d s"), (int) progress->wait_s);

  switch (progress->phase)
    {
    case QL_HUB_PHASE_CHECK:
      return g_strdup_printf (_ ("Checking what is there already… %s"), amount);
    case QL_HUB_PHASE_FETCH:
      return fetching_text (progress, amount);
    case QL_HUB_PHASE_WAIT:
      return g_strdup_printf (_ ("The server does not answer as it should. Next try in %s"), wait);
    case QL_HUB_PHASE_LIST:
    default:
      return g_strdup (_ ("Asking for the list of files…"));
    }
}

static char *
kept_text (QlHubState state, const char *kept)
{
  if (state == QL_HUB_PAUSED)
    return g_strdup_printf (_ ("Not finished: %s are kept in the folder. Go On fetches the rest."), kept);
  if (state == QL_HUB_CANCELLED)
    return g_strdup_printf (
        _ ("Cancelled: %s are kept in the folder. Go On fetches the rest, Discard removes them."), kept);
  return g_strdup_printf (_ ("%s are kept in the folder."), kept);
}

char *
ql_download_status_text (QlHubDownload *download, guint64 size_bytes)
{
  QlHubState state = ql_hub_download_get_state (download);
  QlHubProgress progress = ql_hub_download_get_progress (download);
  guint64 kept_bytes = ql_hub_download_get_kept_bytes (download);
  g_autofree char *kept = amount_text (kept_bytes, size_bytes);

  switch (state)
    {
    case QL_HUB_RUNNING:
      return running_text (&progress, size_bytes);
    case QL_HUB_STOPPING:
      return g_strdup (_ ("Stopping…"));
    case QL_HUB_DISCARDING:
      return g_strdup (_ ("Removing what was fetched…"));
    case QL_HUB_FINISHED:
      return g_strdup_printf (_ ("Complete, in %s"), ql_hub_download_get_dir (download));
    case QL_HUB_PAUSED:
    case QL_HUB_CANCELLED:
    case QL_HUB_FAILED:
      return kept_bytes > 0 ? kept_text (state, kept) : g_strdup ("");
    case QL_HUB_IDLE:
    default:
      return g_strdup ("");
    }
}

double
ql_download_fraction (QlHubDownload *download, guint64 size_bytes)
{
  QlHubState state = ql_hub_download_get_state (download);
  QlHubProgress progress = ql_hub_download_get_progress (download);
  guint64 done_bytes = ql_hub_download_get_kept_bytes (download);

  if (state == QL_HUB_FINISHED)
    return 1;
  /* before the list is there, nobody has counted anew */
  if ((state == QL_HUB_RUNNING || state == QL_HUB_STOPPING) && progress.total_bytes > 0)
    done_bytes = progress.done_bytes;
  return size_bytes > 0 ? CLAMP ((double) done_bytes / (double) size_bytes, 0, 1) : 0;
}
