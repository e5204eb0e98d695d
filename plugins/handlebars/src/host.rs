//! Defines what a render needs from outside: podweave in a component, anything else in a test.

/// Inputs and outputs of a render, as in the plugin contract.
///
/// A call may end the render without returning, as podweave's do.
pub trait Host {
    /// Returns the parameters as JSON.
    fn params(&self) -> String;
    /// Returns the aliases of the bound ConfigMaps that exist, in order.
    fn config_maps(&self) -> Vec<String>;
    /// Returns the keys of a bound ConfigMap.
    fn keys(&self, config_map: &str) -> Vec<String>;
    /// Returns the text of a key.
    fn find(&self, config_map: &str, key: &str) -> Option<String>;
    /// Returns the bytes of a key.
    fn find_bytes(&self, config_map: &str, key: &str) -> Option<Vec<u8>>;
    /// The pod's name.
    fn pod_name(&self) -> Option<String>;
    /// The pod's UID.
    fn pod_uid(&self) -> Option<String>;
    /// The name of the pod's node.
    fn node_name(&self) -> Option<String>;
    /// The pod's namespace.
    fn pod_namespace(&self) -> String;
    /// The name of the pod's ServiceAccount.
    fn service_account(&self) -> String;
    /// The container's name.
    fn container_name(&self) -> String;
    /// The container's image.
    fn image(&self) -> String;
    /// A label of the pod.
    fn label(&self, key: &str) -> Option<String>;
    /// An annotation of the pod.
    fn annotation(&self, key: &str) -> Option<String>;
    /// A label of the node.
    fn node_label(&self, key: &str) -> Option<String>;
    /// The container's command.
    fn command(&self) -> Option<Vec<String>>;
    /// The container's arguments.
    fn args(&self) -> Option<Vec<String>>;
    /// The number of a named port.
    fn port(&self, name: &str) -> Option<u16>;
    /// What the container requests of a resource.
    fn resource_request(&self, name: &str) -> Option<String>;
    /// The container's limit of a resource.
    fn resource_limit(&self, name: &str) -> Option<String>;

    /// Sets an environment variable.
    fn env(&self, name: &str, value: &str);
    /// Sets an environment variable whose `$(NAME)` references are completed after the render.
    fn expand_env(&self, name: &str, value: &str);
    /// Adds an argument.
    fn append_arg(&self, arg: &str);
    /// Replaces the arguments.
    fn replace_args(&self, args: &[String]);
    /// Creates a file with text.
    fn file(&self, path: &str, contents: &str);
    /// Creates a file with bytes.
    fn file_bytes(&self, path: &str, contents: &[u8]);
    /// Sets the mode of a file that was created.
    fn file_mode(&self, path: &str, mode: u32);
}
