//! Renders once: a fresh instance, one call, and one typed result for everything that can happen in it.

use std::sync::Arc;

use podweave_core::inputs::Inputs;
use podweave_core::limits::{Limits, Usage};
use podweave_core::outputs::Outputs;
use podweave_core::reads::Reads;
use podweave_core::text::printable;
use wasmtime::{Store, UpdateDeadline, WasmBacktrace};

use crate::bindings::ABOUT;
use crate::bindings::exports::podweave::plugin::renderer;
use crate::engine::Sandbox;
use crate::error::{Failure, RenderError, Stop, Trap};
use crate::host::State;
use crate::log::{Level, Line};
use crate::memory::Usual;
use crate::plugin::Plugin;
use crate::ticker::TICK;

/// The most bytes of a plugin's text in a failure.
const MAX_FAILURE_BYTES: usize = 8 * 1024;

/// The most bytes that `describe` may return.
const MAX_DESCRIPTION_BYTES: usize = 64 * 1024;

/// The most bytes that a guest can pass to the host in one call: the largest allowed value has 1 MiB, and a
/// list of empty texts costs the host more than it costs the guest.
const MAX_CALL_BYTES: usize = 16 * 1024 * 1024;

/// How a render ended.
#[derive(Debug)]
pub struct Outcome {
    /// What the plugin set, or why there is no result.
    pub result: Result<Outputs, RenderError>,
    /// What the plugin read until its end.
    pub reads: Reads,
    /// What the plugin logged.
    pub log: Vec<Line>,
    /// What this render and the container's earlier ones have used.
    pub usage: Usage,
    /// The memory that the instance used, in bytes.
    pub memory_bytes: usize,
}

impl Sandbox {
    /// Renders once, in a fresh instance. `before` is what the container's earlier renders have used of the
    /// limits.
    ///
    /// Must be called in a tokio runtime with time enabled.
    pub async fn render(
        &self,
        plugin: &Plugin,
        mut inputs: Inputs,
        limits: &Arc<Limits>,
        before: Usage,
    ) -> Outcome {
        let Some(memory) = &self.memory else {
            return self
                .attempt(plugin, inputs, limits, before, limits.memory_bytes)
                .await
                .0;
        };
        let mut bytes = plugin.0.usual.first().min(limits.memory_bytes);
        loop {
            // Take the memory before the slot, which others need meanwhile.
            let permit = memory.take(bytes).await;
            let (outcome, again) = self.attempt(plugin, inputs, limits, before, bytes).await;
            drop(permit);
            match again {
                Some(unread) if bytes < limits.memory_bytes => {
                    inputs = unread;
                    bytes = Usual::next(bytes).min(limits.memory_bytes);
                }
                _ => {
                    plugin.0.usual.took(outcome.memory_bytes);
                    return outcome;
                }
            }
        }
    }

    /// Renders once with so much memory; also returns the inputs if that was too little.
    async fn attempt(
        &self,
        plugin: &Plugin,
        inputs: Inputs,
        limits: &Arc<Limits>,
        before: Usage,
        memory_bytes: usize,
    ) -> (Outcome, Option<Inputs>) {
        let _slot = self.slot().await;
        let state = State::new(
            inputs,
            Arc::clone(limits),
            before,
            plugin.0.has_wasi,
            memory_bytes,
        );
        let mut store = self.store(state, limits);
        let time = store.data().time_left();
        let call = async {
            let instance = plugin.0.pre.instantiate_async(&mut store).await?;
            instance.podweave_plugin_renderer().call_render(&mut store).await
        };
        // The epoch's callback ends a running guest; this ends a guest that waits in WASI.
        let ended = tokio::time::timeout(time + 2 * TICK, call).await;
        let mut state = store.into_data();
        keep_captured(&mut state);
        let usage = state.usage();
        let memory_bytes = state.memory.used();
        let result = match ended {
            Err(_) => Err(RenderError::Time { limit: limits.time }),
            Ok(Err(error)) => Err(render_error(&error, &state)),
            Ok(Ok(Err(failure))) => Err(RenderError::Failure(failure.into())),
            Ok(Ok(Ok(()))) => Ok(std::mem::take(&mut state.outputs)),
        };
        let again = matches!(result, Err(RenderError::Memory { .. })).then(|| state.inputs.unread());
        (
            Outcome {
                result,
                reads: state.inputs.into_reads(),
                log: state.log.into_lines(),
                usage,
                memory_bytes,
            },
            again,
        )
    }

    /// Asks a plugin to describe itself; `None` if it does not export that.
    ///
    /// # Errors
    /// The plugin crashes, exceeds a limit, or calls inputs or outputs.
    pub async fn describe(
        &self,
        plugin: &Plugin,
        limits: &Arc<Limits>,
    ) -> Result<Option<String>, RenderError> {
        let interface = plugin.0.component.get_export_index(None, ABOUT);
        let Some(describe) =
            interface.and_then(|interface| plugin.0.component.get_export_index(Some(&interface), "describe"))
        else {
            return Ok(None);
        };
        let _memory = match &self.memory {
            Some(memory) => memory.take(limits.memory_bytes).await,
            None => None,
        };
        let _slot = self.slot().await;
        let mut state = State::new(
            Inputs::empty(),
            Arc::clone(limits),
            Usage::default(),
            plugin.0.has_wasi,
            limits.memory_bytes,
        );
        state.describing = true;
        let mut store = self.store(state, limits);
        let call = async {
            let instance = plugin.0.pre.instance_pre().instantiate_async(&mut store).await?;
            let describe = instance.get_typed_func::<(), (String,)>(&mut store, describe)?;
            describe.call_async(&mut store, ()).await
        };
        match tokio::time::timeout(limits.time + 2 * TICK, call).await {
            Err(_) => Err(RenderError::Time { limit: limits.time }),
            Ok(Err(error)) => Err(render_error(&error, store.data())),
            Ok(Ok((description,))) if description.len() > MAX_DESCRIPTION_BYTES => {
                Err(RenderError::Failure(Failure::Other(format!(
                    "its description has {} bytes; at most 64 KiB are allowed",
                    description.len()
                ))))
            }
            Ok(Ok((description,))) => Ok(Some(description)),
        }
    }

    fn store(&self, state: State, limits: &Limits) -> Store<State> {
        let mut store = Store::new(&self.engine, state);
        store.limiter(|state| &mut state.memory);
        store.set_hostcall_fuel(MAX_CALL_BYTES.min(limits.copied_bytes));
        store.set_epoch_deadline(1);
        store.epoch_deadline_callback(|context| {
            if context.data().time_left().is_zero() {
                Err(wasmtime::Error::new(Stop::Time))
            } else {
                Ok(UpdateDeadline::Yield(1))
            }
        });
        store
    }
}

/// Adds what a guest has written to its standard streams to the log.
fn keep_captured(state: &mut State) {
    if let Some(text) = state.wasi.as_ref().map(crate::wasi::Wasi::captured)
        && !text.trim().is_empty()
    {
        state.log.push(Level::Stderr, &text);
    }
}

fn render_error(error: &wasmtime::Error, state: &State) -> RenderError {
    let limits = &state.limits;
    match error.downcast_ref::<Stop>() {
        Some(Stop::Input(error)) => return RenderError::Input(error.clone()),
        Some(Stop::Output(error)) => return RenderError::Output(error.clone()),
        Some(Stop::Time) => return RenderError::Time { limit: limits.time },
        Some(Stop::Memory) => {
            return RenderError::Memory {
                limit: limits.memory_bytes,
            };
        }
        Some(Stop::TableElements) => return RenderError::TableElements,
        Some(Stop::Copied) => {
            return RenderError::Copied {
                limit: limits.copied_bytes,
            };
        }
        Some(stop @ Stop::Describing) => return RenderError::Failure(Failure::Other(stop.to_string())),
        None => {}
    }
    let cause = error.root_cause().to_string();
    // wasmtime does not export the type of this error.
    if cause.contains("fuel allocated for hostcalls") {
        return RenderError::Copied {
            limit: limits.copied_bytes,
        };
    }
    let reason = if let Some(trap) = error.downcast_ref::<wasmtime::Trap>() {
        let hint = if *trap == wasmtime::Trap::MemoryOutOfBounds {
            " (endless recursion in Rust or C ends like this, too)"
        } else {
            ""
        };
        format!("{}{hint}", trap.to_string().trim_start_matches("wasm trap: "))
    } else if let Some(exit) = error.downcast_ref::<wasmtime_wasi::I32Exit>() {
        format!("it exited with status {}", exit.0)
    } else if error.downcast_ref::<WasmBacktrace>().is_none() {
        return RenderError::Start {
            reason: printable(&format!("{error:#}"), 500),
        };
    } else {
        printable(&cause, 500)
    };
    RenderError::Trap(Trap {
        reason,
        said: state.log.last_words(),
        function: innermost_functions(error),
        last_reads: last_reads(state),
    })
}

fn innermost_functions(error: &wasmtime::Error) -> Option<String> {
    const SHOWN: usize = 4;
    let backtrace = error.downcast_ref::<WasmBacktrace>()?;
    let names = backtrace.frames().iter().filter_map(|frame| frame.func_name());
    let names: Vec<String> = names
        .take(SHOWN)
        .map(|name| printable(&format!("{:#}", demangled(name)), 120))
        .collect();
    (!names.is_empty()).then(|| names.join(" < "))
}

fn demangled(name: &str) -> String {
    // Rust's hash at the end of a name means nothing to the author.
    name.rsplit_once("::h")
        .filter(|(_, hash)| hash.len() == 16)
        .map_or(name, |(name, _)| name)
        .to_owned()
}

fn last_reads(state: &State) -> Vec<String> {
    const SHOWN: usize = 3;
    state.inputs.reads().latest(SHOWN)
}

impl From<renderer::Failure> for Failure {
    fn from(failure: renderer::Failure) -> Self {
        let shown = |text: String| printable(&text, MAX_FAILURE_BYTES);
        match failure {
            renderer::Failure::InvalidValue(invalid) => Self::InvalidValue {
                config_map: shown(invalid.config_map),
                key: shown(invalid.key),
                message: shown(invalid.message),
            },
            renderer::Failure::InvalidParams(invalid) => Self::InvalidParams {
                path: shown(invalid.path),
                message: shown(invalid.message),
            },
            renderer::Failure::Other(message) => Self::Other(shown(message)),
        }
    }
}
