/* REQ/REP round trips with libzmq itself. */
#include "../native/peer.h"

static void *req;

static void serve(char **args) {
  void *rep = new_socket(ZMQ_REP);
  zmq_msg_t message;
  zmq_msg_init(&message);
  bind_and_answer(rep, args[0]);
  for (;;) {
    check(zmq_msg_recv(&message, rep, 0), "zmq_msg_recv");
    check(zmq_msg_send(&message, rep, 0), "zmq_msg_send");
  }
}

static void connect_to(char **args) {
  req = new_socket(ZMQ_REQ);
  check(zmq_connect(req, args[0]), "zmq_connect");
  answer("null");
}

/* Milliseconds of each round trip. */
static void measure(char **args) {
  size_t size = (size_t)number(args[0]);
  long count = number(args[1]);
  double *times = malloc((size_t)count * sizeof *times);
  zmq_msg_t reply;
  zmq_msg_init(&reply);
  for (long i = 0; i < count; i++) {
    double start = now();
    send_frame(req, size, 0);
    receive_message(req, &reply, 0);
    times[i] = (now() - start) * 1000;
  }
  zmq_msg_close(&reply);
  printf("ok [");
  for (long i = 0; i < count; i++) printf("%s%.6f", i == 0 ? "" : ",", times[i]);
  printf("]\n");
  fflush(stdout);
  free(times);
}

int main(void) {
  const struct command commands[] = {
      {"serve", serve}, {"connect", connect_to}, {"measure", measure}, {NULL, NULL}};
  return serve_commands(commands);
}
