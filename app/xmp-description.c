#include "app/xmp-description.h"

#include <glib/gi18n.h>
#include <string.h>

#define NS_RDF "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
#define NS_DC "http://purl.org/dc/elements/1.1/"
#define NS_XML "http://www.w3.org/XML/1998/namespace"
#define MAX_DEPTH 100

/* What is looked for, each a child of the one before, and the first of its kind. */
typedef enum
{
  KIND_OTHER,
  KIND_RDF, /* rdf:RDF */
  KIND_BLOCK, /* rdf:Description */
  KIND_DC, /* dc:description */
  KIND_ALT, /* rdf:Alt */
  KIND_LI, /* rdf:li for x-default */
  N_KINDS,
} Kind;

typedef struct
{
  Kind kind;
  gboolean recorded;
  GHashTable *prefixes; /* (nullable): declared here */
} Level;

typedef struct
{
  gboolean found;
  char *name; /* with its prefix */
  gsize inner, inner_end; /* between its tags; equal, behind "/>", where it is one tag */
  gboolean one_tag;
} Element;

/*
 * The file is handed to GMarkup in pieces that end behind a ">". So a tag's callback comes
 * while the piece that ends with this tag is parsed, which tells where the tag ends.
 */
typedef struct
{
  const char *xmp;
  gsize piece_end;
  GArray *levels; /* of Level */
  Element elements[N_KINDS];
  GString *value; /* of the text for x-default, or of a description without languages */
  gboolean any_text; /* in any language */
  gboolean other_children; /* of dc:description: structures that are not known here */
  gboolean as_attribute; /* dc:description="…" */
  gboolean other_encoding;
} Scan;

static void
level_clear (gpointer data)
{
  g_clear_pointer (&((Level *) data)->prefixes, g_hash_table_unref);
}

/* Within an element. */
static Level *
top (Scan *self)
{
  return &g_array_index (self->levels, Level, self->levels->len - 1);
}

/* Whether @name is @local of the namespace @uri. An attribute without a prefix has no namespace. */
static gboolean
is_name (Scan *self, const char *name, gboolean attribute, const char *uri, const char *local)
{
  const char *colon = strchr (name, ':');
  g_autofree char *prefix = g_strndup (name, colon != NULL ? (gsize) (colon - name) : 0);

  if (strcmp (colon != NULL ? colon + 1 : name, local) != 0 || (attribute && colon == NULL))
    return FALSE;
  if (strcmp (prefix, "xml") == 0)
    return strcmp (uri, NS_XML) == 0;
  for (guint i = self->levels->len; i-- > 0;)
    {
      GHashTable *prefixes = g_array_index (self->levels, Level, i).prefixes;
      const char *found = prefixes != NULL ? g_hash_table_lookup (prefixes, prefix) : NULL;

      if (found != NULL)
        return strcmp (found, uri) == 0;
    }
  return FALSE;
}

static void
declare_prefixes (Level *level, const char **names, const char **values)
{
  for (gsize i = 0; names[i] != NULL; i++)
    {
      const char *prefix = strcmp (names[i], "xmlns") == 0         ? ""
                           : g_str_has_prefix (names[i], "xmlns:") ? names[i] + strlen ("xmlns:")
                                                                   : NULL;

      if (prefix == NULL)
        continue;
      if (level->prefixes == NULL)
        level->prefixes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
      g_hash_table_insert (level->prefixes, g_strdup (prefix), g_strdup (values[i]));
    }
}

static gboolean
is_default_language (Scan *self, const char **names, const char **values)
{
  for (gsize i = 0; names[i] != NULL; i++)
    if (is_name (self, names[i], TRUE, NS_XML, "lang"))
      return g_ascii_strcasecmp (values[i], "x-default") == 0;
  return FALSE;
}

static Kind
kind_of (Scan *self, Kind parent, const char *name, const char **names, const char **values)
{
  if (is_name (self, name, FALSE, NS_RDF, "RDF"))
    return KIND_RDF;
  if (parent == KIND_RDF && is_name (self, name, FALSE, NS_RDF, "Description"))
    return KIND_BLOCK;
  if (parent == KIND_BLOCK && is_name (self, name, FALSE, NS_DC, "description"))
    return KIND_DC;
  if (parent == KIND_DC && is_name (self, name, FALSE, NS_RDF, "Alt"))
    return KIND_ALT;
  if (parent == KIND_ALT && is_name (self, name, FALSE, NS_RDF, "li")
      && is_default_language (self, names, values))
    return KIND_LI;
  return KIND_OTHER;
}

static void
start_cb (GMarkupParseContext *context, const char *name, const char **names, const char **values,
          gpointer data, GError **error)
{
  Scan *self = data;
  Kind parent = self->levels->len > 0 ? top (self)->kind : KIND_OTHER;
  Level level = { 0 };
  Element *element;

  if (self->levels->len >= MAX_DEPTH)
    {
      g_set_error_literal (error, G_MARKUP_ERROR, G_MARKUP_ERROR_INVALID_CONTENT, _ ("nested too deeply"));
      return;
    }
  declare_prefixes (&level, names, values);
  g_array_append_val (self->levels, level);
  top (self)->kind = kind_of (self, parent, name, names, values);
  for (gsize i = 0; top (self)->kind == KIND_BLOCK && names[i] != NULL; i++)
    if (is_name (self, names[i], TRUE, NS_DC, "description"))
      self->as_attribute = TRUE;
  if (parent == KIND_DC && top (self)->kind != KIND_ALT)
    self->other_children = TRUE;
  element = &self->elements[top (self)->kind];
  if (top (self)->kind == KIND_OTHER || element->found)
    return;
  *element = (Element){ TRUE, g_strdup (name), self->piece_end, self->piece_end, FALSE };
  top (self)->recorded = TRUE;
  if (top (self)->kind == KIND_LI)
    g_string_truncate (self->value, 0); /* the white space before */
}

static void
end_cb (GMarkupParseContext *context, const char *name, gpointer data, GError **error)
{
  Scan *self = data;
  Element *element = &self->elements[top (self)->kind];

  if (top (self)->recorded)
    {
      element->one_tag = element->inner == self->piece_end;
      if (!element->one_tag) /* an end tag has no attributes: its "<" is the last */
        element->inner_end = (gsize) ((const char *) memrchr (self->xmp, '<', self->piece_end) - self->xmp);
    }
  g_array_set_size (self->levels, self->levels->len - 1);
}

static void
text_cb (GMarkupParseContext *context, const char *text, gsize n_bytes, gpointer data, GError **error)
{
  Scan *self = data;
  gboolean inside = FALSE;

  for (guint i = 0; i < self->levels->len; i++)
    inside = inside || g_array_index (self->levels, Level, i).kind == KIND_DC;
  for (gsize i = 0; inside && !self->any_text && i < n_bytes; i++)
    self->any_text = !g_ascii_isspace (text[i]);
  if (inside && top (self)->recorded
      && (top (self)->kind == KIND_LI || (top (self)->kind == KIND_DC && !self->elements[KIND_ALT].found)))
    g_string_append_len (self->value, text, (gssize) n_bytes);
}

/* Comments, processing instructions, the XML declaration. */
static void
passthrough_cb (GMarkupParseContext *context, const char *text, gsize n_bytes, gpointer data, GError **error)
{
  Scan *self = data;
  g_autofree char *lower = g_ascii_strdown (text, (gssize) n_bytes);
  const char *encoding = g_str_has_prefix (lower, "<?xml ") ? strstr (lower, "encoding") : NULL;

  if (encoding != NULL && strstr (encoding, "utf-8") == NULL)
    self->other_encoding = TRUE;
}

static void
scan_clear (Scan *self)
{
  for (int i = 0; i < N_KINDS; i++)
    g_clear_pointer (&self->elements[i].name, g_free);
  g_clear_pointer (&self->levels, g_array_unref);
  if (self->value != NULL)
    g_string_free (g_steal_pointer (&self->value), TRUE);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Scan, scan_clear)

static gboolean
refuse (const char *why, GError **error)
{
  g_set_error (
      error, G_MARKUP_ERROR, G_MARKUP_ERROR_INVALID_CONTENT,
      _ ("this is not an XMP file that can be changed safely (%s); move it away or choose another output"),
      why);
  return FALSE;
}

static gboolean
feed (Scan *self, GMarkupParseContext *context, gsize at, gsize n_bytes, GError **error)
{
  while (at < n_bytes)
    {
      const char *close = memchr (self->xmp + at, '>', n_bytes - at);

      self->piece_end = close != NULL ? (gsize) (close - self->xmp) + 1 : n_bytes;
      /* it also returns TRUE for a name that is not UTF-8, and complains later */
      if (!g_markup_parse_context_parse (context, self->xmp + at, (gssize) (self->piece_end - at), error)
          || *error != NULL)
        return FALSE;
      at = self->piece_end;
    }
  return g_markup_parse_context_end_parse (context, error);
}

static gboolean
scan (Scan *self, const char *xmp, gsize n_bytes, GError **error)
{
  static const GMarkupParser parser
      = { .start_element = start_cb, .end_element = end_cb, .text = text_cb, .passthrough = passthrough_cb };
  g_autoptr (GMarkupParseContext) context = NULL;
  g_autoptr (GError) cause = NULL;
  gsize bom = n_bytes >= 3 && memcmp (xmp, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;

  self->xmp = xmp;
  self->levels = g_array_new (FALSE, FALSE, sizeof (Level));
  g_array_set_clear_func (self->levels, level_clear);
  self->value = g_string_new (NULL);
  if (n_bytes > QL_XMP_MAX_BYTES)
    return refuse (_ ("too large"), error);
  context = g_markup_parse_context_new (&parser, G_MARKUP_TREAT_CDATA_AS_TEXT, self, NULL);
  if (!feed (self, context, bom, n_bytes, &cause))
    return refuse (cause->message, error);
  if (self->other_encoding)
    return refuse (_ ("not in UTF-8"), error);
  if (!self->elements[KIND_RDF].found)
    return refuse (_ ("no rdf:RDF"), error);
  return TRUE;
}

/* For an element's content. A carriage return would be read back as a line feed. */
static char *
escape (const char *text)
{
  GString *out = g_string_new (NULL);

  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      if (c == '&')
        g_string_append (out, "&amp;");
      else if (c == '<')
        g_string_append (out, "&lt;");
      else if (c == '>')
        g_string_append (out, "&gt;");
      else if (c == '\r')
        g_string_append (out, "&#xD;");
      else if ((c < 0x20 && c != '\t' && c != '\n') || c == 0xfffe || c == 0xffff)
        g_string_append_unichar (out, 0xfffd);
      else
        g_string_append_unichar (out, c);
    }
  return g_string_free (out, FALSE);
}

static char *
alt_of (const char *escaped)
{
  return g_strdup_printf (
      "<rdf:Alt xmlns:rdf=\"" NS_RDF "\"><rdf:li xml:lang=\"x-default\">%s</rdf:li></rdf:Alt>", escaped);
}

/* Puts @content between the tags of @element: in place of what is there, or in front of it. */
static char *
splice (const char *xmp, gsize n_bytes, const Element *element, gboolean replace, const char *content)
{
  GString *out = g_string_sized_new (n_bytes + strlen (content) + 64);
  gsize rest = replace ? element->inner_end : element->inner;

  if (element->one_tag)
    {
      g_string_append_len (out, xmp, (gssize) (element->inner - strlen ("/>")));
      g_string_append_printf (out, ">%s</%s>", content, element->name);
    }
  else
    {
      g_string_append_len (out, xmp, (gssize) element->inner);
      g_string_append (out, content);
    }
  g_string_append_len (out, xmp + rest, (gssize) (n_bytes - rest));
  return g_string_free (out, FALSE);
}

static char *
insert (const Scan *scan, gsize n_bytes, const char *escaped)
{
  const Element *elements = scan->elements;
  g_autofree char *alt = alt_of (escaped);
  g_autofree char *description
      = g_strdup_printf ("\n   <dc:description xmlns:dc=\"" NS_DC "\">%s</dc:description>", alt);
  g_autofree char *content = NULL;

  if (elements[KIND_LI].found)
    return splice (scan->xmp, n_bytes, &elements[KIND_LI], TRUE, escaped);
  if (elements[KIND_ALT].found)
    {
      const char *colon = strchr (elements[KIND_ALT].name, ':');
      int n_prefix = colon != NULL ? (int) (colon - elements[KIND_ALT].name) + 1 : 0;

      content = g_strdup_printf ("<%.*sli xml:lang=\"x-default\">%s</%.*sli>", n_prefix,
                                 elements[KIND_ALT].name, escaped, n_prefix, elements[KIND_ALT].name);
      return splice (scan->xmp, n_bytes, &elements[KIND_ALT], FALSE, content);
    }
  if (elements[KIND_DC].found)
    return splice (scan->xmp, n_bytes, &elements[KIND_DC], TRUE, alt);
  if (elements[KIND_BLOCK].found)
    return splice (scan->xmp, n_bytes, &elements[KIND_BLOCK], FALSE, description);
  content = g_strdup_printf (
      "\n  <rdf:Description xmlns:rdf=\"" NS_RDF "\" rdf:about=\"\">%s\n  </rdf:Description>", description);
  return splice (scan->xmp, n_bytes, &elements[KIND_RDF], FALSE, content);
}

gboolean
ql_xmp_description_get (const char *xmp, gsize n_bytes, char **text, GError **error)
{
  g_auto (Scan) self = { 0 };

  if (text != NULL)
    *text = NULL;
  if (!scan (&self, xmp, n_bytes, error))
    return FALSE;
  if (text != NULL && (self.elements[KIND_LI].found || (!self.elements[KIND_ALT].found && self.any_text)))
    *text = g_strdup (self.value->str);
  return self.any_text || self.as_attribute;
}

char *
ql_xmp_description_set (const char *xmp, gsize n_bytes, const char *text, GError **error)
{
  g_auto (Scan) self = { 0 };
  g_autofree char *escaped = escape (text);
  g_autofree char *changed = NULL;
  g_autofree char *text_now = NULL;
  g_autoptr (GError) cause = NULL;

  if (!scan (&self, xmp, n_bytes, error))
    return NULL;
  if (self.as_attribute || (self.other_children && !self.elements[KIND_ALT].found))
    {
      refuse (_ ("its description is of an unusual form"), error);
      return NULL;
    }
  changed = insert (&self, n_bytes, escaped);
  /* It is somebody else's work that is about to be replaced: is it still XMP? */
  ql_xmp_description_get (changed, strlen (changed), &text_now, &cause);
  if (cause == NULL && text_now == NULL)
    refuse (_ ("its description is of an unusual form"), &cause);
  if (cause != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&cause));
      return NULL;
    }
  return g_steal_pointer (&changed);
}

char *
ql_xmp_description_new (const char *text)
{
  g_autofree char *escaped = escape (text);

  return g_strdup_printf ("<?xpacket begin=\"\xef\xbb\xbf\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n"
                          "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\n"
                          " <rdf:RDF xmlns:rdf=\"" NS_RDF "\">\n"
                          "  <rdf:Description rdf:about=\"\" xmlns:dc=\"" NS_DC "\">\n"
                          "   <dc:description>\n"
                          "    <rdf:Alt>\n"
                          "     <rdf:li xml:lang=\"x-default\">%s</rdf:li>\n"
                          "    </rdf:Alt>\n"
                          "   </dc:description>\n"
                          "  </rdf:Description>\n"
                          " </rdf:RDF>\n"
                          "</x:xmpmeta>\n"
                          "<?xpacket end=\"w\"?>\n",
                          escaped);
}
