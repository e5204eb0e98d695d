"""Why a render fails, and the contract's form of it."""

import traceback

from componentize_py_types import Err
from wit_world.exports import renderer
from wit_world.imports import log

# The directory of the plugin's own modules is the first that componentize-py was given.
_OWN_MODULES = "/0/"


class InvalidValue(Exception):
    """A value of a ConfigMap that the plugin cannot accept. Do not repeat the value: the message reaches logs and Events."""

    def __init__(self, config_map: str, key: str, message: str) -> None:
        super().__init__(message)
        self.config_map = config_map
        self.key = key


class InvalidParams(Exception):
    """Parameters that the plugin cannot accept; where: `env.PORT`, `files[2].path`, "" for the whole."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(message)
        self.path = path


class Failure(Exception):
    """Anything else that the plugin foresees. It is reported by its message alone; any other exception, which nobody has foreseen,
    is reported with its type and the line that it came from."""


def failure_of(error: Exception) -> Exception:
    """What the contract's `render` raises for an exception of the plugin."""
    match error:
        case InvalidValue():
            return Err(renderer.Failure_InvalidValue(renderer.InvalidValue(error.config_map, error.key, str(error))))
        case InvalidParams():
            return Err(renderer.Failure_InvalidParams(renderer.InvalidParams(error.path, str(error))))
        case Failure():
            return Err(renderer.Failure_Other(str(error)))
    log.error("".join(traceback.format_exception(error)).rstrip())
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if frame.filename.startswith(_OWN_MODULES)] or frames
    place = f" ({own[-1].filename.removeprefix(_OWN_MODULES)}:{own[-1].lineno}, in {own[-1].name})" if own else ""
    return Err(renderer.Failure_Other("".join(traceback.format_exception_only(error)).strip() + place))
