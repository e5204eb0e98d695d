// Reads INI files.

#ifndef INI_H
#define INI_H

#include <stddef.h>

struct ini_setting {
  // "" before the first section.
  const char *section;
  const char *key;
  const char *value;
};

// Calls back for each setting of a text, in order. Returns the first mistake and its line number, or NULL.
const char *ini_read(const char *text, void (*set)(const struct ini_setting *, void *), void *context, size_t *line);

#endif
