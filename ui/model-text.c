#include "ui/model-text.h"

#include <string.h>

#include <glib/gi18n.h>

/* Names as the field writes them: not translated. */
static const char *
family_name (const char *family)
{
  static const char *const names[][2] = { { "opt", "OPT" }, { "t5", "Flan-T5" } };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    if (strcmp (names[i][0], family) == 0)
      return names[i][1];
  return NULL;
}

char *
ql_model_text_kind (const QlModelFacts *facts)
{
  const char *family = family_name (facts->family);
  const char *name = facts->architecture;

  if (g_str_has_prefix (name, "InstructBlip"))
    name = "InstructBLIP";
  else if (g_str_has_prefix (name, "Blip2"))
    name = "BLIP-2";
  if (family == NULL)
    return g_strdup (name);
  /* Translators: a kind of model and its language model: "BLIP-2 with OPT". */
  return g_strdup_printf (_ ("%s with %s"), name, family);
}

char *
ql_model_text_parameters (guint64 n)
{
  if (n >= 1000 * 1000 * 1000)
    return g_strdup_printf (_ ("%.1f billion parameters"), (double) n / 1e9);
  if (n >= 1000 * 1000)
    return g_strdup_printf (_ ("%.1f million parameters"), (double) n / 1e6);
  return g_strdup_printf (ngettext ("%u parameter", "%u parameters", (gulong) n), (guint) n);
}

char *
ql_model_text_summary (const QlModelFacts *facts)
{
  g_autofree char *kind = ql_model_text_kind (facts);
  g_autofree char *parameters = ql_model_text_parameters (facts->n_parameters);

  if (*facts->types == '\0')
    return g_strdup_printf ("%s · %s", kind, parameters);
  return g_strdup_printf ("%s · %s · %s", kind, parameters, facts->types);
}

const char *
ql_model_text_good_for (const QlModelFacts *facts)
{
  if (!facts->can_write)
    return _ ("Compares pictures with texts; writes none");
  if (facts->can_match)
    return _ ("Describes pictures, answers questions, compares pictures with texts");
  return _ ("Describes pictures and answers questions");
}

gboolean
ql_model_text_fits (const QlModelFacts *facts, guint64 free_bytes)
{
  return free_bytes == 0 || facts->memory_bytes <= free_bytes;
}

char *
ql_model_text_memory (const QlModelFacts *facts, guint64 free_bytes, gboolean open)
{
  g_autofree char *needed = g_format_size (facts->memory_bytes);
  g_autofree char *there = g_format_size (free_bytes);

  if (open)
    return g_strdup_printf (_ ("Uses up to about %s of memory"), needed);
  if (free_bytes == 0)
    return g_strdup_printf (_ ("Needs about %s of memory"), needed);
  if (!ql_model_text_fits (facts, free_bytes))
    /* Translators: two amounts of memory. */
    return g_strdup_printf (_ ("Needs about %s of memory, but only %s are free"), needed, there);
  /* Translators: two amounts of memory. */
  return g_strdup_printf (_ ("Needs about %s of memory; %s are free"), needed, there);
}

char *
ql_model_text_verification (QlModelEntry *entry)
{
  const char *text = ql_model_entry_get_verification_text (entry);
  gint64 at = ql_model_entry_get_verified_at (entry);
  g_autoptr (GDateTime) time = at > 0 ? g_date_time_new_from_unix_local (at) : NULL;
  g_autofree char *day = time != NULL ? g_date_time_format (time, "%x") : NULL;

  switch (ql_model_entry_get_verification (entry))
    {
    case QL_VERIFICATION_RUNNING:
      return g_strdup_printf (_ ("Verifying the files… %.0f %%"),
                              100 * ql_model_entry_get_verification_fraction (entry));
    case QL_VERIFICATION_FAILED:
      return g_strdup_printf (_ ("The files could not be verified. %s"), text != NULL ? text : "");
    case QL_VERIFICATION_FIRST_SEEN:
    case QL_VERIFICATION_SOUND:
    case QL_VERIFICATION_CHANGED:
      if (day == NULL)
        return g_strdup (text);
      /* Translators: a date, and what was found. */
      return g_strdup_printf (_ ("Verified on %s. %s"), day, text != NULL ? text : "");
    case QL_VERIFICATION_NONE:
    default:
      return g_strdup (_ ("The files have not been verified yet."));
    }
}

const char *
ql_model_text_icon (QlEngineState state)
{
  switch (state)
    {
    case QL_ENGINE_READY:
      return "ql-model-ready-symbolic";
    case QL_ENGINE_LOADING:
    case QL_ENGINE_BUSY:
      return "ql-model-busy-symbolic";
    case QL_ENGINE_ERROR:
      return "ql-model-error-symbolic";
    case QL_ENGINE_NO_MODEL:
    default:
      return "ql-model-none-symbolic";
    }
}
