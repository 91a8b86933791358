#pragma once

#include "app/hub-error.h"

#define QL_HUB_DEFAULT_ADDRESS "https://huggingface.co"

/** ql_hub_repo_is_valid: "owner/name" as the hub allows it */
gboolean ql_hub_repo_is_valid (const char *repo);

/**
 * ql_hub_address_check:
 * @base: of the hub or a mirror of it: https://HOST[:PORT][/PATH]; http only on this computer
 *
 * Returns: (transfer full): without a slash at its end; %NULL with QL_HUB_ERROR_ADDRESS
 */
char *ql_hub_address_check (const char *base, GError **error);

/** ql_hub_address_list: of the list of files. Returns: (transfer full) */
char *ql_hub_address_list (const char *base, const char *repo);
/** ql_hub_address_file: of a file. Returns: (transfer full) */
char *ql_hub_address_file (const char *base, const char *repo, const char *path);

/**
 * ql_hub_redirect_resolve:
 * @from: absolute, where the answer came from
 * @location: (nullable): where it sends to
 *
 * Whereto a redirect may lead: to https; to http only on this computer, and only from there,
 * so that no answer from outside makes Qlens talk to what listens here.
 *
 * Returns: (transfer full): %NULL with QL_HUB_ERROR_REDIRECT
 */
GUri *ql_hub_redirect_resolve (GUri *from, const char *location, GError **error);

/** QL_HUB_URI_FLAGS: signed addresses stay byte for byte as they are */
#define QL_HUB_URI_FLAGS                                                                                     \
  (G_URI_FLAGS_ENCODED_PATH | G_URI_FLAGS_ENCODED_QUERY | G_URI_FLAGS_ENCODED_FRAGMENT                       \
   | G_URI_FLAGS_SCHEME_NORMALIZE)
