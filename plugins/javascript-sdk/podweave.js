// The SDK for podweave plugins in JavaScript. Its types and their documentation are in podweave.d.ts.

import contractInputs from "podweave:plugin/inputs@0.1.0";
import outputs from "podweave:plugin/outputs@0.1.0";
import log from "podweave:plugin/log@0.1.0";

export { log, outputs };

export const inputs = {
  ...contractInputs,
  params: () => JSON.parse(contractInputs.params()),
};

export class InvalidValue extends Error {
  name = "InvalidValue";

  constructor(configMap, key, message) {
    super(message);
    this.configMap = configMap;
    this.key = key;
  }
}

export class InvalidParams extends Error {
  name = "InvalidParams";

  constructor(path, message) {
    super(message);
    this.path = path;
  }
}

export class Failure extends Error {
  name = "Failure";
}

export function plugin(render, description = {}) {
  return {
    renderer: {
      render() {
        try {
          if (typeof render()?.then === "function") {
            throw new TypeError("render is asynchronous, and there is nothing to wait for: make it a function without async");
          }
        } catch (error) {
          throw failure(error);
        }
      },
    },
    about: { describe: () => JSON.stringify(description) },
  };
}

// The contract's form of what was thrown.
function failure(error) {
  if (error instanceof InvalidValue) {
    return { tag: "invalid-value", val: { configMap: error.configMap, key: error.key, message: error.message } };
  }
  if (error instanceof InvalidParams) {
    return { tag: "invalid-params", val: { path: error.path, message: error.message } };
  }
  if (error instanceof Failure) {
    return { tag: "other", val: error.message };
  }
  if (!(error instanceof Error)) {
    return { tag: "other", val: String(error) };
  }
  const stack = (error.stack ?? "").trim();
  if (stack !== "") {
    log.error(`${error.name}: ${error.message}\n${stack}`);
  }
  // The first line that has a place: "    at port (/src/plugin.js:10:31)".
  const place = /at (.*) \(\/?(.*:\d+):\d+\)/.exec(stack);
  return { tag: "other", val: `${error.name}: ${error.message}${place ? ` (${place[2]}, in ${place[1]})` : ""}` };
}

// QuickJS has no console; what authors print while they look for a mistake is seen with `podweave test --verbose`.
const printer = (level) => (...values) => level(values.map((value) => (typeof value === "string" ? value : JSON.stringify(value))).join(" "));
globalThis.console = {
  debug: printer(log.debug),
  log: printer(log.debug),
  info: printer(log.info),
  warn: printer(log.warn),
  error: printer(log.error),
};
