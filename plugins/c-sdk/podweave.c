// Connects the SDK's own header with the generated bindings, contract.h.

#include "podweave.h"

#include <stdlib.h>
#include <string.h>

#include "contract.h"
#include "internal.h"

// Memory. Nothing is freed: the instance ends with the render.

void *podweave_allocate(size_t size) {
  void *memory = malloc(size);
  if (memory == NULL) {
    podweave_log_error("the plugin is out of memory");
    abort();
  }
  return memory;
}

// Text.

// Joins the texts up to NULL.
static const char *joined(const char *const texts[]) {
  size_t length = 0;
  for (size_t i = 0; texts[i] != NULL; i++) {
    length += strlen(texts[i]);
  }
  char *whole = podweave_allocate(length + 1), *end = whole;
  for (size_t i = 0; texts[i] != NULL; i++) {
    size_t part = strlen(texts[i]);
    memcpy(end, texts[i], part);
    end += part;
  }
  *end = 0;
  return whole;
}

// Returns how many bytes follow this one in UTF-8; for a byte that cannot begin a character, more than possible.
static size_t following(uint8_t first) {
  if (first < 0x80) {
    return 0;
  }
  return first < 0xc2 || first > 0xf4 ? SIZE_MAX : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
}

// As in table 3-7 of the Unicode Standard: nothing overlong, no surrogates, nothing above U+10FFFF.
static bool is_utf8(const uint8_t *text, size_t length) {
  for (size_t i = 0; i < length;) {
    uint8_t first = text[i++];
    size_t more = following(first);
    if (more > length - i) {
      return false;
    }
    uint8_t least = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    uint8_t most = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    for (; more > 0; more--, i++, least = 0x80, most = 0xbf) {
      if (text[i] < least || text[i] > most) {
        return false;
      }
    }
  }
  return true;
}

// The host calls this for the memory of what it passes in. It replaces that of the bindings: it adds a byte, so that text ends with a NUL.
__attribute__((__export_name__("cabi_realloc"))) void *cabi_realloc(void *old, size_t old_size, size_t align, size_t new_size) {
  (void)align;
  uint8_t *memory = podweave_allocate(new_size + 1);
  if (old_size > 0) {
    memcpy(memory, old, old_size < new_size ? old_size : new_size);
  }
  memory[new_size] = 0;
  return memory;
}

// These replace those of the bindings, which would free memory that was never allocated.
__attribute__((__export_name__("cabi_post_podweave:plugin/about@0.1.0#describe"))) void
__wasm_export_exports_podweave_plugin_about_describe_post_return(uint8_t *result) {
  (void)result;
}
__attribute__((__export_name__("cabi_post_podweave:plugin/renderer@0.1.0#render"))) void
__wasm_export_exports_podweave_plugin_renderer_render_post_return(uint8_t *result) {
  (void)result;
}

// The bindings refer to an object with the contract's types, which `podweave plugin build` puts into the component itself.
void __component_type_object_force_link_contract(void) {}

// Arguments. Without these checks, NULL would be read as the beginning of memory, and text that is not UTF-8 would trap without a message.

_Noreturn void podweave_refuse(const char *function, const char *argument, const char *mistake) {
  const char *message = joined((const char *const[]){function, ": ", argument, mistake, NULL});
  contract_string_t logged = {(uint8_t *)message, strlen(message)};
  podweave_plugin_log_error(&logged);
  abort();
}

static contract_string_t lent(const char *function, const char *argument, const char *text) {
  if (text == NULL) {
    podweave_refuse(function, argument, " is NULL");
  }
  size_t length = strlen(text);
  if (!is_utf8((const uint8_t *)text, length)) {
    podweave_refuse(function, argument, " is not UTF-8");
  }
  return (contract_string_t){(uint8_t *)text, length};
}

#define LENT(argument) lent(__func__, #argument, argument)

static void check_not_null(const char *function, const char *argument, const void *pointer) {
  if (pointer == NULL) {
    podweave_refuse(function, argument, " is NULL");
  }
}

static const char *text_of(contract_string_t string) { return (const char *)string.ptr; }

_Static_assert(sizeof(podweave_text) == sizeof(contract_string_t), "a list is handed on as it is");
static podweave_list list_of(contract_list_string_t list) { return (podweave_list){(const podweave_text *)list.ptr, list.len}; }

// The functions that the contract calls.

__attribute__((weak)) const char *const podweave_description = "{}";

static const char no_reason[] = "podweave_render returned false without a reason: return what podweave_fail and its like return";
static exports_podweave_plugin_renderer_failure_t failure = {EXPORTS_PODWEAVE_PLUGIN_RENDERER_FAILURE_OTHER,
                                                            {.other = {(uint8_t *)no_reason, sizeof no_reason - 1}}};

bool exports_podweave_plugin_renderer_render(exports_podweave_plugin_renderer_failure_t *result) {
  if (podweave_render()) {
    return true;
  }
  *result = failure;
  return false;
}

void exports_podweave_plugin_about_describe(contract_string_t *result) { *result = LENT(podweave_description); }

bool podweave_invalid_value(const char *config_map, const char *key, const char *message) {
  failure.tag = EXPORTS_PODWEAVE_PLUGIN_RENDERER_FAILURE_INVALID_VALUE;
  failure.val.invalid_value = (exports_podweave_plugin_renderer_invalid_value_t){LENT(config_map), LENT(key), LENT(message)};
  return false;
}

bool podweave_invalid_params(const char *path, const char *message) {
  failure.tag = EXPORTS_PODWEAVE_PLUGIN_RENDERER_FAILURE_INVALID_PARAMS;
  failure.val.invalid_params = (exports_podweave_plugin_renderer_invalid_params_t){LENT(path), LENT(message)};
  return false;
}

bool podweave_fail(const char *message) {
  failure.tag = EXPORTS_PODWEAVE_PLUGIN_RENDERER_FAILURE_OTHER;
  failure.val.other = LENT(message);
  return false;
}

// Inputs.

podweave_list podweave_config_maps(void) {
  contract_list_string_t list;
  podweave_plugin_inputs_config_maps(&list);
  return list_of(list);
}

podweave_list podweave_keys(const char *config_map) {
  contract_string_t alias = LENT(config_map);
  contract_list_string_t list;
  podweave_plugin_inputs_keys(&alias, &list);
  return list_of(list);
}

const char *podweave_require(const char *config_map, const char *key) {
  contract_string_t alias = LENT(config_map), name = LENT(key), value;
  podweave_plugin_inputs_require(&alias, &name, &value);
  return text_of(value);
}

const char *podweave_find(const char *config_map, const char *key) {
  contract_string_t alias = LENT(config_map), name = LENT(key), value;
  return podweave_plugin_inputs_find(&alias, &name, &value) ? text_of(value) : NULL;
}

podweave_bytes podweave_require_bytes(const char *config_map, const char *key) {
  contract_string_t alias = LENT(config_map), name = LENT(key);
  contract_list_u8_t value;
  podweave_plugin_inputs_require_bytes(&alias, &name, &value);
  return (podweave_bytes){value.ptr, value.len};
}

podweave_bytes podweave_find_bytes(const char *config_map, const char *key) {
  contract_string_t alias = LENT(config_map), name = LENT(key);
  contract_list_u8_t value;
  return podweave_plugin_inputs_find_bytes(&alias, &name, &value) ? (podweave_bytes){value.ptr, value.len} : (podweave_bytes){NULL, 0};
}

// The functions of the contract that differ only in name.
#define FACT(name)                          \
  const char *podweave_##name(void) {       \
    contract_string_t value;                \
    podweave_plugin_inputs_##name(&value);  \
    return text_of(value);                  \
  }
#define OPTIONAL_FACT(name)                                              \
  const char *podweave_##name(void) {                                    \
    contract_string_t value;                                             \
    return podweave_plugin_inputs_##name(&value) ? text_of(value) : NULL; \
  }
#define OPTIONAL_FACT_OF(name)                                                       \
  const char *podweave_##name(const char *key) {                                     \
    contract_string_t lent_key = LENT(key), value;                                   \
    return podweave_plugin_inputs_##name(&lent_key, &value) ? text_of(value) : NULL; \
  }
#define OPTIONAL_LIST(name)                                                             \
  podweave_list podweave_##name(void) {                                                 \
    contract_list_string_t list;                                                        \
    return podweave_plugin_inputs_##name(&list) ? list_of(list) : (podweave_list){NULL, 0}; \
  }

FACT(params)
FACT(pod_namespace)
FACT(service_account)
FACT(container_name)
FACT(image)
OPTIONAL_FACT(pod_name)
OPTIONAL_FACT(pod_uid)
OPTIONAL_FACT(node_name)
OPTIONAL_FACT_OF(label)
OPTIONAL_FACT_OF(annotation)
OPTIONAL_FACT_OF(node_label)
OPTIONAL_FACT_OF(resource_request)
OPTIONAL_FACT_OF(resource_limit)
OPTIONAL_LIST(command)
OPTIONAL_LIST(args)

bool podweave_port(const char *name, uint16_t *number) {
  contract_string_t port = LENT(name);
  check_not_null(__func__, "number", number);
  return podweave_plugin_inputs_port(&port, number);
}

// Outputs.

void podweave_env(const char *name, const char *value) {
  contract_string_t lent_name = LENT(name), lent_value = LENT(value);
  podweave_plugin_outputs_env(&lent_name, &lent_value);
}

void podweave_expand_env(const char *name, const char *value) {
  contract_string_t lent_name = LENT(name), lent_value = LENT(value);
  podweave_plugin_outputs_expand_env(&lent_name, &lent_value);
}

void podweave_append_arg(const char *arg) {
  contract_string_t lent_arg = LENT(arg);
  podweave_plugin_outputs_append_arg(&lent_arg);
}

void podweave_replace_args(const char *const args[], size_t length) {
  if (length > 0) {
    check_not_null(__func__, "args", args);
  }
  contract_list_string_t list = {podweave_allocate((length + 1) * sizeof(contract_string_t)), length};
  for (size_t i = 0; i < length; i++) {
    list.ptr[i] = lent(__func__, "one of the args", args[i]);
  }
  podweave_plugin_outputs_replace_args(&list);
}

void podweave_file(const char *path, const char *contents) {
  contract_string_t lent_path = LENT(path), lent_contents = LENT(contents);
  podweave_plugin_outputs_file(&lent_path, &lent_contents);
}

void podweave_file_bytes(const char *path, const void *contents, size_t length) {
  contract_string_t lent_path = LENT(path);
  if (length > 0) {
    check_not_null(__func__, "contents", contents);
  }
  contract_list_u8_t lent_contents = {(uint8_t *)contents, length};
  podweave_plugin_outputs_file_bytes(&lent_path, &lent_contents);
}

void podweave_file_mode(const char *path, uint32_t mode) {
  contract_string_t lent_path = LENT(path);
  podweave_plugin_outputs_file_mode(&lent_path, mode);
}

// The log.

#define LOG(level)                                     \
  void podweave_log_##level(const char *message) {     \
    contract_string_t lent_message = LENT(message);    \
    podweave_plugin_log_##level(&lent_message);        \
  }

LOG(debug)
LOG(info)
LOG(warn)
LOG(error)

// Texts.

const char *podweave_join_all(const char *const texts[], size_t length) {
  if (texts[length - 1] != NULL) {
    podweave_refuse("podweave_join", "the last text", " is not NULL");
  }
  for (size_t i = 0; i < length - 1; i++) {
    if (texts[i] == NULL) {
      podweave_refuse("podweave_join", "a text before the last", " is NULL");
    }
  }
  return joined(texts);
}
