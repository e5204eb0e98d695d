// The SDK for podweave plugins in C.
//
// A plugin is one function, podweave_render. It reads what it needs, sets environment variables, arguments and files, and returns true;
// or it returns the result of podweave_fail or a similar function, which discards everything that it has set. There is no clock, no randomness, no
// network and no file system: the same inputs give the same output.
//
// Text ends with a NUL, as usual in C. What podweave returns lives until the render ends, and nothing must be freed.
//
// Any call can end the render: a missing key, a bad name, an exceeded limit. The render then stops at that call
// with podweave's own message. NULL instead of text, and text that is not UTF-8, end it, too; the message names function and argument.

#ifndef PODWEAVE_H
#define PODWEAVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// What the plugin defines

// Renders for one container. Returns true, or what one of the next three returns.
bool podweave_render(void);

// Returns the plugin's description for `podweave plugin inspect`: one JSON object with optional fields: name, version, summary,
// params (a JSON Schema without references to other documents) and example. A plugin need not define it.
extern const char *const podweave_description;

// Why a render fails

// podweave_render must return what these return: the compiler warns if it is dropped.
#define PODWEAVE_RETURNED __attribute__((warn_unused_result))

// Fails because of a value of a ConfigMap that the plugin cannot accept. Do not repeat the value: the message reaches logs and Events.
PODWEAVE_RETURNED bool podweave_invalid_value(const char *config_map, const char *key, const char *message);
// Fails because of parameters that the plugin cannot accept; where: "env.PORT", "files[2].path", "" for all of them.
PODWEAVE_RETURNED bool podweave_invalid_params(const char *path, const char *message);
// Fails for any other reason.
PODWEAVE_RETURNED bool podweave_fail(const char *message);

// What a render may read

// Texts. `items` is NULL if there is no list.
typedef struct {
  const char *text;
  size_t length;
} podweave_text;
typedef struct {
  const podweave_text *items;
  size_t length;
} podweave_list;

// Bytes. `data` is NULL if there are none.
typedef struct {
  const uint8_t *data;
  size_t length;
} podweave_bytes;

// Returns the aliases of the bound ConfigMaps that exist, in the order of the annotation.
podweave_list podweave_config_maps(void);
// Returns the keys of a bound ConfigMap, sorted by their bytes.
podweave_list podweave_keys(const char *config_map);
// Returns the text of a required key; ends the render if the key is missing, or its value is not UTF-8.
const char *podweave_require(const char *config_map, const char *key);
// Returns the text of a key, or NULL if the key or an optional ConfigMap does not exist.
const char *podweave_find(const char *config_map, const char *key);
// Returns the bytes of a required key.
podweave_bytes podweave_require_bytes(const char *config_map, const char *key);
// Returns the bytes of a key, if the key exists.
podweave_bytes podweave_find_bytes(const char *config_map, const char *key);

// Returns the parameters that the pod's owner gave this plugin, as one JSON object; "{}" if there are none.
const char *podweave_params(void);
// Returns a parameter: its text if it is text, its JSON if it is anything else, NULL if it is missing.
const char *podweave_param(const char *name);
// Returns the first parameter whose name is not one of these, the last of which is NULL; NULL if there is no such parameter.
const char *podweave_unknown_param(const char *const known[]);

// These three return NULL while the value is not known yet.
const char *podweave_pod_name(void);
const char *podweave_pod_uid(void);
const char *podweave_node_name(void);
const char *podweave_pod_namespace(void);
// The name of the pod's ServiceAccount; "default" if the pod names none.
const char *podweave_service_account(void);
// The name of the container to render for.
const char *podweave_container_name(void);
// The container's image, as the pod's spec names it; "" if the spec names none.
const char *podweave_image(void);
// The value of a label or an annotation of the pod, or NULL.
const char *podweave_label(const char *key);
const char *podweave_annotation(const char *key);
// The value of a label of the node, or NULL; also NULL if the node is not known.
const char *podweave_node_label(const char *key);
// The container's `command` and `args` in the pod's spec, if it has them.
podweave_list podweave_command(void);
podweave_list podweave_args(void);
// The number of the container's port with this name; false if there is none.
bool podweave_port(const char *name, uint16_t *number);
// The container's request and limit of a resource, as the API server writes the quantity: "64Mi"; or NULL.
const char *podweave_resource_request(const char *name);
const char *podweave_resource_limit(const char *name);

// What a render sets

// Sets an environment variable; setting a name twice ends the render unless the values are equal.
void podweave_env(const char *name, const char *value);
// Sets an environment variable whose $(NAME) references are completed with the container's own environment after the render: a value
// can hold a Secret that no plugin sees.
void podweave_expand_env(const char *name, const char *value);
// Appends an argument to the container's arguments.
void podweave_append_arg(const char *arg);
// Replaces the container's `args`.
void podweave_replace_args(const char *const args[], size_t length);
// Creates a file with this text; the path is relative to the directory of the rendered files.
void podweave_file(const char *path, const char *contents);
// Creates a file with these bytes.
void podweave_file_bytes(const char *path, const void *contents, size_t length);
// Sets the mode of a file that this render has created, at most 0777.
void podweave_file_mode(const char *path, uint32_t mode);

// Lines for the author and the operator

void podweave_log_debug(const char *message);
void podweave_log_info(const char *message);
void podweave_log_warn(const char *message);
void podweave_log_error(const char *message);

// Texts

// Joins the texts before the last, which is NULL: podweave_join(host, ":", port, NULL).
#ifndef __cplusplus
#define podweave_join(...) podweave_join_all(PODWEAVE_TEXTS(__VA_ARGS__), sizeof(PODWEAVE_TEXTS(__VA_ARGS__)) / sizeof(const char *))
#define PODWEAVE_TEXTS(...) ((const char *const[]){__VA_ARGS__})
#else
#define podweave_join(...) ([&] { const char *const texts[] = {__VA_ARGS__}; return podweave_join_all(texts, sizeof texts / sizeof *texts); }())
#endif
// Joins an array with this many elements, including the NULL.
const char *podweave_join_all(const char *const texts[], size_t length);

#ifdef __cplusplus
}
#endif
#endif
