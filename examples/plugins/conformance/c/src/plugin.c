// Calls everything in the contract, and outputs the results.

#include <stdlib.h>
#include <string.h>

#include "podweave.h"

const char *const podweave_description = "{\"name\": \"conformance\", \"version\": \"0.1.0\", \"summary\": \"Calls everything in the contract\"}";

static const char *or_none(const char *value) { return value == NULL ? "(none)" : value; }

static const char *joined(podweave_list list, const char *separator) {
  const char *text = "";
  for (size_t i = 0; i < list.length; i++) {
    text = podweave_join(text, i == 0 ? "" : separator, list.items[i].text, NULL);
  }
  return list.items == NULL ? "(none)" : text;
}

static const char *hex(podweave_bytes bytes) {
  static const char digits[] = "0123456789abcdef";
  char *text = calloc(2 * bytes.length + 1, 1);
  for (size_t i = 0; i < bytes.length; i++) {
    text[2 * i] = digits[bytes.data[i] >> 4];
    text[2 * i + 1] = digits[bytes.data[i] & 15];
  }
  return bytes.data == NULL ? "(none)" : text;
}

static const char *port_or_none(const char *name) {
  uint16_t number;
  if (!podweave_port(name, &number)) {
    return "(none)";
  }
  static char text[6];
  char *end = text + sizeof text - 1;
  for (; number > 0; number /= 10) {
    *--end = (char)('0' + number % 10);
  }
  return end;
}

static void show_inputs(const char *text) {
  podweave_env("PARAM_TEXT", text);
  podweave_env("CONFIG_MAPS", joined(podweave_config_maps(), ","));
  podweave_env("KEYS", joined(podweave_keys("app"), ","));
  podweave_env("REQUIRE", podweave_require("app", "word"));
  podweave_env("FIND", or_none(podweave_find("app", "word")));
  podweave_env("FIND_ABSENT", or_none(podweave_find("app", "absent")));
  podweave_env("FIND_OPTIONAL", or_none(podweave_find("extra", "word")));
  podweave_env("REQUIRE_BYTES", hex(podweave_require_bytes("app", "blob")));
  podweave_env("FIND_BYTES", hex(podweave_find_bytes("app", "word")));
  podweave_env("FIND_BYTES_EMPTY", hex(podweave_find_bytes("app", "empty")));
  podweave_env("FIND_BYTES_ABSENT", hex(podweave_find_bytes("app", "absent")));
  podweave_env("POD_NAME", or_none(podweave_pod_name()));
  podweave_env("POD_UID", or_none(podweave_pod_uid()));
  podweave_env("NODE_NAME", or_none(podweave_node_name()));
  podweave_env("POD_NAMESPACE", podweave_pod_namespace());
  podweave_env("SERVICE_ACCOUNT", podweave_service_account());
  podweave_env("CONTAINER_NAME", podweave_container_name());
  podweave_env("IMAGE", podweave_image());
  podweave_env("LABEL", or_none(podweave_label("app")));
  podweave_env("ANNOTATION", or_none(podweave_annotation("example.org/note")));
  podweave_env("NODE_LABEL", or_none(podweave_node_label("zone")));
  podweave_env("COMMAND", joined(podweave_command(), "|"));
  podweave_env("ARGS", joined(podweave_args(), "|"));
  podweave_env("PORT", port_or_none("http"));
  podweave_env("RESOURCE_REQUEST", or_none(podweave_resource_request("cpu")));
  podweave_env("RESOURCE_LIMIT", or_none(podweave_resource_limit("memory")));
}

static void set_outputs(void) {
  podweave_bytes blob = podweave_require_bytes("app", "blob");
  podweave_env("EMPTY", "");
  podweave_expand_env("EXPANDED", "$(HOME_URL)/$$x/$(UNKNOWN)");
  podweave_append_arg("--word=ünï");
  podweave_append_arg("$(NOT_EXPANDED)");
  podweave_file("text.conf", "grüße\n");
  podweave_file_bytes("dir/blob", blob.data, blob.length);
  podweave_file_mode("dir/blob", 0640);
  podweave_log_debug("a debug line");
  podweave_log_info("an info line");
  podweave_log_warn("a warning");
  podweave_log_error("an error line");
}

static bool is(const char *text, const char *other) { return text != NULL && strcmp(text, other) == 0; }

bool podweave_render(void) {
  const char *todo = podweave_param("do");
  const char *text = podweave_param("text");
  if (is(todo, "inputs")) {
    show_inputs(text == NULL ? "" : text);
  } else if (is(todo, "outputs")) {
    set_outputs();
  } else if (is(todo, "replace-args")) {
    podweave_replace_args((const char *const[]){"--first", "$(NOT_EXPANDED)", ""}, 3);
  } else if (is(todo, "invalid-value")) {
    return podweave_invalid_value("app", "word", "is not a good word");
  } else if (is(todo, "invalid-params")) {
    return podweave_invalid_params("do[0].what", "is not a good thing to do");
  } else if (is(todo, "fail")) {
    return podweave_fail("nothing to be done: ü");
  } else if (is(todo, "require-missing")) {
    podweave_env("X", podweave_require("app", "wrod"));
  } else if (is(todo, "unbound")) {
    podweave_env("X", joined(podweave_keys("ap"), ","));
  } else if (is(todo, "bad-name")) {
    podweave_env("A=B", "x");
  } else if (is(todo, "twice")) {
    podweave_env("X", "1");
    podweave_env("X", "1");
    podweave_env("X", "2");
  } else {
    return podweave_invalid_params("do", "is not an action of this plugin");
  }
  return true;
}
