// A minimal plugin: each key of settings becomes a variable.

import { inputs, outputs, plugin } from "../sdk/podweave.js";

export const { renderer, about } = plugin(() => {
  for (const key of ["K00", "K01", "K02", "K03", "K04", "K05", "K06", "K07", "K08", "K09", "K10"]) {
    outputs.env(key, inputs.require("settings", key));
  }
});
