"""Lines for the plugin's author and the operator. They never carry a result."""

def debug(message: str) -> None:
    """For the author, while writing the plugin."""

def info(message: str) -> None:
    """What an operator may want to know of a render that went well."""

def warn(message: str) -> None:
    """What an operator should look at; the render goes on."""

def error(message: str) -> None:
    """Why a render is about to fail."""
