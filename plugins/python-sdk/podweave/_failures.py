"""Defines the failures of a render, and converts them to the contract's form."""

import traceback

from componentize_py_types import Err
from podweave._checks import check_text
from podweave._plugin import Plugin
from wit_world.exports import renderer
from wit_world.imports import log

# The directory of the plugin's own modules is the first one that componentize-py gets.
_OWN_MODULES = "/0/"


class InvalidValue(Exception):
    """A value of a ConfigMap that the plugin cannot accept. Do not repeat the value: the message reaches logs and Events."""

    def __init__(self, config_map: str, key: str, message: str) -> None:
        check_text("InvalidValue", config_map=config_map, key=key, message=message)
        super().__init__(message)
        self.config_map = config_map
        self.key = key


class InvalidParams(Exception):
    """Parameters that the plugin cannot accept; where: `env.PORT`, `files[2].path`, "" for all of them."""

    def __init__(self, path: str, message: str) -> None:
        check_text("InvalidParams", path=path, message=message)
        super().__init__(message)
        self.path = path


class Failure(Exception):
    """Any other failure that the plugin expects. Only its message is reported; any other exception is unexpected, and is reported
    with its type and the line that it came from."""


def failure_of(error: BaseException, plugin: Plugin) -> Exception:
    """Returns what the contract's `render` raises for whatever a plugin has raised. It never fails."""
    try:
        return Err(_failure_of(error, plugin))
    # Code of the plugin creates an exception's text, and can raise anything.
    except BaseException as another:
        message = f"{type(error).__name__}, whose text cannot be made: {type(another).__name__}{_place(error, plugin)}"
        return Err(renderer.Failure_Other(_encodable(message)))


def _failure_of(error: BaseException, plugin: Plugin):
    # Also check the attributes: a class of the plugin may lack them.
    match error:
        case InvalidValue(config_map=str(config_map), key=str(key)):
            return renderer.Failure_InvalidValue(renderer.InvalidValue(_encodable(config_map), _encodable(key), _encodable(str(error))))
        case InvalidParams(path=str(path)):
            return renderer.Failure_InvalidParams(renderer.InvalidParams(_encodable(path), _encodable(str(error))))
        case Failure():
            return renderer.Failure_Other(_encodable(str(error)))
    log.error(_encodable("".join(traceback.format_exception(error)).rstrip()))
    message = "".join(traceback.format_exception_only(error)).strip()
    return renderer.Failure_Other(_encodable(message + _place(error, plugin)))


def _place(error: BaseException, plugin: Plugin) -> str:
    """Returns the innermost line of the plugin's own modules, or that of the decorated function if none of its lines was involved."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if frame.filename.startswith(_OWN_MODULES)]
    file, line, name = (own[-1].filename, own[-1].lineno, own[-1].name) if own else (plugin.file, plugin.line, plugin.name)
    return f" ({file.removeprefix(_OWN_MODULES)}:{line}, in {name})"


def _encodable(text: str) -> str:
    """Returns the text with everything that is not valid Unicode, which the contract cannot carry, written as an escape."""
    return text.encode("utf-8", "backslashreplace").decode()
