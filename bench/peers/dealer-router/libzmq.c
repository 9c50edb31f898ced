/* A DEALER with many requests under way, and a ROUTER that answers, with libzmq itself. */
#include "../native/peer.h"

static void *dealer;

static void serve(char **args) {
  void *router = new_socket(ZMQ_ROUTER);
  zmq_msg_t frame;
  zmq_msg_init(&frame);
  bind_and_answer(router, args[0]);
  for (;;) {
    check(zmq_msg_recv(&frame, router, 0), "zmq_msg_recv");
    int flags = zmq_msg_more(&frame) ? ZMQ_SNDMORE : 0;
    check(zmq_msg_send(&frame, router, flags), "zmq_msg_send");
  }
}

static void connect_to(char **args) {
  dealer = new_socket(ZMQ_DEALER);
  check(zmq_connect(dealer, args[0]), "zmq_connect");
  answer("null");
}

/* Round trips per second. */
static void measure(char **args) {
  size_t size = (size_t)number(args[0]);
  long outstanding = number(args[1]);
  long count = number(args[2]);
  zmq_msg_t reply;
  zmq_msg_init(&reply);
  double start = now();
  for (long i = 0; i < outstanding && i < count; i++) send_frame(dealer, size, 0);
  for (long i = 0; i < count; i++) {
    receive_message(dealer, &reply, 0);
    if (i + outstanding < count) send_frame(dealer, size, 0);
  }
  answer_number((double)count / (now() - start));
  zmq_msg_close(&reply);
}

int main(void) {
  const struct command commands[] = {
      {"serve", serve}, {"connect", connect_to}, {"measure", measure}, {NULL, NULL}};
  return serve_commands(commands);
}
