"""Calls everything in the contract, and outputs the results."""

from podweave import Failure, InvalidParams, InvalidValue, inputs, log, outputs, plugin


@plugin(name="conformance", version="0.1.0", summary="Calls everything in the contract")
def render() -> None:
    params = inputs.params()
    match params.get("do"):
        case "inputs":
            show_inputs(params.get("text", ""))
        case "outputs":
            set_outputs()
        case "replace-args":
            outputs.replace_args(["--first", "$(NOT_EXPANDED)", ""])
        case "invalid-value":
            raise InvalidValue("app", "word", "is not a good word")
        case "invalid-params":
            raise InvalidParams("do[0].what", "is not a good thing to do")
        case "fail":
            raise Failure("nothing to be done: ü")
        case "require-missing":
            outputs.env("X", inputs.require("app", "wrod"))
        case "unbound":
            outputs.env("X", ",".join(inputs.keys("ap")))
        case "bad-name":
            outputs.env("A=B", "x")
        case "twice":
            outputs.env("X", "1")
            outputs.env("X", "1")
            outputs.env("X", "2")
        case _:
            raise InvalidParams("do", "is not an action of this plugin")


def show_inputs(text: str) -> None:
    outputs.env("PARAM_TEXT", text)
    outputs.env("CONFIG_MAPS", ",".join(inputs.config_maps()))
    outputs.env("KEYS", ",".join(inputs.keys("app")))
    outputs.env("REQUIRE", inputs.require("app", "word"))
    outputs.env("FIND", or_none(inputs.find("app", "word")))
    outputs.env("FIND_ABSENT", or_none(inputs.find("app", "absent")))
    outputs.env("FIND_OPTIONAL", or_none(inputs.find("extra", "word")))
    outputs.env("REQUIRE_BYTES", inputs.require_bytes("app", "blob").hex())
    outputs.env("FIND_BYTES", hex_or_none(inputs.find_bytes("app", "word")))
    outputs.env("FIND_BYTES_EMPTY", hex_or_none(inputs.find_bytes("app", "empty")))
    outputs.env("FIND_BYTES_ABSENT", hex_or_none(inputs.find_bytes("app", "absent")))
    outputs.env("POD_NAME", or_none(inputs.pod_name()))
    outputs.env("POD_UID", or_none(inputs.pod_uid()))
    outputs.env("NODE_NAME", or_none(inputs.node_name()))
    outputs.env("POD_NAMESPACE", inputs.pod_namespace())
    outputs.env("SERVICE_ACCOUNT", inputs.service_account())
    outputs.env("CONTAINER_NAME", inputs.container_name())
    outputs.env("IMAGE", inputs.image())
    outputs.env("LABEL", or_none(inputs.label("app")))
    outputs.env("ANNOTATION", or_none(inputs.annotation("example.org/note")))
    outputs.env("NODE_LABEL", or_none(inputs.node_label("zone")))
    outputs.env("COMMAND", list_or_none(inputs.command()))
    outputs.env("ARGS", list_or_none(inputs.args()))
    outputs.env("PORT", or_none(inputs.port("http")))
    outputs.env("RESOURCE_REQUEST", or_none(inputs.resource_request("cpu")))
    outputs.env("RESOURCE_LIMIT", or_none(inputs.resource_limit("memory")))


def set_outputs() -> None:
    blob = inputs.require_bytes("app", "blob")
    outputs.env("EMPTY", "")
    outputs.expand_env("EXPANDED", "$(HOME_URL)/$$x/$(UNKNOWN)")
    outputs.append_arg("--word=ünï")
    outputs.append_arg("$(NOT_EXPANDED)")
    outputs.file("text.conf", "grüße\n")
    outputs.file_bytes("dir/blob", blob)
    outputs.file_mode("dir/blob", 0o640)
    log.debug("a debug line")
    log.info("an info line")
    log.warn("a warning")
    log.error("an error line")


def or_none(value: str | int | None) -> str:
    return "(none)" if value is None else str(value)


def list_or_none(value: list[str] | None) -> str:
    return "(none)" if value is None else "|".join(value)


def hex_or_none(value: bytes | None) -> str:
    return "(none)" if value is None else value.hex()
