// Sets a variable for each setting in an INI file: [database] port = 5432 becomes DATABASE_PORT=5432.

#include <stdlib.h>
#include <string.h>

#include "ini.h"
#include "podweave.h"

const char *const podweave_description =
    "{\"name\": \"ini\", \"version\": \"0.1.0\", \"summary\": \"Sets a variable for each setting in an INI file\","
    " \"params\": {\"type\": \"object\", \"required\": [\"file\"], \"additionalProperties\": false, \"properties\": {"
    "\"file\": {\"type\": \"string\", \"description\": \"The key of the file, ALIAS/KEY.\"},"
    "\"prefix\": {\"type\": \"string\", \"description\": \"The prefix of the names of the variables.\"}}},"
    " \"example\": {\"file\": \"settings/app.ini\", \"prefix\": \"APP_\"}}";

// Makes a name of a variable: upper case, with '_' in place of other characters.
static const char *upper(const char *text) {
  char *name = strdup(text);
  for (char *c = name; *c != 0; c++) {
    if (*c >= 'a' && *c <= 'z') {
      *c = (char)(*c - 'a' + 'A');
    } else if ((*c < 'A' || *c > 'Z') && (*c < '0' || *c > '9')) {
      *c = '_';
    }
  }
  return name;
}

static void set(const struct ini_setting *setting, void *prefix) {
  const char *section = setting->section[0] == 0 ? "" : podweave_join(setting->section, "_", NULL);
  podweave_env(podweave_join((const char *)prefix, upper(podweave_join(section, setting->key, NULL)), NULL), setting->value);
}

bool podweave_render(void) {
  const char *const known[] = {"file", "prefix", NULL};
  const char *unknown = podweave_unknown_param(known);
  if (unknown != NULL) {
    return podweave_invalid_params(unknown, "is not a known parameter; known: file, prefix");
  }
  const char *file = podweave_param("file");
  const char *prefix = podweave_param("prefix");
  char *slash = file == NULL ? NULL : strchr(file, '/');
  if (slash == NULL) {
    return podweave_invalid_params("file", "must be the key of the file: ALIAS/KEY");
  }
  *slash = 0;
  const char *config_map = file, *key = slash + 1;

  size_t line;
  const char *mistake = ini_read(podweave_require(config_map, key), set, (void *)(prefix == NULL ? "" : prefix), &line);
  if (mistake == NULL) {
    return true;
  }
  char digits[sizeof "4294967295"];
  char *number = digits + sizeof digits - 1;
  *number = 0;
  do {
    *--number = (char)('0' + line % 10);
    line /= 10;
  } while (line > 0);
  return podweave_invalid_value(config_map, key, podweave_join("line ", number, ": ", mistake, NULL));
}
