//! Provides the macro that turns a function into a plugin.

use crate::bindings::exports::podweave::plugin::renderer::Failure;
use crate::{Description, Result, log};

/// Turns a function into a plugin: exports it as the contract's `render`.
///
/// ```ignore
/// podweave_plugin::plugin!(render);
/// ```
///
/// `render` is a `fn() -> Result<(), E>` whose error becomes an [`Error`](crate::Error). The plugin describes
/// itself by the name, version and description in its Cargo.toml. To describe its parameters, too, give it a
/// function that returns a [`Description`]:
///
/// ```ignore
/// fn describe() -> Description {
///     Description { params: include_str!("params.schema.json"), ..Description::default() }
/// }
///
/// podweave_plugin::plugin! { render: render, describe: describe }
/// ```
///
/// A panic is logged with its message and place before the instance traps.
#[macro_export]
macro_rules! plugin {
    ($render:path) => {
        $crate::plugin! { render: $render, describe: ::core::default::Default::default }
    };
    (render: $render:path, describe: $describe:path $(,)?) => {
        const _: () = {
            struct Plugin;

            impl $crate::__private::bindings::exports::podweave::plugin::renderer::Guest for Plugin {
                fn render() -> ::core::result::Result<
                    (),
                    $crate::__private::bindings::exports::podweave::plugin::renderer::Failure,
                > {
                    $crate::__private::render($render)
                }
            }

            impl $crate::__private::bindings::exports::podweave::plugin::about::Guest for Plugin {
                fn describe() -> ::std::string::String {
                    $crate::__private::describe(
                        $describe(),
                        $crate::Description {
                            name: ::core::env!("CARGO_PKG_NAME"),
                            version: ::core::env!("CARGO_PKG_VERSION"),
                            summary: ::core::env!("CARGO_PKG_DESCRIPTION"),
                            ..::core::default::Default::default()
                        },
                    )
                }
            }

            // A native linker does not accept the exports' names; natively a plugin is a library for its own
            // tests.
            #[cfg(target_arch = "wasm32")]
    $crate::__private::bindings::export!(Plugin with_types_in $crate::__private::bindings);
            #[cfg(not(target_arch = "wasm32"))]
            const _: fn() -> ::core::result::Result<
                (),
                $crate::__private::bindings::exports::podweave::plugin::renderer::Failure,
            > = <Plugin as $crate::__private::bindings::exports::podweave::plugin::renderer::Guest>::render;
        };
    };
}

#[doc(hidden)]
pub fn render<E: Into<crate::Error>>(render: impl FnOnce() -> Result<(), E>) -> Result<(), Failure> {
    // Without WASI there is no stderr: only this reports a panic's message.
    std::panic::set_hook(Box::new(|panic| log::error(&panic.to_string())));
    render().map_err(|error| error.into().into())
}

#[doc(hidden)]
pub fn describe(description: Description, package: Description) -> String {
    description.or(package).to_json()
}
