/* PUSH and PULL over inproc with libzmq itself: two threads, which is what inproc is for there. */
#include "../native/peer.h"
#include <pthread.h>

static void *pull;
static void *push;
static size_t size;
static long count;

static void open_both(char **args) {
  (void)args;
  pull = new_socket(ZMQ_PULL);
  push = new_socket(ZMQ_PUSH);
  check(zmq_bind(pull, "inproc://bench"), "zmq_bind");
  check(zmq_connect(push, "inproc://bench"), "zmq_connect");
  answer("null");
}

static void *send_all(void *unused) {
  for (long i = 0; i < count; i++) send_frame(push, size, 0);
  return unused;
}

/* Messages per second. */
static void measure(char **args) {
  pthread_t sender;
  zmq_msg_t message;
  size = (size_t)number(args[0]);
  count = number(args[1]);
  zmq_msg_init(&message);
  double start = now();
  check(-pthread_create(&sender, NULL, send_all, NULL), "pthread_create");
  for (long i = 0; i < count; i++) receive_message(pull, &message, 0);
  answer_number((double)count / (now() - start));
  pthread_join(sender, NULL);
  zmq_msg_close(&message);
}

int main(void) {
  const struct command commands[] = {{"open", open_both}, {"measure", measure}, {NULL, NULL}};
  return serve_commands(commands);
}
