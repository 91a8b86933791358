#include "ui/map-table.h"

#include <glib/gi18n.h>
#include <math.h>

#include "ui/accessible.h"

/* ---- a patch ---- */

#define QL_TYPE_TABLE_PATCH (ql_table_patch_get_type ())
G_DECLARE_FINAL_TYPE (QlTablePatch, ql_table_patch, QL, TABLE_PATCH, GObject)

struct _QlTablePatch
{
  GObject parent_instance;

  int column, row;
  double value, ratio;
  gboolean outlier;
};

G_DEFINE_FINAL_TYPE (QlTablePatch, ql_table_patch, G_TYPE_OBJECT)

static void
ql_table_patch_class_init (QlTablePatchClass *klass)
{
}

static void
ql_table_patch_init (QlTablePatch *self)
{
}

/* ---- columns ---- */

typedef enum
{
  FIELD_ROW,
  FIELD_COLUMN,
  FIELD_VALUE,
  FIELD_RATIO,
  FIELD_OUTLIER,
  N_FIELDS,
} Field;

static const char *const titles[N_FIELDS]
    = { N_ ("Row"), N_ ("Column"), N_ ("Value"), N_ ("× uniform"), N_ ("Outlier") };

static double
number (const QlTablePatch *patch, Field field)
{
  switch (field)
    {
    case FIELD_ROW:
      return patch->row;
    case FIELD_COLUMN:
      return patch->column;
    case FIELD_VALUE:
      return patch->value;
    case FIELD_RATIO:
      return isnan (patch->ratio) ? 0 : patch->ratio;
    case FIELD_OUTLIER:
    default:
      return patch->outlier;
    }
}

static char *
text (const QlTablePatch *patch, Field field)
{
  switch (field)
    {
    case FIELD_ROW:
    case FIELD_COLUMN:
      return g_strdup_printf ("%d", (int) number (patch, field));
    case FIELD_VALUE:
      /* Translators: a percentage with two decimals, in a table of numbers. */
      return g_strdup_printf (_ ("%.2f %%"), patch->value * 100);
    case FIELD_RATIO:
      return isnan (patch->ratio) ? g_strdup ("–") : g_strdup_printf ("%.2f", patch->ratio);
    case FIELD_OUTLIER:
    default:
      return g_strdup (patch->outlier ? _ ("yes") : "");
    }
}

struct _QlMapTable
{
  GtkWindow parent_instance;

  GtkLabel *sentence;
  GtkColumnView *view;
  GListStore *patches; /* of QlTablePatch, line by line */
  GtkSingleSelection *selection;
  QlLab *lab;
  gboolean updating; /* the table follows the selection, not the person */
};

G_DEFINE_FINAL_TYPE (QlMapTable, ql_map_table, GTK_TYPE_WINDOW)

static void
setup_cb (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  GtkWidget *label = gtk_label_new (NULL);

  gtk_label_set_xalign (GTK_LABEL (label), 1);
  gtk_widget_add_css_class (label, "numeric");
  gtk_list_item_set_child (item, label);
}

static void
bind_cb (GtkSignalListItemFactory *factory, GtkListItem *item, gpointer field)
{
  g_autofree char *shown = text (gtk_list_item_get_item (item), (Field) GPOINTER_TO_INT (field));

  gtk_label_set_text (GTK_LABEL (gtk_list_item_get_child (item)), shown);
}

static int
compare (gconstpointer a, gconstpointer b, gpointer field)
{
  double x = number (a, (Field) GPOINTER_TO_INT (field)), y = number (b, (Field) GPOINTER_TO_INT (field));

  return x < y ? -1 : x > y;
}

static void
add_column (QlMapTable *self, Field field)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  g_autoptr (GtkColumnViewColumn) column = NULL;
  g_autoptr (GtkSorter) sorter
      = GTK_SORTER (gtk_custom_sorter_new (compare, GINT_TO_POINTER ((int) field), NULL));

  g_signal_connect (factory, "setup", G_CALLBACK (setup_cb), NULL);
  g_signal_connect (factory, "bind", G_CALLBACK (bind_cb), GINT_TO_POINTER ((int) field));
  column = gtk_column_view_column_new (_ (titles[field]), factory);
  gtk_column_view_column_set_sorter (column, sorter);
  gtk_column_view_column_set_expand (column, TRUE);
  gtk_column_view_append_column (self->view, column);
}

char *
ql_map_table_get_text (QlMapTable *self, guint place)
{
  g_autoptr (QlTablePatch) patch = g_list_model_get_item (G_LIST_MODEL (self->selection), place);
  g_autofree char *value = NULL;

  if (patch == NULL)
    return NULL;
  value = ql_map_describe_patch (ql_lab_get_map (self->lab), patch->column, patch->row);
  return g_strdup_printf (_ ("Row %d, column %d: %s"), patch->row, patch->column, value);
}

/* ---- following ---- */

static void
fill (QlMapTable *self)
{
  QlMap *map = ql_lab_get_map (self->lab);
  g_autoptr (GPtrArray) patches = g_ptr_array_new_with_free_func (g_object_unref);
  g_autofree char *sentence = map != NULL ? ql_map_describe (map) : NULL;

  for (int row = 0; map != NULL && row < ql_map_get_rows (map); row++)
    for (int column = 0; column < ql_map_get_columns (map); column++)
      {
        QlTablePatch *patch = g_object_new (QL_TYPE_TABLE_PATCH, NULL);

        patch->column = column;
        patch->row = row;
        patch->value = ql_map_get_value (map, column, row);
        patch->ratio = ql_map_get_ratio (map, column, row);
        patch->outlier = ql_map_is_outlier (map, column, row);
        g_ptr_array_add (patches, patch);
      }
  g_list_store_splice (self->patches, 0, g_list_model_get_n_items (G_LIST_MODEL (self->patches)),
                       patches->pdata, patches->len);
  gtk_label_set_text (self->sentence, sentence != NULL ? sentence : _ ("There is no map to show."));
}

static void
select_patch (QlMapTable *self)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->selection)), found = GTK_INVALID_LIST_POSITION;
  int column, row;

  if (ql_lab_get_patch (self->lab, &column, &row))
    for (guint i = 0; i < n && found == GTK_INVALID_LIST_POSITION; i++)
      {
        g_autoptr (QlTablePatch) patch = g_list_model_get_item (G_LIST_MODEL (self->selection), i);

        if (patch->column == column && patch->row == row)
          found = i;
      }
  gtk_single_selection_set_selected (self->selection, found);
}

static void
changed_cb (QlLab *lab, guint change, QlMapTable *self)
{
  self->updating = TRUE;
  if ((change & (QL_LAB_CHANGED_TRACE | QL_LAB_CHANGED_MAP)) != 0)
    fill (self);
  select_patch (self);
  self->updating = FALSE;
}

static void
selected_cb (QlMapTable *self)
{
  QlTablePatch *patch = gtk_single_selection_get_selected_item (self->selection);

  if (!self->updating && patch != NULL)
    ql_lab_set_patch (self->lab, patch->column, patch->row);
}

static void
ql_map_table_dispose (GObject *object)
{
  QlMapTable *self = QL_MAP_TABLE (object);

  self->updating = TRUE;
  g_clear_object (&self->patches);
  g_clear_object (&self->lab);
  G_OBJECT_CLASS (ql_map_table_parent_class)->dispose (object);
}

static void
ql_map_table_class_init (QlMapTableClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ql_map_table_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/qlens/Qlens/map-table.ui");
  gtk_widget_class_bind_template_child (widget_class, QlMapTable, sentence);
  gtk_widget_class_bind_template_child (widget_class, QlMapTable, view);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
ql_map_table_init (QlMapTable *self)
{
  GtkSortListModel *sorted;

  gtk_widget_init_template (GTK_WIDGET (self));
  self->patches = g_list_store_new (QL_TYPE_TABLE_PATCH);
  for (int i = 0; i < N_FIELDS; i++)
    add_column (self, (Field) i);
  sorted = gtk_sort_list_model_new (g_object_ref (G_LIST_MODEL (self->patches)),
                                    g_object_ref (gtk_column_view_get_sorter (self->view)));
  self->selection = gtk_single_selection_new (G_LIST_MODEL (sorted));
  gtk_single_selection_set_autoselect (self->selection, FALSE);
  gtk_single_selection_set_can_unselect (self->selection, TRUE);
  gtk_column_view_set_model (self->view, GTK_SELECTION_MODEL (self->selection));
  g_object_unref (self->selection); /* the view keeps it */
  g_signal_connect_object (self->selection, "notify::selected-item", G_CALLBACK (selected_cb), self,
                           G_CONNECT_SWAPPED);
}

GtkWidget *
ql_map_table_new (GtkWindow *parent, QlLab *lab)
{
  QlMapTable *self = g_object_new (QL_TYPE_MAP_TABLE, "transient-for", parent, NULL);

  self->lab = g_object_ref (lab);
  g_signal_connect_object (lab, "changed", G_CALLBACK (changed_cb), self, 0);
  changed_cb (lab, QL_LAB_CHANGED_TRACE, self);
  ql_accessible_name_internals (GTK_WIDGET (self));
  return GTK_WIDGET (self);
}
