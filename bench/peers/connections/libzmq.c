/* A ROUTER with many connections that say nothing, with libzmq itself. */
#include "../native/peer.h"
#include <unistd.h>

static void serve(char **args) { bind_and_answer(new_socket(ZMQ_ROUTER), args[0]); }

/* Bytes of the whole process. */
static void memory(char **args) {
  (void)args;
  long all = 0;
  long resident = 0;
  FILE *file = fopen("/proc/self/statm", "r");
  if (file == NULL || fscanf(file, "%ld %ld", &all, &resident) != 2) check(-1, "/proc/self/statm");
  fclose(file);
  answer_number((double)resident * (double)sysconf(_SC_PAGESIZE));
}

int main(void) {
  const struct command commands[] = {{"serve", serve}, {"memory", memory}, {NULL, NULL}};
  return serve_commands(commands);
}
