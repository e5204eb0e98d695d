"""What a render may read. Every read is recorded, misses included, and what is never read costs nothing."""

import json

from wit_world.imports import inputs as _contract
from wit_world.imports.inputs import (
    annotation,
    args,
    command,
    config_maps,
    container_name,
    find,
    find_bytes,
    image,
    keys,
    label,
    node_label,
    node_name,
    pod_name,
    pod_namespace,
    pod_uid,
    port,
    require,
    require_bytes,
    resource_limit,
    resource_request,
    service_account,
)


def params():
    """The parameters that the pod's owner gave this plugin."""
    return json.loads(_contract.params())
