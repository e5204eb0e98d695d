// Why a render fails, and the contract's form of it.

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

// The contract's form of whatever was thrown while `render` was called. It never throws itself.
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
    // What was thrown runs code of its own when it is looked at, and that has thrown.
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

// Only an Error knows where it was made. What else is thrown is told with the function that did not catch it.
function withoutLine(thrown, render) {
  const reason = `${kind(thrown)} was thrown, which is not an Error and has no line: throw new Error(...)`;
  const message = typeof thrown === "object" ? thrown?.message : thrown;
  return `${typeof message === "string" ? `${shown(message)} (${reason})` : reason}${definition(render)}`;
}

// The innermost place that is neither in the SDK nor in the making of the error, out of lines like "    at port (/src/plugin.js:10:31)".
function place(error, stack) {
  const classes = classesOf(error);
  for (const [, name, file, line] of stack.matchAll(/^\s*at (.*) \(\/?(.*):(\d+):\d+\)$/gm)) {
    if (!file.startsWith(SDK) && !classes.includes(name)) {
      return ` (${file}:${line}, in ${name})`;
    }
  }
  return undefined;
}

// The names of the classes that an object is of.
function classesOf(object) {
  const names = [];
  for (let kind = Object.getPrototypeOf(object); kind !== null; kind = Object.getPrototypeOf(kind)) {
    names.push(kind.constructor?.name);
  }
  return names;
}

// Where the function that renders begins, as QuickJS tells it. A bound function begins nowhere.
function definition({ fileName, lineNumber, name }) {
  return fileName ? ` (${shown(fileName).replace(/^\//, "")}:${lineNumber}, in ${shown(name) || "<anonymous>"})` : "";
}

// The directory of this module, as stacks have it.
const SDK = /\(\/?(.*\/)failures\.js:/.exec(new Error().stack)[1];

// Text for the contract, whatever the value is.
function shown(value) {
  return String(value).toWellFormed();
}
