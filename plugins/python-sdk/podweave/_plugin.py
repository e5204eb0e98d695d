"""The decorator that makes a plugin of a function."""

from collections.abc import Callable

Render = Callable[[], None]

# What the plugin's module has registered, for `podweave_component`.
registered: list[tuple[Render, dict]] = []


def plugin(render: Render | None = None, /, **description) -> Render | Callable[[Render], Render]:
    """Makes a plugin of a function. What it says of itself to `podweave plugin inspect` can be given: `name`, `version` and
    `summary`, `params` (a JSON Schema without references to other documents, as a dict) and `example` (parameters).

        @plugin(summary="Sets the port")
        def render() -> None: ...
    """

    def register(render: Render) -> Render:
        registered.append((render, description))
        return render

    return register if render is None else register(render)
