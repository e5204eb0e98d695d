"""Writes lines for the plugin's author and the operator. They never contain a result."""

from podweave._checks import check_text
from wit_world.imports import log as _contract


def debug(message):
    check_text("log.debug", message=message)
    _contract.debug(message)


def info(message):
    check_text("log.info", message=message)
    _contract.info(message)


def warn(message):
    check_text("log.warn", message=message)
    _contract.warn(message)


def error(message):
    check_text("log.error", message=message)
    _contract.error(message)
