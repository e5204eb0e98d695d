"""Provides the decorator that turns a function into a plugin."""

import json
import sys
from collections.abc import Callable

from podweave._checks import kind

Render = Callable[[], None]

# Functions whose call only prepares a later run, by the flag of their code: inspect.CO_COROUTINE and similar ones.
_RUNS_LATER = {
    0x80: "asynchronous, and there is nothing to wait for: make it a function without async",
    0x200: "an asynchronous generator, and nothing iterates over it: make it a function without async and yield",
    0x20: "a generator, and nothing iterates over it: make it a function without yield",
}


class Plugin:
    """A function that was decorated with `@plugin`."""

    def __init__(self, render: Render, description: dict, file: str, line: int) -> None:
        if not callable(render):
            raise TypeError(f"plugin: what it decorates is {kind(render)}, not a function")
        flags = getattr(getattr(render, "__code__", None), "co_flags", 0)
        for flag, mistake in _RUNS_LATER.items():
            if flags & flag:
                raise TypeError(f"plugin: {_name(render)} is {mistake}")
        try:
            self.description = json.dumps(description, allow_nan=False)
        except (TypeError, ValueError, RecursionError) as error:
            raise TypeError(f"plugin: the description cannot be written as JSON: {error}") from None
        self._render = render
        self.name = _name(render)
        # Where it was decorated: for failures without a line of the plugin.
        self.file = file
        self.line = line

    def render(self) -> None:
        returned = self._render()
        if returned is None:
            return
        if type(returned).__name__ == "coroutine":
            # Without this, Python would warn later that it was never awaited.
            returned.close()
        raise TypeError(f"{self.name} returned {kind(returned)}, not None: what is returned is not used; set outputs by calls")


# The functions that the plugin's module has registered, for `podweave_component`.
registered: list[Plugin] = []


def plugin(render: Render | None = None, /, **description) -> Render | Callable[[Render], Render]:
    """Makes a plugin of a function. What it says of itself to `podweave plugin inspect` can be given: `name`, `version` and
    `summary`, `params` (a JSON Schema without references to other documents, as a dict) and `example` (parameters).

        @plugin(summary="Sets the port")
        def render() -> None: ...
    """
    caller = sys._getframe(1)
    file, line = caller.f_code.co_filename, caller.f_lineno

    def register(render: Render) -> Render:
        registered.append(Plugin(render, description, file, line))
        return render

    return register if render is None else register(render)


def _name(render: Render) -> str:
    return getattr(render, "__name__", "render")
