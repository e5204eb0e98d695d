// Builds DATABASE_URL from a ConfigMap and a parameter.

#include <stdlib.h>
#include <string.h>

#include "podweave.h"

const char *const podweave_description =
    "{\"name\": \"{{name}}\", \"version\": \"0.1.0\", \"summary\": \"Builds DATABASE_URL from a ConfigMap and a parameter\","
    " \"params\": {\"type\": \"object\", \"properties\": {\"database\": {\"type\": \"string\", \"description\": \"The name of the database.\"}},"
    " \"required\": [\"database\"], \"additionalProperties\": false},"
    " \"example\": {\"database\": \"shop\"}}";

static bool is_port(const char *text) {
  size_t length = strlen(text);
  return length >= 1 && length <= 5 && strspn(text, "0123456789") == length && atoi(text) >= 1 && atoi(text) <= 65535;
}

bool podweave_render(void) {
  const char *const known[] = {"database", NULL};
  const char *unknown = podweave_unknown_param(known);
  if (unknown != NULL) {
    return podweave_invalid_params(unknown, "is not a known parameter; known: database");
  }
  const char *database = podweave_param("database");
  if (database == NULL) {
    return podweave_invalid_params("database", "is missing: the name of the database");
  }
  const char *host = podweave_require("settings", "db_host");
  const char *port = podweave_find("settings", "db_port");
  if (port == NULL) {
    port = "5432";
  }
  if (!is_port(port)) {
    return podweave_invalid_value("settings", "db_port", "is not a port number; write 1 to 65535");
  }
  podweave_expand_env("DATABASE_URL", podweave_join("postgres://app:$(DB_PASSWORD)@", host, ":", port, "/", database, NULL));
  return true;
}
