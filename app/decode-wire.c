#include "app/decode-wire.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static gboolean
send_bytes (int socket, const void *bytes, gsize n_bytes)
{
  gssize sent;

  /* write(), not send(): the only way out that the walls leave open */
  do
    sent = write (socket, bytes, n_bytes);
  while (sent < 0 && errno == EINTR);
  return sent == (gssize) n_bytes;
}

gboolean
ql_decode_send_hello (int socket)
{
  QlDecodeHello hello = { QL_DECODE_MAGIC, sizeof (QlDecodeRequest), sizeof (QlDecodeReply) };

  return send_bytes (socket, &hello, sizeof hello);
}

gboolean
ql_decode_send_reply (int socket, const QlDecodeReply *reply)
{
  return send_bytes (socket, reply, sizeof *reply);
}

/* The union is for the alignment. */
typedef union
{
  struct cmsghdr header;
  char room[CMSG_SPACE (2 * sizeof (int))];
} Control;

gboolean
ql_decode_send_request (int socket, const QlDecodeRequest *request, const int fds[2])
{
  struct iovec part = { (void *) request, sizeof *request };
  Control control = { 0 };
  struct msghdr message
      = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control.room };
  struct cmsghdr *rights = CMSG_FIRSTHDR (&message);
  gssize sent;

  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = CMSG_LEN (2 * sizeof (int));
  memcpy (CMSG_DATA (rights), fds, 2 * sizeof (int));
  do
    sent = sendmsg (socket, &message, MSG_NOSIGNAL);
  while (sent < 0 && errno == EINTR);
  return sent == (gssize) sizeof *request;
}

gboolean
ql_decode_receive_request (int socket, QlDecodeRequest *request, int fds[2])
{
  struct iovec part = { request, sizeof *request };
  Control control = { 0 };
  struct msghdr message
      = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control.room };
  struct cmsghdr *rights;
  gssize got;

  do
    got = recvmsg (socket, &message, MSG_CMSG_CLOEXEC);
  while (got < 0 && errno == EINTR);
  rights = got > 0 ? CMSG_FIRSTHDR (&message) : NULL;
  if (got != (gssize) sizeof *request || request->magic != QL_DECODE_MAGIC || rights == NULL
      || rights->cmsg_level != SOL_SOCKET || rights->cmsg_type != SCM_RIGHTS
      || rights->cmsg_len != CMSG_LEN (2 * sizeof (int)))
    return FALSE;
  memcpy (fds, CMSG_DATA (rights), 2 * sizeof (int));
  return TRUE;
}
