/**
 * The SDK for podweave plugins in JavaScript.
 *
 * A plugin is one function. It reads what it needs through `inputs`, sets environment variables, arguments and files through
 * `outputs`, and returns; what it throws fails the render and discards everything that it has set. There is no clock, no randomness,
 * no network and no file system: the same inputs give the same output.
 *
 * Any call can end the render: a key that is not there, a bad name, a limit that is passed. The render then stops at that call
 * with podweave's own message; there is nothing to catch. An argument of another type than it says here throws a TypeError.
 */

/** What a render may read. Every read is recorded, misses included, and what is never read costs nothing. */
export const inputs: Inputs;

/** What a render sets. Nothing of it takes effect before the render has returned. */
export const outputs: Outputs;

/** Lines for the plugin's author and the operator. `console` writes here, too: `console.log` is `log.debug`. */
export const log: Log;

/**
 * Makes a plugin of a function, which returns nothing and is neither asynchronous nor a generator. Export what it returns from the plugin's main module:
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

/** Parameters that the plugin cannot accept; where: `env.PORT`, `files[2].path`, "" for the whole. */
export class InvalidParams extends Error {
  constructor(path: string, message: string);
  readonly path: string;
}

/**
 * Anything else that the plugin foresees. It is reported by its message alone; any other error, which nobody has foreseen, is reported
 * with its type and the line that it came from.
 */
export class Failure extends Error {}

/** What a plugin says of itself to `podweave plugin inspect`. */
export interface Description {
  name?: string;
  version?: string;
  /** What it does, in a line. */
  summary?: string;
  /** A JSON Schema of its parameters, without references to other documents. */
  params?: object;
  /** Parameters as they could be given. */
  example?: object;
}

export interface Inputs {
  /** The aliases of the bound ConfigMaps that exist, in the order of the annotation. */
  configMaps(): string[];
  /** The keys of a bound ConfigMap, sorted by their bytes. */
  keys(configMap: string): string[];
  /** The text under a key that the render cannot do without; ends the render if it is not there, or no UTF-8. */
  require(configMap: string, key: string): string;
  /** The text under a key, or null if the key or an optional ConfigMap does not exist. */
  find(configMap: string, key: string): string | null;
  /** The bytes under a key that the render cannot do without. */
  requireBytes(configMap: string, key: string): Uint8Array;
  /** The bytes under a key, or null if the key or an optional ConfigMap does not exist. */
  findBytes(configMap: string, key: string): Uint8Array | null;
  /** The parameters that the pod's owner gave this plugin; an empty object if there are none. */
  params(): any;
  /** The pod's name; null where it is not known yet. */
  podName(): string | null;
  /** The pod's UID; null where it is not known yet. */
  podUid(): string | null;
  /** The name of the node that the pod runs on; null where it is not known yet. */
  nodeName(): string | null;
  podNamespace(): string;
  /** The name of the pod's ServiceAccount; "default" if the pod names none. */
  serviceAccount(): string;
  /** The name of the container that is rendered for. */
  containerName(): string;
  /** The container's image, as the pod's spec names it; empty if the spec names none. */
  image(): string;
  /** The value of a label of the pod. */
  label(key: string): string | null;
  /** The value of an annotation of the pod. */
  annotation(key: string): string | null;
  /** The value of a label of the node; null, too, where the node is not known. */
  nodeLabel(key: string): string | null;
  /** The container's `command`, as the pod's spec has it; null if the spec has none. */
  command(): string[] | null;
  /** The container's `args`, as the pod's spec has them; null if the spec has none. */
  args(): string[] | null;
  /** The number of the container's port with this name. */
  port(name: string): number | null;
  /** What the container requests of a resource, as the API server writes the quantity: `64Mi`. */
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
  /** Adds an argument behind the container's arguments. */
  appendArg(arg: string): void;
  /** Puts these in place of the container's `args`. */
  replaceArgs(args: string[]): void;
  /** Makes a file with this text; the path is relative to the directory of the rendered files. */
  file(path: string, contents: string): void;
  /** Makes a file with these bytes. */
  fileBytes(path: string, contents: Uint8Array): void;
  /** Sets the mode of a file that this render has made, at most 0o777. */
  fileMode(path: string, mode: number): void;
}

export interface Log {
  /** For the author, while writing the plugin. */
  debug(message: string): void;
  /** What an operator may want to know of a render that went well. */
  info(message: string): void;
  /** What an operator should look at; the render goes on. */
  warn(message: string): void;
  /** Why a render is about to fail. */
  error(message: string): void;
}
