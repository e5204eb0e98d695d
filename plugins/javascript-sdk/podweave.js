// The SDK for podweave plugins in JavaScript. Its types and their documentation are in podweave.d.ts.

import contractInputs from "podweave:plugin/inputs@0.1.0";
import contractOutputs from "podweave:plugin/outputs@0.1.0";
import contractLog from "podweave:plugin/log@0.1.0";
import { bytes, checked, kind, number, text, texts } from "./checks.js";
import { failureOf } from "./failures.js";

export { Failure, InvalidParams, InvalidValue } from "./failures.js";

export const inputs = {
  ...checked("inputs", contractInputs, {
    keys: { configMap: text },
    require: { configMap: text, key: text },
    find: { configMap: text, key: text },
    requireBytes: { configMap: text, key: text },
    findBytes: { configMap: text, key: text },
    label: { key: text },
    annotation: { key: text },
    nodeLabel: { key: text },
    port: { name: text },
    resourceRequest: { name: text },
    resourceLimit: { name: text },
  }),
  params: () => JSON.parse(contractInputs.params()),
};

export const outputs = checked("outputs", contractOutputs, {
  env: { name: text, value: text },
  expandEnv: { name: text, value: text },
  appendArg: { arg: text },
  replaceArgs: { args: texts },
  file: { path: text, contents: text },
  fileBytes: { path: text, contents: bytes },
  fileMode: { path: text, mode: number },
});

export const log = checked("log", contractLog, {
  debug: { message: text },
  info: { message: text },
  warn: { message: text },
  error: { message: text },
});

// Functions whose call only prepares a later run.
const RUNS_LATER = {
  AsyncFunction: "asynchronous, and there is nothing to wait for: make it a function without async",
  AsyncGeneratorFunction: "an asynchronous generator, and nothing iterates over it: make it a function without async and *",
  GeneratorFunction: "a generator, and nothing iterates over it: make it a function without *",
};

export function plugin(render, description = {}) {
  if (typeof render !== "function") {
    throw new TypeError(`plugin: render is ${kind(render)}, not a function`);
  }
  const mistake = RUNS_LATER[Object.prototype.toString.call(render).slice("[object ".length, -1)];
  if (mistake !== undefined) {
    throw new TypeError(`plugin: ${render.name || "render"} is ${mistake}`);
  }
  const described = JSON.stringify(description);
  if (!described?.startsWith("{")) {
    throw new TypeError(`plugin: the description is ${kind(description)}, not an object`);
  }
  return {
    renderer: {
      render() {
        try {
          checkReturned(render(), render.name || "render");
        } catch (thrown) {
          throw failureOf(thrown, render);
        }
      },
    },
    about: { describe: () => described },
  };
}

// A render that returns something expects that the result is used.
function checkReturned(returned, name) {
  if (typeof returned?.then === "function") {
    throw new TypeError(`${name} is ${RUNS_LATER.AsyncFunction}`);
  }
  if (returned !== undefined) {
    throw new TypeError(`${name} returned ${kind(returned)}, not undefined: what is returned is not used; set outputs by calls`);
  }
}

// QuickJS has no console. `podweave test --verbose` shows what authors print while they search for a mistake. It accepts all values.
const printer = (level) => (...values) => level(values.map(printed).join(" ").toWellFormed());
globalThis.console = {
  debug: printer(contractLog.debug),
  log: printer(contractLog.debug),
  info: printer(contractLog.info),
  warn: printer(contractLog.warn),
  error: printer(contractLog.error),
};

function printed(value) {
  if (typeof value === "string") {
    return value;
  }
  try {
    return value instanceof Error ? `${value}\n${value.stack ?? ""}`.trimEnd() : (JSON.stringify(value) ?? String(value));
  } catch {
    // JSON has no BigInt, and cannot contain an object that contains itself.
    return typeof value === "object" ? kind(value) : String(value);
  }
}
