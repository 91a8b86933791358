#pragma once

#include "ui/page.h"

#define QL_TYPE_ATTENTION_PAGE (ql_attention_page_get_type ())
G_DECLARE_FINAL_TYPE (QlAttentionPage, ql_attention_page, QL, ATTENTION_PAGE, QlPage)

/**
 * QlAttentionPage:
 *
 * What each query looks at: which query, layer, head and method the map over the picture shows; all of them side by
 * side; the selection in words and numbers; and, of a patch, who looks at it.
 */
