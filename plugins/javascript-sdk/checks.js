// Checks arguments before they reach the contract, which accepts only its own types: a wrong argument ends in a JavaScript error, at the
// line of the plugin that passed it. Messages never contain a value, which may be confidential.

// The largest number of the contract.
const MOST = 0xffffffff;

// Returns the functions of a part of the contract, with checked arguments. `signatures` has the checks of the arguments, in order, of each function
// that has arguments.
export function checked(part, functions, signatures) {
  const wrap = ([name, signature]) => {
    const checks = Object.entries(signature);
    const call = (...values) => {
      checks.forEach(([argument, check], index) => check(values[index], `${part}.${name}`, argument));
      return functions[name](...values);
    };
    return [name, call];
  };
  return { ...functions, ...Object.fromEntries(Object.entries(signatures).map(wrap)) };
}

export function text(value, where, name) {
  if (typeof value !== "string") {
    throw new TypeError(`${subject(where, name)} ${kind(value)}, not a string`);
  }
  if (!value.isWellFormed()) {
    throw new RangeError(`${subject(where, name)} not Unicode text: it contains half of a surrogate pair`);
  }
}

export function texts(values, where, name) {
  if (!Array.isArray(values)) {
    throw new TypeError(`${subject(where, name)} ${kind(values)}, not an array of strings`);
  }
  for (let index = 0; index < values.length; index++) {
    text(values[index], where, `${name}[${index}]`);
  }
}

export function bytes(value, where, name) {
  if (!(value instanceof Uint8Array)) {
    throw new TypeError(`${subject(where, name)} ${kind(value)}, not a Uint8Array`);
  }
}

export function number(value, where, name) {
  if (typeof value !== "number") {
    throw new TypeError(`${subject(where, name)} ${kind(value)}, not a number`);
  }
  if (!Number.isInteger(value) || value < 0 || value > MOST) {
    throw new RangeError(`${subject(where, name)} not a whole number between 0 and ${MOST}`);
  }
}

// Describes the kind of a value: `undefined`, `a number`, `an array`, `a Promise`.
export function kind(value) {
  if (value === null || value === undefined) {
    return String(value);
  }
  const name = typeof value === "object" ? kindOfObject(value) : typeof value;
  return `${/^[aeio]/i.test(name) ? "an" : "a"} ${name}`;
}

function kindOfObject(object) {
  const tag = Object.prototype.toString.call(object).slice("[object ".length, -1);
  switch (tag) {
    case "Array":
    case "Object":
      return tag.toLowerCase();
    case "Boolean":
    case "Number":
    case "String":
      return `${tag} object`;
    default:
      return tag;
  }
}

// `outputs.env: the value is`, `outputs.file: the contents are`, `outputs.replaceArgs: args[2] is`.
function subject(where, name) {
  if (name.endsWith("]")) {
    return `${where}: ${name} is`;
  }
  return `${where}: the ${name} ${name.endsWith("s") ? "are" : "is"}`;
}
