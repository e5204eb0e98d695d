// Calls everything in the contract, and outputs the results.

import { Failure, InvalidParams, InvalidValue, inputs, log, outputs, plugin } from "../sdk/podweave.js";

export const { renderer, about } = plugin(render, { name: "conformance", version: "0.1.0", summary: "Calls everything in the contract" });

function render() {
  const params = inputs.params();
  switch (params.do) {
    case "inputs":
      return showInputs(params.text ?? "");
    case "outputs":
      return setOutputs();
    case "replace-args":
      return outputs.replaceArgs(["--first", "$(NOT_EXPANDED)", ""]);
    case "invalid-value":
      throw new InvalidValue("app", "word", "is not a good word");
    case "invalid-params":
      throw new InvalidParams("do[0].what", "is not a good thing to do");
    case "fail":
      throw new Failure("nothing to be done: ü");
    case "require-missing":
      return outputs.env("X", inputs.require("app", "wrod"));
    case "unbound":
      return outputs.env("X", inputs.keys("ap").join(","));
    case "bad-name":
      return outputs.env("A=B", "x");
    case "twice":
      outputs.env("X", "1");
      outputs.env("X", "1");
      return outputs.env("X", "2");
    default:
      throw new InvalidParams("do", "is not an action of this plugin");
  }
}

/** @param {string} text */
function showInputs(text) {
  outputs.env("PARAM_TEXT", text);
  outputs.env("CONFIG_MAPS", inputs.configMaps().join(","));
  outputs.env("KEYS", inputs.keys("app").join(","));
  outputs.env("REQUIRE", inputs.require("app", "word"));
  outputs.env("FIND", inputs.find("app", "word") ?? "(none)");
  outputs.env("FIND_ABSENT", inputs.find("app", "absent") ?? "(none)");
  outputs.env("FIND_OPTIONAL", inputs.find("extra", "word") ?? "(none)");
  outputs.env("REQUIRE_BYTES", hex(inputs.requireBytes("app", "blob")));
  outputs.env("FIND_BYTES", hex(inputs.findBytes("app", "word")));
  outputs.env("FIND_BYTES_EMPTY", hex(inputs.findBytes("app", "empty")));
  outputs.env("FIND_BYTES_ABSENT", hex(inputs.findBytes("app", "absent")));
  outputs.env("POD_NAME", inputs.podName() ?? "(none)");
  outputs.env("POD_UID", inputs.podUid() ?? "(none)");
  outputs.env("NODE_NAME", inputs.nodeName() ?? "(none)");
  outputs.env("POD_NAMESPACE", inputs.podNamespace());
  outputs.env("SERVICE_ACCOUNT", inputs.serviceAccount());
  outputs.env("CONTAINER_NAME", inputs.containerName());
  outputs.env("IMAGE", inputs.image());
  outputs.env("LABEL", inputs.label("app") ?? "(none)");
  outputs.env("ANNOTATION", inputs.annotation("example.org/note") ?? "(none)");
  outputs.env("NODE_LABEL", inputs.nodeLabel("zone") ?? "(none)");
  outputs.env("COMMAND", inputs.command()?.join("|") ?? "(none)");
  outputs.env("ARGS", inputs.args()?.join("|") ?? "(none)");
  outputs.env("PORT", String(inputs.port("http") ?? "(none)"));
  outputs.env("RESOURCE_REQUEST", inputs.resourceRequest("cpu") ?? "(none)");
  outputs.env("RESOURCE_LIMIT", inputs.resourceLimit("memory") ?? "(none)");
}

function setOutputs() {
  const blob = inputs.requireBytes("app", "blob");
  outputs.env("EMPTY", "");
  outputs.expandEnv("EXPANDED", "$(HOME_URL)/$$x/$(UNKNOWN)");
  outputs.appendArg("--word=ünï");
  outputs.appendArg("$(NOT_EXPANDED)");
  outputs.file("text.conf", "grüße\n");
  outputs.fileBytes("dir/blob", blob);
  outputs.fileMode("dir/blob", 0o640);
  log.debug("a debug line");
  log.info("an info line");
  log.warn("a warning");
  log.error("an error line");
}

/** @param {Uint8Array | null} bytes */
function hex(bytes) {
  return bytes === null ? "(none)" : Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
