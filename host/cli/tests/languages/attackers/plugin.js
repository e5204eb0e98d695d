// Does things that a render must not do.

import { inputs, outputs, plugin } from "../sdk/podweave.js";

export const { renderer, about } = plugin(() => (inputs.params().do === "asynchronous" ? later() : attack(inputs.params().do)));

async function later() {
  outputs.env("LATER", "yes");
}

function attack(todo) {
  switch (todo) {
    case "loop":
      for (;;);
    case "recursion":
      return outputs.env("DEPTH", String(recurse(1)));
    case "memory":
      return outputs.env("LONG", "x".repeat(1 << 27));
    case "error":
      return outputs.env("NUMBER", null.number);
    default:
      return outputs.env("WORKS", "yes");
  }
}

function recurse(depth) {
  return depth === 0 ? 0 : recurse(depth + 1) + 1;
}
