#include "app/speech-worker.h"

#include <libspeechd.h>
#include <signal.h>
#include <stdlib.h>

/* A service that dies says nothing, so it is asked for a sign of life while it speaks. */
#define PING_US (2 * G_USEC_PER_SEC)
#define FREE_WAIT_US (G_USEC_PER_SEC / 2)
#define NO_MESSAGE (-1)

typedef enum
{
  ORDER_SAY,
  ORDER_STOP,
  ORDER_HEARD, /* of the service: a message is over */
  ORDER_QUIT,
} OrderKind;

typedef struct
{
  OrderKind kind;
  guint text;
  char *words, *language;
  int message;
} Order;

struct QlSpeechWorker
{
  GAsyncQueue *orders;
  GMainContext *context;
  gint newest; /* atomic: the text that is still wanted; 0: none */

  /* Of the main context alone. */
  QlSpeechDone done; /* NULL: freed */
  gpointer data;

  GMutex lock;
  GCond ended;
  gboolean over;

  /* Of the thread alone. */
  SPDConnection *connection; /* nullable */
  guint text; /* being read */
  int message; /* the same, as the service numbers it */
};

typedef struct
{
  QlSpeechWorker *worker;
  guint text;
  GError *error;
} News;

/* The library's callbacks come on a thread of its own, without a word on whose they are. */
static struct
{
  GMutex lock;
  GAsyncQueue *orders; /* nullable */
} listener;

static Order *
order_new (OrderKind kind, guint text)
{
  Order *order = g_new0 (Order, 1);

  order->kind = kind;
  order->text = text;
  return order;
}

static void
order_free (gpointer data)
{
  Order *order = data;

  g_free (order->words);
  g_free (order->language);
  g_free (order);
}

static void
worker_clear (gpointer data)
{
  QlSpeechWorker *self = data;

  g_async_queue_unref (self->orders);
  g_main_context_unref (self->context);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->ended);
}

static void
worker_unref (QlSpeechWorker *self)
{
  g_atomic_rc_box_release_full (self, worker_clear);
}

/* ---- news for the main context ---- */

static gboolean
news_cb (gpointer data)
{
  News *news = data;

  if (news->worker->done != NULL)
    news->worker->done (news->text, news->error, news->worker->data);
  return G_SOURCE_REMOVE;
}

static void
news_free (gpointer data)
{
  News *news = data;

  worker_unref (news->worker);
  g_clear_error (&news->error);
  g_free (news);
}

/* @error: (transfer full) */
static void
tell (QlSpeechWorker *self, guint text, GError *error)
{
  g_autoptr (GSource) source = g_idle_source_new ();
  News *news = g_new (News, 1);

  *news = (News){ g_atomic_rc_box_acquire (self), text, error };
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, news_cb, news, news_free);
  g_source_attach (source, self->context);
}

/* ---- the service ---- */

static void
heard_cb (size_t message, size_t client, SPDNotificationType type)
{
  Order *order = order_new (ORDER_HEARD, 0);

  order->message = (int) message;
  g_mutex_lock (&listener.lock);
  if (listener.orders != NULL)
    g_async_queue_push (listener.orders, g_steal_pointer (&order));
  g_mutex_unlock (&listener.lock);
  g_clear_pointer (&order, order_free);
}

static void
listen_with (GAsyncQueue *orders)
{
  g_mutex_lock (&listener.lock);
  listener.orders = orders;
  g_mutex_unlock (&listener.lock);
}

static void
disconnect (QlSpeechWorker *self)
{
  if (self->connection == NULL)
    return;
  spd_close (self->connection);
  self->connection = NULL;
  self->message = NO_MESSAGE;
  listen_with (NULL);
}

static gboolean
is_installed (void)
{
  const char *command = g_getenv ("SPEECHD_CMD"); /* as the library has it */
  g_autofree char *path = g_find_program_in_path (command != NULL ? command : "speech-dispatcher");

  return path != NULL;
}

/* Starts the service where it does not run yet. */
static gboolean
connect_to_service (QlSpeechWorker *self, GError **error)
{
  char *reason = NULL;
  SPDConnectionAddress *address = spd_get_default_address (&reason);

  if (address != NULL && address->method != SPD_METHOD_UNIX_SOCKET)
    g_set_error_literal (error, QL_SPEECH_ERROR, QL_SPEECH_ERROR_REMOTE,
                         "SPEECHD_ADDRESS names a network address");
  /* The library would try to start it, and leak why it could not. */
  else if (address != NULL && !is_installed ()
           && !g_file_test (address->unix_socket_name, G_FILE_TEST_EXISTS))
    g_set_error (error, QL_SPEECH_ERROR, QL_SPEECH_ERROR_NOT_INSTALLED,
                 "%s: no such socket, and no speech-dispatcher", address->unix_socket_name);
  else if (address != NULL)
    self->connection = spd_open2 ("qlens", "answers", NULL, SPD_MODE_THREADED, address, TRUE, &reason);
  if (self->connection != NULL)
    {
      listen_with (self->orders);
      self->connection->callback_end = heard_cb;
      self->connection->callback_cancel = heard_cb;
      spd_set_notification_on (self->connection, SPD_END);
      spd_set_notification_on (self->connection, SPD_CANCEL);
    }
  else if (error != NULL && *error == NULL)
    g_set_error_literal (error, QL_SPEECH_ERROR, QL_SPEECH_ERROR_NO_START,
                         reason != NULL ? reason : "speech-dispatcher does not answer");
  SPDConnectionAddress__free (address);
  free (reason);
  return self->connection != NULL;
}

static void
hush (QlSpeechWorker *self)
{
  if (self->message != NO_MESSAGE)
    spd_cancel (self->connection);
  self->message = NO_MESSAGE;
}

static void
say (QlSpeechWorker *self, const Order *order)
{
  GError *error = NULL;

  hush (self);
  /* Stopped, or replaced, while it waited for its turn. */
  if (g_atomic_int_get (&self->newest) != (gint) order->text)
    return;
  for (gboolean fresh = FALSE; !fresh && error == NULL;)
    {
      fresh = self->connection == NULL;
      if (fresh && !connect_to_service (self, &error))
        break;
      spd_set_language (self->connection, order->language);
      self->message = spd_say (self->connection, SPD_TEXT, order->words);
      self->text = order->text;
      if (self->message >= 0)
        return;
      /* It may have been restarted since the last time; so once more. */
      disconnect (self);
    }
  if (error == NULL)
    g_set_error_literal (&error, QL_SPEECH_ERROR, QL_SPEECH_ERROR_BROKEN,
                         "speech-dispatcher did not take the text");
  tell (self, order->text, error);
}

static void
ping (QlSpeechWorker *self)
{
  if (spd_execute_command (self->connection, "GET RATE") == 0)
    return;
  disconnect (self);
  tell (self, self->text,
        g_error_new_literal (QL_SPEECH_ERROR, QL_SPEECH_ERROR_BROKEN, "speech-dispatcher went away"));
}

/* ---- the thread ---- */

static gpointer
thread_cb (gpointer data)
{
  QlSpeechWorker *self = data;
  OrderKind kind = ORDER_STOP;
  sigset_t pipe;

  /* The library writes to its socket without looking whether anyone is there. */
  sigemptyset (&pipe);
  sigaddset (&pipe, SIGPIPE);
  pthread_sigmask (SIG_BLOCK, &pipe, NULL);
  while (kind != ORDER_QUIT)
    {
      Order *order = self->message != NO_MESSAGE ? g_async_queue_timeout_pop (self->orders, PING_US)
                                                 : g_async_queue_pop (self->orders);

      if (order == NULL)
        {
          ping (self);
          continue;
        }
      kind = order->kind;
      if (kind == ORDER_SAY)
        say (self, order);
      else if (kind != ORDER_HEARD)
        hush (self);
      else if (order->message == self->message)
        {
          self->message = NO_MESSAGE;
          tell (self, self->text, NULL);
        }
      order_free (order);
    }
  disconnect (self);
  g_mutex_lock (&self->lock);
  self->over = TRUE;
  g_cond_signal (&self->ended);
  g_mutex_unlock (&self->lock);
  worker_unref (self);
  return NULL;
}

gboolean
ql_speech_worker_is_built (void)
{
  return TRUE;
}

QlSpeechWorker *
ql_speech_worker_new (QlSpeechDone done, gpointer data)
{
  QlSpeechWorker *self = g_atomic_rc_box_new0 (QlSpeechWorker);

  self->orders = g_async_queue_new_full (order_free);
  self->context = g_main_context_ref_thread_default ();
  self->done = done;
  self->data = data;
  self->message = NO_MESSAGE;
  g_mutex_init (&self->lock);
  g_cond_init (&self->ended);
  g_thread_unref (g_thread_new ("speech", thread_cb, g_atomic_rc_box_acquire (self)));
  return self;
}

void
ql_speech_worker_say (QlSpeechWorker *self, guint text, const char *words, const char *language)
{
  Order *order = order_new (ORDER_SAY, text);

  order->words = g_strdup (words);
  order->language = g_strdup (language);
  g_atomic_int_set (&self->newest, (gint) text);
  g_async_queue_push (self->orders, order);
}

void
ql_speech_worker_stop (QlSpeechWorker *self)
{
  g_atomic_int_set (&self->newest, 0);
  g_async_queue_push (self->orders, order_new (ORDER_STOP, 0));
}

void
ql_speech_worker_free (QlSpeechWorker *self)
{
  gint64 deadline = g_get_monotonic_time () + FREE_WAIT_US;

  self->done = NULL;
  g_atomic_int_set (&self->newest, 0);
  g_async_queue_push (self->orders, order_new (ORDER_QUIT, 0));
  g_mutex_lock (&self->lock);
  while (!self->over && g_cond_wait_until (&self->ended, &self->lock, deadline))
    ;
  g_mutex_unlock (&self->lock);
  worker_unref (self);
}
