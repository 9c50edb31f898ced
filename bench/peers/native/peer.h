/*
 * What every peer in C has: the lines that the harness speaks (see ../main.js), a clock and checks.
 *
 * A peer fills a table of functions and hands it to `serve_commands`. A function answers with `answer_…` exactly once; one
 * that serves for ever answers first and then does not return.
 */
#ifndef PEER_H
#define PEER_H

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#ifdef __linux__
#include <signal.h>
#include <sys/prctl.h>
#endif
#include <zmq.h>

#define MAX_ARGS 8

struct command {
  const char *name;
  void (*run)(char **args);
};

static void *context;

static void answer(const char *json) {
  printf("ok %s\n", json);
  fflush(stdout);
}

static void answer_number(double value) {
  printf("ok %.9g\n", value);
  fflush(stdout);
}

/* Ends the process when a call of libzmq has failed. */
static void check(int result, const char *what) {
  if (result >= 0) return;
  printf("error %s: %s\n", what, zmq_strerror(zmq_errno()));
  fflush(stdout);
  exit(1);
}

static long number(const char *text) { return text == NULL ? 0 : strtol(text, NULL, 10); }

/* Seconds. */
static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static inline void set_int(void *socket, int option, int value) {
  check(zmq_setsockopt(socket, option, &value, sizeof value), "zmq_setsockopt");
}

static inline void *new_socket(int type) {
  void *socket = zmq_socket(context, type);
  check(socket == NULL ? -1 : 0, "zmq_socket");
  set_int(socket, ZMQ_LINGER, 0);
  return socket;
}

/* Binds and answers with the endpoint. */
static inline void bind_and_answer(void *socket, const char *address) {
  char endpoint[256];
  char json[300];
  size_t size = sizeof endpoint;
  check(zmq_bind(socket, address), "zmq_bind");
  check(zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, endpoint, &size), "zmq_getsockopt");
  snprintf(json, sizeof json, "\"%s\"", endpoint);
  answer(json);
}

/* A body from this size on is sent by reference. */
#define BY_REFERENCE 8192

static void keep(void *body, void *hint) {
  (void)body;
  (void)hint;
}

/*
 * Sends one frame of `size` bytes. What is measured is the way, not the making: a small body is not filled, and a large
 * one is always the same memory, by reference, as the peers in JavaScript do it. (Allocating each of them anew, as
 * libzmq's remote_thr does, costs a page fault for every 4 KiB.)
 */
static inline void send_frame(void *socket, size_t size, int flags) {
  static char *body;
  static size_t body_size;
  zmq_msg_t message;
  if (size < BY_REFERENCE) {
    check(zmq_msg_init_size(&message, size), "zmq_msg_init_size");
  } else {
    if (size > body_size) {
      body = malloc(size); /* the one before may still be on its way */
      memset(body, 'x', size);
      body_size = size;
    }
    check(zmq_msg_init_data(&message, body, size, keep, NULL), "zmq_msg_init_data");
  }
  check(zmq_msg_send(&message, socket, flags), "zmq_msg_send");
}

/* Receives one whole message and answers with the size of its first frame, or -1 for none under ZMQ_DONTWAIT. */
static inline long receive_message(void *socket, zmq_msg_t *message, int flags) {
  if (zmq_msg_recv(message, socket, flags) < 0) {
    if (zmq_errno() == EAGAIN) return -1;
    check(-1, "zmq_msg_recv");
  }
  long size = (long)zmq_msg_size(message);
  while (zmq_msg_more(message)) check(zmq_msg_recv(message, socket, 0), "zmq_msg_recv");
  return size;
}

static int serve_commands(const struct command *commands) {
  char line[1024];
#ifdef __linux__
  prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
  context = zmq_ctx_new();
  zmq_ctx_set(context, ZMQ_MAX_SOCKETS, 20000);
  answer("\"ready\"");
  while (fgets(line, sizeof line, stdin) != NULL) {
    char *args[MAX_ARGS] = {NULL};
    char *name = strtok(line, " \n");
    for (int i = 0; i < MAX_ARGS; i++) {
      args[i] = strtok(NULL, " \n");
      if (args[i] == NULL) break;
    }
    const struct command *command = commands;
    while (command->name != NULL && (name == NULL || strcmp(command->name, name) != 0)) command++;
    if (command->name == NULL) {
      printf("error there is no command %s\n", name == NULL ? "" : name);
      fflush(stdout);
    } else {
      command->run(args);
    }
  }
  return 0;
}

#endif
