// Defines the failures of a render, and converts them to the contract's form.

import log from "podweave:plugin/log@0.1.0";
import { kind, text } from "./checks.js";

export class InvalidValue extends Error {
  name = "InvalidValue";

  constructor(configMap, key, message) {
    text(configMap, "InvalidValue", "configMap");
    text(key, "InvalidValue", "key");
    text(message, "InvalidValue", "message");
    super(message);
    this.configMap = configMap;
    this.key = key;
  }
}

export class InvalidParams extends Error {
  name = "InvalidParams";

  constructor(path, message) {
    text(path, "InvalidParams", "path");
    text(message, "InvalidParams", "message");
    super(message);
    this.path = path;
  }
}

export class Failure extends Error {
  name = "Failure";
}

// Converts whatever was thrown while `render` was called to the contract's form. It never throws.
export function failureOf(thrown, render) {
  try {
    if (thrown instanceof InvalidValue) {
      return { tag: "invalid-value", val: { configMap: shown(thrown.configMap), key: shown(thrown.key), message: shown(thrown.message) } };
    }
    if (thrown instanceof InvalidParams) {
      return { tag: "invalid-params", val: { path: shown(thrown.path), message: shown(thrown.message) } };
    }
    if (thrown instanceof Failure) {
      return { tag: "other", val: shown(thrown.message) };
    }
    return { tag: "other", val: thrown instanceof Error ? unforeseen(thrown, render) : withoutLine(thrown, render) };
  } catch {
    // Looking at the thrown value runs its own code, and that has thrown.
    return { tag: "other", val: `what was thrown cannot be shown${placeOf(thrown) ?? definition(render)}` };
  }
}

function placeOf(thrown) {
  try {
    return place(thrown, shown(thrown.stack));
  } catch {
    return undefined;
  }
}

// An unexpected error: its name, its message and its line. The stack goes to the log.
function unforeseen(error, render) {
  const [name, text] = [shown(error.name), shown(error.message)];
  const message = text === "" ? name : `${name}: ${text}`;
  const stack = shown(error.stack ?? "").trim();
  if (stack !== "") {
    log.error(`${message}\n${stack}`);
  }
  return `${message}${place(error, stack) ?? definition(render)}`;
}

// Only an Error knows where it was created. For any other value, the message names the function that did not catch it.
function withoutLine(thrown, render) {
  const reason = `${kind(thrown)} was thrown, which is not an Error and has no line: throw new Error(...)`;
  const message = typeof thrown === "object" ? thrown?.message : thrown;
  return `${typeof message === "string" ? `${shown(message)} (${reason})` : reason}${definition(render)}`;
}

// Returns the innermost place that is neither in the SDK nor in the creation of the error, from lines like "    at port (/src/plugin.js:10:31)".
function place(error, stack) {
  const classes = classesOf(error);
  for (const [, name, file, line] of stack.matchAll(/^\s*at (.*) \(\/?(.*):(\d+):\d+\)$/gm)) {
    if (!file.startsWith(SDK) && !classes.includes(name)) {
      return ` (${file}:${line}, in ${name})`;
    }
  }
  return undefined;
}

// Returns the names of an object's classes.
function classesOf(object) {
  const names = [];
  for (let kind = Object.getPrototypeOf(object); kind !== null; kind = Object.getPrototypeOf(kind)) {
    names.push(kind.constructor?.name);
  }
  return names;
}

// Returns where the function that renders begins, according to QuickJS. For a bound function, that is unknown.
function definition({ fileName, lineNumber, name }) {
  return fileName ? ` (${shown(fileName).replace(/^\//, "")}:${lineNumber}, in ${shown(name) || "<anonymous>"})` : "";
}

// The directory of this module, as it appears in stacks.
const SDK = /\(\/?(.*\/)failures\.js:/.exec(new Error().stack)[1];

// Returns text for the contract, for any value.
function shown(value) {
  return String(value).toWellFormed();
}
