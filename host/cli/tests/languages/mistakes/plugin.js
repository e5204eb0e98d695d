// Makes the requested mistake: each is a function on one line.

import { Failure, InvalidParams, InvalidValue, inputs, log, outputs, plugin } from "../sdk/podweave.js";

export const { renderer, about } = plugin(render, { name: "mistaken" });

function render() { return mistakes[inputs.params().do](); }

class Text extends String {}

class Implicit extends Error {}

class Explicit extends Implicit {
  constructor(port) {
    super(`${port} is bad`);
    this.port = port;
  }
}

class Unspeakable extends Failure {
  get message() { throw new Error("no"); }
}

const mistakes = {
  nothing() { outputs.env("WORKS", "yes"); },
  nothingOnTheConsole() { console.log(1n, undefined, null, Symbol("s"), "\ud800", globalThis, new Error("e"), () => 1, mistakes); outputs.env("WORKS", "yes"); },
  envOfANumber() { outputs.env("PORT", 8080); },
  envOfUndefined() { outputs.env("PORT", undefined); },
  envOfNull() { outputs.env("PORT", null); },
  envOfAnObject() { outputs.env("PORT", {}); },
  envOfAStringObject() { outputs.env("PORT", new Text("8080")); },
  envOfAPromise() { outputs.env("PORT", Promise.resolve("8080")); },
  envOfHalfACharacter() { outputs.env("PORT", "\ud800"); },
  envOfANameThatIsNull() { outputs.env(null, "8080"); },
  expandEnvOfABoolean() { outputs.expandEnv("TLS", true); },
  appendArgOfAnArray() { outputs.appendArg(["--port", "8080"]); },
  replaceArgsOfText() { outputs.replaceArgs("a b"); },
  replaceArgsOfANumber() { outputs.replaceArgs(["a", 1]); },
  replaceArgsWithAHole() { outputs.replaceArgs(["a", , "b"]); },
  replaceArgsOfNothing() { outputs.replaceArgs(); },
  fileOfBytes() { outputs.file("f", new Uint8Array(1)); },
  fileOfAPathThatIsANumber() { outputs.file(1, "x"); },
  fileBytesOfText() { outputs.fileBytes("f", "x"); },
  fileBytesOfAnArray() { outputs.fileBytes("f", [1, 2]); },
  fileModeOfText() { outputs.fileMode("f", "0755"); },
  fileModeOfABigInt() { outputs.fileMode("f", 0o755n); },
  fileModeOfAFraction() { outputs.fileMode("f", 0.5); },
  fileModeOfNoNumber() { outputs.fileMode("f", NaN); },
  fileModeOfTooMuch() { outputs.fileMode("f", 2 ** 32); },
  findOfUndefined() { inputs.find("settings"); },
  requireOfANumber() { inputs.require(1, "key"); },
  labelOfASymbol() { inputs.label(Symbol("app")); },
  portOfANumber() { inputs.port(8080); },
  logOfANumber() { log.info(1); },
  invalidValueOfANumber() { throw new InvalidValue("settings", "port", 8080); },
  invalidParamsOfNull() { throw new InvalidParams(null, "is bad"); },
  errorOfHalfACharacter() { throw new Error("\ud800"); },
  errorOfASymbol() { throw Object.assign(new Error("x"), { message: Symbol("s") }); },
  nullOfANumber() { outputs.env("NUMBER", null.number); },
  errorOfAClass() { throw new Implicit("bad"); },
  errorOfAClassWithAConstructor() { throw new Explicit("http"); },
  throwNull() { throw null; },
  throwUndefined() { throw undefined; },
  throwAnObject() { throw {}; },
  throwAnObjectWithAMessage() { throw { message: "the port is bad" }; },
  throwText() { throw "the port is bad"; },
  throwANumber() { throw 3; },
  throwASymbol() { throw Symbol("s"); },
  throwAFunction() { throw () => 1; },
  throwWithoutAPrototype() { throw Object.create(null); },
  throwWhatCannotBeShown() { throw { get message() { throw 1; }, toString() { throw 2; } }; },
  throwARevokedProxy() { const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); throw proxy; },
  throwWhatOnlyLooksLikeAnError() { throw Object.create(Error.prototype); },
  throwUnspeakable() { throw new Unspeakable(); },
  returnsAnObject() { return { PORT: "8080" }; },
  returnsText() { return "PORT=8080"; },
  returnsNull() { return null; },
  returnsAPromise() { return Promise.resolve(); },
  returnsAGenerator() { return (function* () { yield outputs.env("LATER", "yes"); })(); },
};
