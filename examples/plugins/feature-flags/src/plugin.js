// Decides feature flags for a pod: a JSON document in a ConfigMap says which flags are on, in which namespaces, and for which share of the pods.

import { InvalidParams, InvalidValue, inputs, log, outputs, plugin } from "../sdk/podweave.js";
import { share } from "./share.js";

export const { renderer, about } = plugin(render, {
  name: "feature-flags",
  version: "0.1.0",
  summary: "Decides feature flags for a pod",
  params: {
    type: "object",
    required: ["flags"],
    additionalProperties: false,
    properties: { flags: { description: "The key of the document, ALIAS/KEY.", type: "string" } },
  },
  example: { flags: "flags/flags.json" },
});

/** @typedef {{ enabled: boolean, namespaces?: string[], percentage?: number }} Flag */

function render() {
  const { flags: source, ...others } = inputs.params();
  for (const other of Object.keys(others)) {
    throw new InvalidParams(other, "is not a known parameter; known: flags");
  }
  const [, configMap, key] = /^([^/]+)\/(.+)$/.exec(source ?? "") ?? [];
  if (configMap === undefined || key === undefined) {
    throw new InvalidParams("flags", "must be the key of the document: ALIAS/KEY");
  }
  const decided = Object.entries(documentOf(configMap, key)).map(([name, flag]) => {
    const problem = problemOf(flag);
    if (problem !== null) {
      throw new InvalidValue(configMap, key, `${name}: ${problem}`);
    }
    return /** @type {const} */ ([name, isOn(name, flag)]);
  });
  for (const [name, on] of decided) {
    outputs.env(`FEATURE_${name.toUpperCase().replace(/[^A-Z0-9]/g, "_")}`, String(on));
  }
  outputs.file("features.json", `${JSON.stringify(Object.fromEntries(decided), null, 2)}\n`);
}

/**
 * @param {string} configMap
 * @param {string} key
 * @returns {Record<string, Flag>}
 */
function documentOf(configMap, key) {
  const text = inputs.require(configMap, key);
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message quotes the text.
    throw new InvalidValue(configMap, key, "is not a JSON document");
  }
}

/**
 * @param {Flag} flag
 * @returns {string | null}
 */
function problemOf(flag) {
  if (typeof flag?.enabled !== "boolean") {
    return "enabled must be true or false";
  }
  if (flag.namespaces !== undefined && !Array.isArray(flag.namespaces)) {
    return "namespaces must be a list";
  }
  const { percentage = 100 } = flag;
  return Number.isInteger(percentage) && percentage >= 0 && percentage <= 100 ? null : "percentage must be a whole number from 0 to 100";
}

/**
 * @param {string} name
 * @param {Flag} flag
 */
function isOn(name, { enabled, namespaces, percentage }) {
  if (!enabled || (namespaces !== undefined && !namespaces.includes(inputs.podNamespace()))) {
    return false;
  }
  if (percentage === undefined) {
    return true;
  }
  const pod = inputs.podName();
  if (pod === null) {
    log.warn(`${name} is for ${percentage} % of the pods, and this pod has no name yet: it is off`);
    return false;
  }
  return share(`${name}/${pod}`) < percentage;
}
