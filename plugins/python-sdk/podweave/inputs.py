"""Reads the inputs of a render. Every read is recorded, misses included, and unread inputs cost nothing."""

import json

from podweave._checks import check_text
from wit_world.imports import inputs as _contract
from wit_world.imports.inputs import (
    args,
    command,
    config_maps,
    container_name,
    image,
    node_name,
    pod_name,
    pod_namespace,
    pod_uid,
    service_account,
)


def params():
    """Returns the parameters that the pod's owner gave this plugin."""
    return json.loads(_contract.params())


def keys(config_map):
    check_text("inputs.keys", config_map=config_map)
    return _contract.keys(config_map)


def require(config_map, key):
    check_text("inputs.require", config_map=config_map, key=key)
    return _contract.require(config_map, key)


def find(config_map, key):
    check_text("inputs.find", config_map=config_map, key=key)
    return _contract.find(config_map, key)


def require_bytes(config_map, key):
    check_text("inputs.require_bytes", config_map=config_map, key=key)
    return _contract.require_bytes(config_map, key)


def find_bytes(config_map, key):
    check_text("inputs.find_bytes", config_map=config_map, key=key)
    return _contract.find_bytes(config_map, key)


def label(key):
    check_text("inputs.label", key=key)
    return _contract.label(key)


def annotation(key):
    check_text("inputs.annotation", key=key)
    return _contract.annotation(key)


def node_label(key):
    check_text("inputs.node_label", key=key)
    return _contract.node_label(key)


def port(name):
    check_text("inputs.port", name=name)
    return _contract.port(name)


def resource_request(name):
    check_text("inputs.resource_request", name=name)
    return _contract.resource_request(name)


def resource_limit(name):
    check_text("inputs.resource_limit", name=name)
    return _contract.resource_limit(name)
