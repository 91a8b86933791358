#pragma once

#include "app/encoding-cache.h"
#include "engine/b2.h"

/** QlEncodingUse: what a session may do with the cache. */
typedef enum
{
  QL_ENCODING_NEITHER,
  QL_ENCODING_LOAD, /* but leave nothing behind */
  QL_ENCODING_LOAD_AND_SAVE,
} QlEncodingUse;

/**
 * ql_encoding_cache_serve:
 * @self: (nullable): none is used
 * @model: of @session, which should measure its blocks, so that traces of pictures that were loaded lack nothing
 *
 * From now on; @self must live as long as the session does, or until this is called again.
 */
void ql_encoding_cache_serve (QlEncodingCache *self, B2Model *model, B2Session *session, QlEncodingUse use);
