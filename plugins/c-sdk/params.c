// Finds parameters by name in the JSON object from podweave. podweave has written it, so it is well-formed.

#include <stdlib.h>
#include <string.h>

#include "internal.h"
#include "podweave.h"

static const char *past_space(const char *json) { return json + strspn(json, " \t\r\n"); }

// Returns the end of the string that begins here.
static const char *past_string(const char *json) {
  for (json++; *json != '"' && *json != 0; json++) {
    if (*json == '\\' && json[1] != 0) {
      json++;
    }
  }
  return *json == 0 ? json : json + 1;
}

// Returns the end of the value that begins here.
static const char *past_value(const char *json) {
  size_t depth = 0;
  while (*json != 0) {
    if (*json == '"') {
      json = past_string(json);
    } else if (*json == '{' || *json == '[') {
      depth++;
      json++;
    } else if ((*json == '}' || *json == ']' || *json == ',') && depth == 0) {
      return json;
    } else {
      depth -= *json == '}' || *json == ']';
      json++;
    }
    if (depth == 0 && (json[-1] == '"' || json[-1] == '}' || json[-1] == ']')) {
      return json;
    }
  }
  return json;
}

static char *put_utf8(char *end, unsigned character) {
  if (character < 0x80) {
    *end++ = (char)character;
  } else if (character < 0x800) {
    *end++ = (char)(0xc0 | character >> 6);
    *end++ = (char)(0x80 | (character & 0x3f));
  } else if (character < 0x10000) {
    *end++ = (char)(0xe0 | character >> 12);
    *end++ = (char)(0x80 | (character >> 6 & 0x3f));
    *end++ = (char)(0x80 | (character & 0x3f));
  } else {
    *end++ = (char)(0xf0 | character >> 18);
    *end++ = (char)(0x80 | (character >> 12 & 0x3f));
    *end++ = (char)(0x80 | (character >> 6 & 0x3f));
    *end++ = (char)(0x80 | (character & 0x3f));
  }
  return end;
}

// Returns the number in four hexadecimal digits.
static unsigned unit(const char *json) {
  char digits[5] = {0};
  memcpy(digits, json, 4);
  return (unsigned)strtoul(digits, NULL, 16);
}

// Returns the text of the string that begins here. It is never longer than its JSON.
static char *unescaped(const char *json, const char *end) {
  static const char escapes[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
  char *text = podweave_allocate((size_t)(end - json) + 1), *out = text;
  for (json++; json < end - 1; json++) {
    if (*json != '\\') {
      *out++ = *json;
      continue;
    }
    json++;
    const char *escape = strchr(escapes, *json);
    if (escape != NULL) {
      *out++ = meanings[escape - escapes];
    } else if (end - json > 5) {
      unsigned character = unit(json + 1);
      json += 4;
      if (character >= 0xd800 && character < 0xdc00 && end - json > 7) {
        character = 0x10000 + ((character - 0xd800) << 10) + (unit(json + 3) - 0xdc00);
        json += 6;
      }
      out = put_utf8(out, character);
    }
  }
  *out = 0;
  return text;
}

static const char *copied(const char *json, const char *end) {
  while (end > json && strchr(" \t\r\n", end[-1]) != NULL) {
    end--;
  }
  size_t length = (size_t)(end - json);
  char *text = podweave_allocate(length + 1);
  text[length] = 0;
  return memcpy(text, json, length);
}

// Reads the member that begins here: its name, and where its value begins and ends. Returns false at the end of the object.
static bool member(const char **json, const char **name, const char **value, const char **end) {
  const char *start = past_space(*json);
  if (*start != '{' && *start != ',') {
    return false;
  }
  start = past_space(start + 1);
  if (*start != '"') {
    return false;
  }
  const char *past_name = past_string(start);
  *name = unescaped(start, past_name);
  *value = past_space(past_space(past_name) + 1);
  *end = past_value(*value);
  *json = *end;
  return true;
}

const char *podweave_param(const char *wanted) {
  if (wanted == NULL) {
    podweave_refuse(__func__, "name", " is NULL");
  }
  const char *json = podweave_params(), *name, *value, *end;
  while (member(&json, &name, &value, &end)) {
    if (strcmp(name, wanted) == 0) {
      return *value == '"' ? unescaped(value, end) : copied(value, end);
    }
  }
  return NULL;
}

const char *podweave_unknown_param(const char *const known[]) {
  if (known == NULL) {
    podweave_refuse(__func__, "known", " is NULL");
  }
  const char *json = podweave_params(), *name, *value, *end;
  while (member(&json, &name, &value, &end)) {
    bool is_known = false;
    for (size_t i = 0; known[i] != NULL && !is_known; i++) {
      is_known = strcmp(name, known[i]) == 0;
    }
    if (!is_known) {
      return name;
    }
  }
  return NULL;
}
