/* A SUB that subscribes and cancels without end, and an XPUB that hears of it, with libzmq itself. */
#include "../native/peer.h"

static void *xpub;
static void *sub;

static void bind_to(char **args) {
  xpub = new_socket(ZMQ_XPUB);
  set_int(xpub, ZMQ_XPUB_VERBOSER, 1);
  bind_and_answer(xpub, args[0]);
}

static void connect_to(char **args) {
  sub = new_socket(ZMQ_SUB);
  set_int(sub, ZMQ_SNDHWM, 0);
  check(zmq_connect(sub, args[0]), "zmq_connect");
  check(zmq_setsockopt(sub, ZMQ_SUBSCRIBE, "first", 5), "zmq_setsockopt");
  answer("null");
}

static void receive_some(long count) {
  zmq_msg_t message;
  zmq_msg_init(&message);
  for (long i = 0; i < count; i++) receive_message(xpub, &message, 0);
  zmq_msg_close(&message);
}

static void ready(char **args) {
  (void)args;
  receive_some(1);
  answer("null");
}

static void receive(char **args) {
  long count = number(args[0]);
  receive_some(1);
  double start = now();
  receive_some(count - 1);
  answer_number((double)(count - 1) / (now() - start));
}

static void send_all(char **args) {
  long count = number(args[0]);
  for (long i = 0; i < count / 2; i++) {
    char topic[32];
    size_t size = (size_t)snprintf(topic, sizeof topic, "topic-%ld", i);
    check(zmq_setsockopt(sub, ZMQ_SUBSCRIBE, topic, size), "zmq_setsockopt");
    check(zmq_setsockopt(sub, ZMQ_UNSUBSCRIBE, topic, size), "zmq_setsockopt");
  }
  answer("null");
}

int main(void) {
  const struct command commands[] = {{"bind", bind_to},    {"connect", connect_to},
                                     {"ready", ready},     {"receive", receive},
                                     {"send", send_all},   {NULL, NULL}};
  return serve_commands(commands);
}
