// Makes the requested mistake.

#include <stdlib.h>
#include <string.h>

#include "podweave.h"

static const char *const nothing = NULL;
static const char not_utf8[] = "a\xed\xa0\x80";
static const char *const args[] = {"a", NULL, "b"};

static bool is(const char *todo, const char *other) { return strcmp(todo, other) == 0; }

static void make_text(const char *todo) {
  if (is(todo, "env-of-null")) {
    podweave_env("PORT", podweave_find("settings", "absent"));
  } else if (is(todo, "env-of-bytes")) {
    podweave_env("PORT", not_utf8);
  } else if (is(todo, "name-of-null")) {
    podweave_expand_env(nothing, "8080");
  } else if (is(todo, "append-arg-of-null")) {
    podweave_append_arg(nothing);
  } else if (is(todo, "replace-args-of-null")) {
    podweave_replace_args(args, 3);
  } else if (is(todo, "file-of-null")) {
    podweave_file("f", nothing);
  } else if (is(todo, "file-bytes-of-null")) {
    podweave_file_bytes("f", NULL, 16);
  } else if (is(todo, "join-of-null")) {
    podweave_env("URL", podweave_join("http://", podweave_find("settings", "absent"), ":80", NULL));
  } else if (is(todo, "join-without-an-end")) {
    podweave_env("URL", podweave_join("http://", "host"));
  }
}

static bool make_other(const char *todo) {
  if (is(todo, "find-of-null")) {
    podweave_env("X", podweave_find("settings", nothing));
  } else if (is(todo, "label-of-null")) {
    podweave_env("X", podweave_label(nothing));
  } else if (is(todo, "param-of-null")) {
    podweave_env("X", podweave_param(nothing));
  } else if (is(todo, "port-into-nothing")) {
    podweave_port("http", NULL);
  } else if (is(todo, "log-of-null")) {
    podweave_log_info(nothing);
  } else if (is(todo, "fail-of-null")) {
    return podweave_fail(nothing);
  } else if (is(todo, "false-without-a-reason")) {
    return false;
  } else if (is(todo, "nothing")) {
    podweave_env("WORKS", podweave_join("yes, ", "\xc2\xa2", " ", "\xe2\x82\xac", " ", "\xf0\x90\x8d\x88", NULL));
  }
  return true;
}

bool podweave_render(void) {
  const char *todo = podweave_param("do");
  make_text(todo);
  return make_other(todo);
}
