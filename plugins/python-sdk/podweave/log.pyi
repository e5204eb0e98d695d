"""Writes lines for the plugin's author and the operator. They never contain a result."""

def debug(message: str) -> None:
    """For the author during development."""

def info(message: str) -> None:
    """For what an operator may want to know about a successful render."""

def warn(message: str) -> None:
    """For what an operator should check; the render goes on."""

def error(message: str) -> None:
    """For why a render is about to fail."""
