#include <glib/gi18n.h>
#include <math.h>

#include "app/lab-mask.h"

/* A mask and what comes of it, in words. */

char *
ql_lab_mask_describe_row (QlLabMask *self, int row)
{
  int n = ql_lab_mask_get_n_queries (self);

  if (row < n)
    /* Translators: a row or column of a table: one of the model's query tokens. */
    return g_strdup_printf (_ ("query %d"), row);
  return g_strdup_printf (_ ("“%s”"), ql_lab_mask_get_token (self, row - n));
}

/* "−1.84": with the sign that people write. */
static char *
number_text (double value, int digits)
{
  g_autofree char *plain = g_strdup_printf ("%.*f", digits, fabs (value));

  return g_strconcat (value < 0 ? "−" : "", plain, NULL);
}

char *
ql_lab_mask_describe_score (QlLabMask *self)
{
  const QlMaskScore *own = ql_lab_mask_get_score (self);
  g_autofree char *itm = NULL, *itc = NULL, *sum = NULL;

  if (own == NULL)
    return g_strdup ("");
  itm = g_strdup_printf ("%.1f", own->itm * 100);
  itc = number_text (own->itc, 3);
  if (own->log_probs == NULL)
    /* Translators: what a model made of a picture and a text: how sure it is that they match, in per cent; and how
     * alike they are, by its best query, whose number follows. */
    return g_strdup_printf (_ ("Under this mask: match %s %%, likeness %s (query %d)"), itm, itc,
                            own->itc_query);
  sum = number_text (own->sum, 2);
  return g_strdup_printf (_ ("Under this mask: match %s %%, likeness %s (query %d), log p of the text %s"),
                          itm, itc, own->itc_query, sum);
}
