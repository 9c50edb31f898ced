/* Throughput of PUSH and PULL with libzmq itself; with keys it is encrypted, by CURVE. */
#include "../native/peer.h"

static void *pull;
static void **pushes;
static long push_count;

/* 40 characters of Z85. */
static void set_key(void *socket, int option, const char *key) {
  check(zmq_setsockopt(socket, option, key, 41), "zmq_setsockopt");
}

static void bind_to(char **args) {
  pull = new_socket(ZMQ_PULL);
  if (args[1] != NULL) {
    set_int(pull, ZMQ_CURVE_SERVER, 1);
    set_key(pull, ZMQ_CURVE_SECRETKEY, args[1]);
  }
  bind_and_answer(pull, args[0]);
}

static void connect_to(char **args) {
  push_count = number(args[1]);
  pushes = malloc((size_t)push_count * sizeof *pushes);
  for (long i = 0; i < push_count; i++) {
    pushes[i] = new_socket(ZMQ_PUSH);
    if (args[2] != NULL) {
      set_key(pushes[i], ZMQ_CURVE_SERVERKEY, args[2]);
      set_key(pushes[i], ZMQ_CURVE_PUBLICKEY, args[3]);
      set_key(pushes[i], ZMQ_CURVE_SECRETKEY, args[4]);
    }
    check(zmq_connect(pushes[i], args[0]), "zmq_connect");
  }
  answer("null");
}

/* Messages per second, from the first to the last. */
static void receive(char **args) {
  long count = number(args[2]);
  zmq_msg_t message;
  zmq_msg_init(&message);
  receive_message(pull, &message, 0);
  double start = now();
  for (long i = 1; i < count; i++) receive_message(pull, &message, 0);
  answer_number((double)(count - 1) / (now() - start));
  zmq_msg_close(&message);
}

static void send_all(char **args) {
  size_t size = (size_t)number(args[0]);
  long frames = number(args[1]);
  long count = number(args[2]);
  for (long i = 0; i < count; i++) {
    void *push = pushes[i % push_count];
    for (long frame = 1; frame < frames; frame++) send_frame(push, size, ZMQ_SNDMORE);
    send_frame(push, size, 0);
  }
  answer("null");
}

int main(void) {
  const struct command commands[] = {{"bind", bind_to},
                                     {"connect", connect_to},
                                     {"receive", receive},
                                     {"send", send_all},
                                     {NULL, NULL}};
  return serve_commands(commands);
}
