/* PUB to many SUB with libzmq itself; see zmq.js. */
#include "../native/peer.h"

#define MESSAGES 1000
#define TOPIC_SIZE 12

static void *pub;
static void **subs;
static zmq_pollitem_t *items;
static int sub_count;
static long expected_size;
static long expected_total;

static void bind_to(char **args) {
  pub = new_socket(ZMQ_PUB);
  set_int(pub, ZMQ_SNDHWM, 0);
  bind_and_answer(pub, args[0]);
}

static void write_topic(char *target, long topic) {
  char text[32];
  snprintf(text, sizeof text, "topic-%06ld", topic);
  memcpy(target, text, TOPIC_SIZE);
}

static void connect_to(char **args) {
  long topics = number(args[2]);
  sub_count = (int)number(args[1]);
  subs = malloc((size_t)sub_count * sizeof *subs);
  items = calloc((size_t)sub_count, sizeof *items);
  for (int i = 0; i < sub_count; i++) {
    char topic[TOPIC_SIZE];
    subs[i] = new_socket(ZMQ_SUB);
    set_int(subs[i], ZMQ_RCVHWM, 0);
    set_int(subs[i], ZMQ_SNDHWM, 0);
    items[i].socket = subs[i];
    items[i].events = ZMQ_POLLIN;
    check(zmq_connect(subs[i], args[0]), "zmq_connect");
    for (long t = 0; t < topics; t++) {
      write_topic(topic, t);
      check(zmq_setsockopt(subs[i], ZMQ_SUBSCRIBE, topic, TOPIC_SIZE), "zmq_setsockopt");
    }
  }
  answer("null");
}

static void ready(char **args) {
  (void)args;
  zmq_msg_t message;
  zmq_msg_init(&message);
  for (int i = 0; i < sub_count; i++) receive_message(subs[i], &message, 0);
  zmq_msg_close(&message);
  answer("null");
}

static void probe(char **args) {
  char topic[TOPIC_SIZE];
  write_topic(topic, number(args[0]) - 1);
  check(zmq_send(pub, topic, TOPIC_SIZE, 0), "zmq_send");
  answer("null");
}

static void expect(char **args) {
  expected_size = number(args[0]);
  expected_total = number(args[1]);
  answer("null");
}

/* Messages per second that come to all subscribers together. */
static void receive(char **args) {
  (void)args;
  long size = expected_size;
  long total = expected_total;
  long left = total;
  double start = 0;
  zmq_msg_t message;
  zmq_msg_init(&message);
  while (left > 0) {
    if (sub_count > 1) check(zmq_poll(items, sub_count, -1), "zmq_poll");
    for (int i = 0; i < sub_count && left > 0; i++) {
      if (sub_count > 1 && (items[i].revents & ZMQ_POLLIN) == 0) continue;
      int flags = sub_count > 1 ? ZMQ_DONTWAIT : 0;
      for (long got; left > 0 && (got = receive_message(subs[i], &message, flags)) >= 0;) {
        if (got != size) continue;
        if (start == 0) start = now();
        left--;
      }
    }
  }
  answer_number((double)(total - 1) / (now() - start));
  zmq_msg_close(&message);
}

static void send_all(char **args) {
  size_t size = (size_t)number(args[0]);
  long topics = number(args[1]);
  long count = number(args[2]);
  for (long i = 0; i < count; i++) {
    zmq_msg_t message;
    check(zmq_msg_init_size(&message, size), "zmq_msg_init_size");
    write_topic(zmq_msg_data(&message), i * 617 % MESSAGES * topics / MESSAGES);
    check(zmq_msg_send(&message, pub, 0), "zmq_msg_send");
  }
  answer("null");
}

int main(void) {
  const struct command commands[] = {{"bind", bind_to}, {"connect", connect_to}, {"ready", ready},
                                     {"probe", probe},  {"expect", expect}, {"receive", receive},    {"send", send_all},
                                     {NULL, NULL}};
  return serve_commands(commands);
}
