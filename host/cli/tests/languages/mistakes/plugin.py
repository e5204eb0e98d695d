"""Makes the requested mistake: each is the second line of a function of its name."""

import os
import sys

from podweave import Failure, InvalidParams, InvalidValue, inputs, log, outputs, plugin


@plugin(name="mistaken")
def render():
    return globals()[inputs.params()["do"]]()


def nothing():
    outputs.env("WORKS", "yes")


class Text(str):
    """Text, as an Enum of texts is."""


def nothing_with_subclasses():
    outputs.env(Text("WORKS"), Text("yes"))


def env_of_a_number():
    outputs.env("PORT", 8080)


def env_of_none():
    outputs.env("PORT", None)


def env_of_bytes():
    outputs.env("PORT", b"8080")


def env_of_a_name_that_is_none():
    outputs.env(None, "8080")


def env_of_half_a_character():
    outputs.env("PORT", "\ud800")


def env_without_a_value():
    outputs.env("PORT")


def env_with_an_unknown_argument():
    outputs.env(name="PORT", valeu="8080")


def expand_env_of_a_float():
    outputs.expand_env("PORT", 1.5)


def append_arg_of_a_list():
    outputs.append_arg(["--port", "8080"])


def replace_args_of_a_tuple():
    outputs.replace_args(("a", "b"))


def replace_args_of_text():
    outputs.replace_args("a b")


def replace_args_of_a_number():
    outputs.replace_args(["a", 1])


def file_of_bytes():
    outputs.file("f", b"x")


def file_of_a_path():
    outputs.file(os.PathLike, "x")


def file_bytes_of_text():
    outputs.file_bytes("f", "x")


def file_mode_of_text():
    outputs.file_mode("f", "0755")


def file_mode_of_a_bool():
    outputs.file_mode("f", True)


def file_mode_of_less_than_nothing():
    outputs.file_mode("f", -1)


def file_mode_of_too_much():
    outputs.file_mode("f", 1 << 32)


def find_of_none():
    inputs.find("settings", None)


def require_of_a_number():
    inputs.require(1, "key")


def keys_of_none():
    inputs.keys(None)


def label_of_a_number():
    inputs.label(1)


def port_of_a_number():
    inputs.port(8080)


def log_of_a_number():
    log.info(1)


def invalid_value_of_a_number():
    raise InvalidValue("settings", "port", 8080)


def invalid_params_of_none():
    raise InvalidParams(None, "is bad")


def exit_of_the_program():
    sys.exit(3)


def interrupt():
    raise KeyboardInterrupt


class Odd(BaseException):
    """What `except Exception` lets pass."""


def odd_exception():
    raise Odd("odd")


def exception_of_text():
    raise "text"


def exception_of_half_a_character():
    raise ValueError("\ud800")


def group_of_exceptions():
    raise ExceptionGroup("several", [ValueError("one"), TypeError("two")])


class Bare(InvalidValue):
    """Leaves out what it inherits."""

    def __init__(self):
        pass


def bare_invalid_value():
    raise Bare


class Unspeakable(Failure):
    """Cannot be made text of."""

    def __str__(self):
        raise RuntimeError


def unspeakable_failure():
    raise Unspeakable


def recursion():
    recursion()


def returns_a_map():
    return {"PORT": "8080"}


def returns_text():
    return "PORT=8080"


def returns_a_coroutine():
    return later()


async def later():
    outputs.env("LATER", "yes")


def returns_a_generator():
    return (outputs.env(name, "yes") for name in ("A", "B"))
