#include "ini.h"

#include <stdlib.h>
#include <string.h>

static const char space[] = " \t\r";

// Copies the text between two places, without surrounding space.
static char *trimmed(const char *start, const char *end) {
  while (start < end && strchr(space, *start) != NULL) {
    start++;
  }
  while (end > start && strchr(space, end[-1]) != NULL) {
    end--;
  }
  return strndup(start, (size_t)(end - start));
}

const char *ini_read(const char *text, void (*set)(const struct ini_setting *, void *), void *context, size_t *line) {
  const char *section = "";
  for (*line = 1; *text != 0; (*line)++) {
    const char *end = text + strcspn(text, "\n");
    char *content = trimmed(text, end);
    text = *end == 0 ? end : end + 1;
    size_t length = strlen(content);
    if (length == 0 || content[0] == ';' || content[0] == '#') {
      continue;
    }
    if (content[0] == '[') {
      if (content[length - 1] != ']') {
        return "a section must end with ']'";
      }
      section = trimmed(content + 1, content + length - 1);
      continue;
    }
    char *equals = strchr(content, '=');
    if (equals == NULL) {
      return "it is not a [section], key = value or comment";
    }
    struct ini_setting setting = {section, trimmed(content, equals), trimmed(equals + 1, content + length)};
    if (setting.key[0] == 0) {
      return "the key before '=' is missing";
    }
    set(&setting, context);
  }
  return NULL;
}
