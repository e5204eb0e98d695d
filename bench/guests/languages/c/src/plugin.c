// A minimal plugin: each key of settings becomes a variable.

#include "podweave.h"

bool podweave_render(void) {
  static const char *const keys[] = {"K00", "K01", "K02", "K03", "K04", "K05", "K06", "K07", "K08", "K09", "K10"};
  for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
    podweave_env(keys[i], podweave_require("settings", keys[i]));
  }
  return true;
}
