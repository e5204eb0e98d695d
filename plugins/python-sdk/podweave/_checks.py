"""Checks arguments before they reach the contract, which takes nothing but its own types: a wrong one ends in an error of Python, at the
line of the plugin that passed it."""

# The largest number of the contract.
_MOST = 0xFFFF_FFFF


def check_text(function: str, **arguments: object) -> None:
    """Raises a TypeError or a ValueError unless each of these arguments of a function is text."""
    for name, value in arguments.items():
        _check_text(function, name, value)


def check_texts(function: str, **arguments: object) -> None:
    """Raises a TypeError or a ValueError unless each of these arguments of a function is a list of texts."""
    for name, values in arguments.items():
        _check_type(function, name, values, list)
        for index, value in enumerate(values):
            _check_text(function, f"{name}[{index}]", value)


def check_bytes(function: str, **arguments: object) -> None:
    """Raises a TypeError unless each of these arguments of a function is bytes."""
    for name, value in arguments.items():
        _check_type(function, name, value, bytes)


def check_number(function: str, **arguments: object) -> None:
    """Raises a TypeError or a ValueError unless each of these arguments of a function is a number that the contract can hold."""
    for name, value in arguments.items():
        if isinstance(value, bool):
            raise TypeError(f"{function}: the {name} is a bool, not an int")
        _check_type(function, name, value, int)
        if not 0 <= value <= _MOST:
            raise ValueError(f"{function}: the {name} is not between 0 and {_MOST}")


def kind(value: object) -> str:
    """Describes the kind of a value for a message; never the value itself, which may be confidential."""
    if value is None:
        return "None"
    if isinstance(value, bytes):
        return "bytes"
    name = type(value).__name__
    return f"{'an' if name[:1].lower() in ('a', 'e', 'i', 'o', 'u') else 'a'} {name}"


def _check_text(function: str, name: str, value: object) -> None:
    _check_type(function, name, value, str)
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise ValueError(f"{function}: {_subject(name)} not Unicode text: half of a surrogate pair is at index {error.start}") from None


def _check_type(function: str, name: str, value: object, wanted: type) -> None:
    if not isinstance(value, wanted):
        raise TypeError(f"{function}: {_subject(name)} {kind(value)}, not {_WANTED[wanted]}")


_WANTED = {bytes: "bytes", int: "an int", list: "a list", str: "a str"}


def _subject(name: str) -> str:
    """`the value is`, `the contents are`, `args[2] is`."""
    if name.endswith("]"):
        return f"{name} is"
    return f"the {name} {'are' if name.endswith('s') else 'is'}"
