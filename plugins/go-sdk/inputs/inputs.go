// Package inputs reads what a render may use. Every read is recorded, misses included, and unread inputs cost nothing.
package inputs

import (
	contract "github.com/podweave/podweave/plugins/go-sdk/internal/bindings/podweave_plugin_inputs"
	"github.com/podweave/podweave/plugins/go-sdk/internal/check"
)

// ConfigMaps returns the aliases of the bound ConfigMaps that exist, in the order of the annotation.
func ConfigMaps() []string { return contract.ConfigMaps() }

// Keys returns the keys of a bound ConfigMap, sorted by their bytes.
func Keys(configMap string) []string {
	return contract.Keys(check.Text("inputs.Keys: configMap", configMap))
}

// Require returns the text of a required key. It ends the render if the key is missing, or its value is not UTF-8.
func Require(configMap, key string) string {
	return contract.Require(check.Text("inputs.Require: configMap", configMap), check.Text("inputs.Require: key", key))
}

// Find returns the text of a key, and false if the key or an optional ConfigMap does not exist.
func Find(configMap, key string) (string, bool) {
	return contract.Find(check.Text("inputs.Find: configMap", configMap), check.Text("inputs.Find: key", key)).Get()
}

// RequireBytes returns the bytes of a required key.
func RequireBytes(configMap, key string) []byte {
	return contract.RequireBytes(check.Text("inputs.RequireBytes: configMap", configMap), check.Text("inputs.RequireBytes: key", key))
}

// FindBytes returns the bytes of a key, and false if the key or an optional ConfigMap does not exist.
func FindBytes(configMap, key string) ([]byte, bool) {
	return contract.FindBytes(check.Text("inputs.FindBytes: configMap", configMap), check.Text("inputs.FindBytes: key", key)).Get()
}

// PodName returns the pod's name, and false while it is not known yet.
func PodName() (string, bool) { return contract.PodName().Get() }

// PodUID returns the pod's UID, and false while it is not known yet.
func PodUID() (string, bool) { return contract.PodUid().Get() }

// NodeName returns the name of the node that the pod runs on, and false while it is not known yet.
func NodeName() (string, bool) { return contract.NodeName().Get() }

// PodNamespace returns the pod's namespace.
func PodNamespace() string { return contract.PodNamespace() }

// ServiceAccount returns the name of the pod's ServiceAccount; "default" if the pod names none.
func ServiceAccount() string { return contract.ServiceAccount() }

// ContainerName returns the name of the container to render for.
func ContainerName() string { return contract.ContainerName() }

// Image returns the container's image, as the pod's spec names it. Empty if the spec names none.
func Image() string { return contract.Image() }

// Label returns the value of a label of the pod.
func Label(key string) (string, bool) {
	return contract.Label(check.Text("inputs.Label: key", key)).Get()
}

// Annotation returns the value of an annotation of the pod.
func Annotation(key string) (string, bool) {
	return contract.Annotation(check.Text("inputs.Annotation: key", key)).Get()
}

// NodeLabel returns the value of a label of the node; also false if the node is not known.
func NodeLabel(key string) (string, bool) {
	return contract.NodeLabel(check.Text("inputs.NodeLabel: key", key)).Get()
}

// Command returns the container's command in the pod's spec; false if the spec has none.
func Command() ([]string, bool) { return contract.Command().Get() }

// Args returns the container's args in the pod's spec; false if the spec has none.
func Args() ([]string, bool) { return contract.Args().Get() }

// Port returns the number of the container's port with this name.
func Port(name string) (uint16, bool) {
	return contract.Port(check.Text("inputs.Port: name", name)).Get()
}

// ResourceRequest returns the container's request of a resource, as the API server writes the quantity: 64Mi.
func ResourceRequest(name string) (string, bool) {
	return contract.ResourceRequest(check.Text("inputs.ResourceRequest: name", name)).Get()
}

// ResourceLimit returns the container's limit of a resource, as the API server writes the quantity: 64Mi.
func ResourceLimit(name string) (string, bool) {
	return contract.ResourceLimit(check.Text("inputs.ResourceLimit: name", name)).Get()
}
