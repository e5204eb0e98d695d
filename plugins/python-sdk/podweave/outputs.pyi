"""Sets the results of a render. They take effect only after the render has returned."""

def env(name: str, value: str) -> None:
    """Sets an environment variable; setting a name twice ends the render unless the values are equal."""

def expand_env(name: str, value: str) -> None:
    """Sets an environment variable whose `$(NAME)` references are completed with the container's own environment after the
    render: a value can hold a Secret that no plugin sees."""

def append_arg(arg: str) -> None:
    """Appends an argument to the container's arguments."""

def replace_args(args: list[str]) -> None:
    """Replaces the container's `args`."""

def file(path: str, contents: str) -> None:
    """Creates a file with this text; the path is relative to the directory of the rendered files."""

def file_bytes(path: str, contents: bytes) -> None:
    """Creates a file with these bytes."""

def file_mode(path: str, mode: int) -> None:
    """Sets the mode of a file that this render has created, at most 0o777."""
