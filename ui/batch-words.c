#include "ui/batch-words.h"

#include <glib/gi18n.h>

#include "app/time-left.h"

static const struct
{
  const char *name, *icon;
  int rank;
} statuses[QL_BATCH_N_STATUSES] = {
  /* Translators: states of a picture in a batch. */
  [QL_BATCH_WAITING] = { N_ ("Waiting"), "ql-waiting-symbolic", 2 },
  [QL_BATCH_WORKING] = { N_ ("Working"), "ql-working-symbolic", 1 },
  [QL_BATCH_DONE] = { N_ ("Described"), "ql-done-symbolic", 3 },
  [QL_BATCH_SKIPPED] = { N_ ("Skipped"), "ql-skipped-symbolic", 4 },
  [QL_BATCH_FAILED] = { N_ ("Failed"), "ql-failed-symbolic", 0 },
};

const char *
ql_batch_status_name (QlBatchStatus status)
{
  return _ (statuses[status].name);
}

const char *
ql_batch_status_icon (QlBatchStatus status)
{
  return statuses[status].icon;
}

int
ql_batch_status_rank (QlBatchStatus status)
{
  return statuses[status].rank;
}

char *
ql_batch_row_text (QlBatchItem *item)
{
  g_autofree char *name = ql_batch_item_get_name (item);
  const char *status = ql_batch_status_name (ql_batch_item_get_status (item));
  const char *error = ql_batch_item_get_error (item);
  const char *text = error != NULL ? error : ql_batch_item_get_caption (item);

  if (text == NULL)
    /* Translators: a row of a table as screen readers say it: file, state. */
    return g_strdup_printf (_ ("%s, %s"), name, status);
  /* Translators: the same: file, state, caption or error. */
  return g_strdup_printf (_ ("%s, %s: %s"), name, status, text);
}

/* @count: (transfer full) */
static void
add_count (GString *text, const char *separator, char *count)
{
  if (text->len > 0)
    g_string_append (text, separator);
  g_string_append (text, count);
  g_free (count);
}

static void
add_counts (GString *text, const char *separator, const QlBatchProgress *progress)
{
  guint n_done = progress->n_done, n_skipped = progress->n_skipped, n_failed = progress->n_failed;

  /* Translators: counts of pictures in a batch, put after one another. */
  add_count (text, separator, g_strdup_printf (ngettext ("%u described", "%u described", n_done), n_done));
  if (n_skipped > 0)
    add_count (text, separator,
               g_strdup_printf (ngettext ("%u skipped", "%u skipped", n_skipped), n_skipped));
  if (n_failed > 0)
    add_count (text, separator, g_strdup_printf (ngettext ("%u failed", "%u failed", n_failed), n_failed));
}

char *
ql_batch_summary_text (const QlBatchProgress *progress)
{
  GString *text = g_string_new (NULL);
  guint n_left = progress->n_items - progress->n_over;
  /* Translators: what stands between counts: "312 described, 4 skipped". */
  const char *separator = _ (", ");

  add_counts (text, separator, progress);
  if (n_left > 0)
    add_count (text, separator, g_strdup_printf (ngettext ("%u left", "%u left", n_left), n_left));
  return g_string_free (text, FALSE);
}

char *
ql_batch_progress_text (const QlBatchProgress *progress, QlBatchState state)
{
  GString *text = g_string_new (NULL);

  if (state == QL_BATCH_PAUSED)
    g_string_append_printf (text, "%s · ", _ ("Paused"));
  else if (state == QL_BATCH_STOPPING)
    g_string_append_printf (text, "%s · ", _ ("Stopping…"));
  g_string_append_printf (text, _ ("%u of %u"), progress->n_over, progress->n_items);
  add_counts (text, " · ", progress);
  if (progress->eta_s >= 1 && state == QL_BATCH_RUNNING)
    {
      g_autofree char *left = ql_time_left_text (progress->eta_s);

      g_string_append_printf (text, " · %s", left);
    }
  return g_string_free (text, FALSE);
}
