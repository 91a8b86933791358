#pragma once

#include <gio/gio.h>

/** QL_HUB_ERROR: messages are translated and say what to do; ended by cancelling is G_IO_ERROR_CANCELLED. */
#define QL_HUB_ERROR (ql_hub_error_quark ())

/**
 * QlHubError:
 * @QL_HUB_ERROR_NOT_BUILT: this build of the program has no download
 * @QL_HUB_ERROR_ADDRESS: a repository's name or the mirror's address is not one
 * @QL_HUB_ERROR_HOST: there is no such host, or no network
 * @QL_HUB_ERROR_NETWORK: the connection broke; passing
 * @QL_HUB_ERROR_BUSY: the server asks to wait, or is out of order; passing
 * @QL_HUB_ERROR_SECURITY: the server could not prove that it is the one
 * @QL_HUB_ERROR_REDIRECT: the server sends elsewhere, to where Qlens does not go
 * @QL_HUB_ERROR_NOT_FOUND: no such repository or file
 * @QL_HUB_ERROR_DENIED: one must log in for it
 * @QL_HUB_ERROR_SERVER: any other answer
 * @QL_HUB_ERROR_LISTING: the list of files cannot be understood, or is no model's
 * @QL_HUB_ERROR_SIZE: a file has another size than the list says
 * @QL_HUB_ERROR_HASH: a file has other contents than the list says
 * @QL_HUB_ERROR_SPACE: the disk is, or would be, full
 * @QL_HUB_ERROR_DISK: a file could not be written
 * @QL_HUB_ERROR_EXISTS: the folder holds a file that is not of this download
 */
typedef enum
{
  QL_HUB_ERROR_NOT_BUILT,
  QL_HUB_ERROR_ADDRESS,
  QL_HUB_ERROR_HOST,
  QL_HUB_ERROR_NETWORK,
  QL_HUB_ERROR_BUSY,
  QL_HUB_ERROR_SECURITY,
  QL_HUB_ERROR_REDIRECT,
  QL_HUB_ERROR_NOT_FOUND,
  QL_HUB_ERROR_DENIED,
  QL_HUB_ERROR_SERVER,
  QL_HUB_ERROR_LISTING,
  QL_HUB_ERROR_SIZE,
  QL_HUB_ERROR_HASH,
  QL_HUB_ERROR_SPACE,
  QL_HUB_ERROR_DISK,
  QL_HUB_ERROR_EXISTS,
} QlHubError;

GQuark ql_hub_error_quark (void);
