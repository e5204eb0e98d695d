/**
 * The SDK for podweave plugins in JavaScript.
 *
 * A plugin is one function. It reads what it needs through `inputs`, sets environment variables, arguments and files through
 * `outputs`, and returns; what it throws fails the render and discards everything that it has set. There is no clock, no randomness,
 * no network and no file system: the same inputs give the same output.
 *
 * Any call can end the render: a missing key, a bad name, an exceeded limit. The render then stops at that call
 * with podweave's own message; there is nothing to catch. An argument of another type than documented here throws a TypeError.
 */

/** Reads the inputs of a render. Every read is recorded, misses included, and unread inputs cost nothing. */
export const inputs: Inputs;

/** Sets the results of a render. They take effect only after the render has returned. */
export const outputs: Outputs;

/** Writes lines for the plugin's author and the operator. `console` writes here, too: `console.log` is `log.debug`. */
export const log: Log;

/**
 * Turns a function into a plugin. The function returns nothing and is neither asynchronous nor a generator. Export the result from the plugin's main module:
 *
 *     export const { renderer, about } = plugin(render);
 */
export function plugin(render: () => void, description?: Description): { renderer: unknown; about: unknown };

/** A value of a ConfigMap that the plugin cannot accept. Do not repeat the value: the message reaches logs and Events. */
export class InvalidValue extends Error {
  constructor(configMap: string, key: string, message: string);
  readonly configMap: string;
  readonly key: string;
}

/** Parameters that the plugin cannot accept; where: `env.PORT`, `files[2].path`, "" for all of them. */
export class InvalidParams extends Error {
  constructor(path: string, message: string);
  readonly path: string;
}

/**
 * Any other failure that the plugin expects. Only its message is reported; any other error is unexpected, and is reported
 * with its type and the line that it came from.
 */
export class Failure extends Error {}

/** The plugin's description for `podweave plugin inspect`. */
export interface Description {
  name?: string;
  version?: string;
  /** Says in one line what it does. */
  summary?: string;
  /** A JSON Schema of its parameters, without references to other documents. */
  params?: object;
  /** Example parameters. */
  example?: object;
}

export interface Inputs {
  /** Returns the aliases of the bound ConfigMaps that exist, in the order of the annotation. */
  configMaps(): string[];
  /** Returns the keys of a bound ConfigMap, sorted by their bytes. */
  keys(configMap: string): string[];
  /** Returns the text of a required key; ends the render if the key is missing, or its value is not UTF-8. */
  require(configMap: string, key: string): string;
  /** Returns the text of a key, or null if the key or an optional ConfigMap does not exist. */
  find(configMap: string, key: string): string | null;
  /** Returns the bytes of a required key. */
  requireBytes(configMap: string, key: string): Uint8Array;
  /** Returns the bytes of a key, or null if the key or an optional ConfigMap does not exist. */
  findBytes(configMap: string, key: string): Uint8Array | null;
  /** Returns the parameters that the pod's owner gave this plugin; an empty object if there are none. */
  params(): any;
  /** The pod's name; null while it is not known yet. */
  podName(): string | null;
  /** The pod's UID; null while it is not known yet. */
  podUid(): string | null;
  /** The name of the node that the pod runs on; null while it is not known yet. */
  nodeName(): string | null;
  podNamespace(): string;
  /** The name of the pod's ServiceAccount; "default" if the pod names none. */
  serviceAccount(): string;
  /** The name of the container to render for. */
  containerName(): string;
  /** The container's image, as the pod's spec names it; empty if the spec names none. */
  image(): string;
  /** The value of a label of the pod. */
  label(key: string): string | null;
  /** The value of an annotation of the pod. */
  annotation(key: string): string | null;
  /** The value of a label of the node; also null if the node is not known. */
  nodeLabel(key: string): string | null;
  /** The container's `command` in the pod's spec; null if the spec has none. */
  command(): string[] | null;
  /** The container's `args` in the pod's spec; null if the spec has none. */
  args(): string[] | null;
  /** The number of the container's port with this name. */
  port(name: string): number | null;
  /** The container's request of a resource, as the API server writes the quantity: `64Mi`. */
  resourceRequest(name: string): string | null;
  /** The container's limit of a resource, as the API server writes the quantity: `64Mi`. */
  resourceLimit(name: string): string | null;
}

export interface Outputs {
  /** Sets an environment variable; setting a name twice ends the render unless the values are equal. */
  env(name: string, value: string): void;
  /**
   * Sets an environment variable whose `$(NAME)` references are completed with the container's own environment after the render:
   * a value can hold a Secret that no plugin sees.
   */
  expandEnv(name: string, value: string): void;
  /** Appends an argument to the container's arguments. */
  appendArg(arg: string): void;
  /** Replaces the container's `args`. */
  replaceArgs(args: string[]): void;
  /** Creates a file with this text; the path is relative to the directory of the rendered files. */
  file(path: string, contents: string): void;
  /** Creates a file with these bytes. */
  fileBytes(path: string, contents: Uint8Array): void;
  /** Sets the mode of a file that this render has created, at most 0o777. */
  fileMode(path: string, mode: number): void;
}

export interface Log {
  /** For the author during development. */
  debug(message: string): void;
  /** For what an operator may want to know about a successful render. */
  info(message: string): void;
  /** For what an operator should check; the render goes on. */
  warn(message: string): void;
  /** For why a render is about to fail. */
  error(message: string): void;
}
