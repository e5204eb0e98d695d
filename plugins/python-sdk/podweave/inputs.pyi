"""Reads the inputs of a render. Every read is recorded, misses included, and unread inputs cost nothing."""

from typing import Any

def config_maps() -> list[str]:
    """Returns the aliases of the bound ConfigMaps that exist, in the order of the annotation."""

def keys(config_map: str) -> list[str]:
    """Returns the keys of a bound ConfigMap, sorted by their bytes."""

def require(config_map: str, key: str) -> str:
    """Returns the text of a required key; ends the render if the key is missing, or its value is not UTF-8."""

def find(config_map: str, key: str) -> str | None:
    """Returns the text of a key, or None if the key or an optional ConfigMap does not exist."""

def require_bytes(config_map: str, key: str) -> bytes:
    """Returns the bytes of a required key."""

def find_bytes(config_map: str, key: str) -> bytes | None:
    """Returns the bytes of a key, or None if the key or an optional ConfigMap does not exist."""

def params() -> dict[str, Any]:
    """Returns the parameters that the pod's owner gave this plugin; empty if there are none."""

def pod_name() -> str | None:
    """The pod's name; None while it is not known yet."""

def pod_uid() -> str | None:
    """The pod's UID; None while it is not known yet."""

def node_name() -> str | None:
    """The name of the node that the pod runs on; None while it is not known yet."""

def pod_namespace() -> str: ...
def service_account() -> str:
    """The name of the pod's ServiceAccount; "default" if the pod names none."""

def container_name() -> str:
    """The name of the container to render for."""

def image() -> str:
    """The container's image, as the pod's spec names it; empty if the spec names none."""

def label(key: str) -> str | None:
    """The value of a label of the pod."""

def annotation(key: str) -> str | None:
    """The value of an annotation of the pod."""

def node_label(key: str) -> str | None:
    """The value of a label of the node; also None if the node is not known."""

def command() -> list[str] | None:
    """The container's `command` in the pod's spec; None if the spec has none."""

def args() -> list[str] | None:
    """The container's `args` in the pod's spec; None if the spec has none."""

def port(name: str) -> int | None:
    """The number of the container's port with this name."""

def resource_request(name: str) -> str | None:
    """The container's request of a resource, as the API server writes the quantity: `64Mi`."""

def resource_limit(name: str) -> str | None:
    """The container's limit of a resource, as the API server writes the quantity: `64Mi`."""
