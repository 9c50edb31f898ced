/* Many DEALERs that lose their ROUTER and find it again, with libzmq itself. */
#include "../native/peer.h"

static void **dealers;
static long dealer_count;

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
  dealer_count = number(args[1]);
  dealers = malloc((size_t)dealer_count * sizeof *dealers);
  for (long i = 0; i < dealer_count; i++) {
    dealers[i] = new_socket(ZMQ_DEALER);
    check(zmq_connect(dealers[i], args[0]), "zmq_connect");
  }
  answer("null");
}

static void ask(char **args) {
  (void)args;
  zmq_msg_t reply;
  zmq_msg_init(&reply);
  for (long i = 0; i < dealer_count; i++) send_frame(dealers[i], 14, 0);
  for (long i = 0; i < dealer_count; i++) receive_message(dealers[i], &reply, 0);
  zmq_msg_close(&reply);
  answer("null");
}

int main(void) {
  const struct command commands[] = {
      {"serve", serve}, {"connect", connect_to}, {"ask", ask}, {NULL, NULL}};
  return serve_commands(commands);
}
