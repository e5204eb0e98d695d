// Does things that a render must not do.

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "podweave.h"

static volatile int one = 1;
static void *volatile kept;

static int recurse(int depth) {
  volatile char frame[1024];
  frame[0] = (char)depth;
  return one == 0 ? 0 : recurse(depth + 1) + frame[0];
}

static void __attribute__((noinline)) overrun(char *buffer) {
  for (size_t i = 0; one == 1; i++) {
    buffer[i] = 'x';
  }
}

static void attack(int number) { assert(number > 0); }

static bool is(const char *text, const char *other) { return strcmp(text, other) == 0; }

bool podweave_render(void) {
  const char *todo = podweave_param("do");
  if (is(todo, "loop")) {
    while (one == 1) {
    }
  } else if (is(todo, "recursion")) {
    podweave_env("DEPTH", recurse(1) == 0 ? "0" : "1");
  } else if (is(todo, "memory")) {
    kept = malloc((size_t)one << 27);
  } else if (is(todo, "overrun")) {
    overrun(malloc(16));
  } else if (is(todo, "assert")) {
    attack(one - 1);
  } else if (is(todo, "error")) {
    return podweave_fail("a foreseen error");
  } else {
    podweave_env("WORKS", "yes");
  }
  return true;
}
