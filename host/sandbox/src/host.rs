//! Implements the calls of a guest: reads and writes with the pure types of `podweave_core`, and counts the
//! copied bytes. docs/decisions/006-reads-have-a-price.md says why a read costs more than its bytes.

use std::sync::Arc;
use std::time::{Duration, Instant};

use podweave_core::inputs::Inputs;
use podweave_core::limits::{Limits, Usage};
use podweave_core::outputs::Outputs;
use wasmtime_wasi::{WasiCtxView, WasiView};

use crate::bindings::podweave::plugin::{inputs, log, outputs};
use crate::error::Stop;
use crate::limiter::MemoryLimiter;
use crate::log::{Level, Log};
use crate::wasi::Wasi;

/// The state of one render.
pub struct State {
    pub inputs: Inputs,
    pub outputs: Outputs,
    pub log: Log,
    pub limits: Arc<Limits>,
    /// What earlier renders of the container have used.
    pub before: Usage,
    pub memory: MemoryLimiter,
    pub started: Instant,
    pub wasi: Option<Wasi>,
    /// Whether the plugin only describes itself.
    pub describing: bool,
    copied: usize,
    has_arguments: bool,
}

type Called<T> = wasmtime::Result<T>;

impl State {
    /// `memory_bytes` is the part of [`Limits::memory_bytes`] that the instance may take.
    pub fn new(
        inputs: Inputs,
        limits: Arc<Limits>,
        before: Usage,
        has_wasi: bool,
        memory_bytes: usize,
    ) -> Self {
        let log = Log::new(limits.log_bytes.saturating_sub(before.log_bytes));
        Self {
            has_arguments: inputs.has_arguments(),
            inputs,
            outputs: Outputs::default(),
            wasi: has_wasi.then(|| Wasi::new(log.left())),
            log,
            memory: MemoryLimiter::new(memory_bytes),
            limits,
            before,
            started: Instant::now(),
            describing: false,
            copied: 0,
        }
    }

    /// Returns the rest of the container's time; zero when it is over.
    pub fn time_left(&self) -> Duration {
        self.limits
            .time
            .saturating_sub(self.before.time)
            .saturating_sub(self.started.elapsed())
    }

    /// Returns what this render and those before it have used.
    pub fn usage(&self) -> Usage {
        Usage {
            time: self.before.time + self.started.elapsed(),
            copied_bytes: self.before.copied_bytes + self.copied,
            file_bytes: self.before.file_bytes + self.outputs.file_bytes(),
            files: self.before.files + self.outputs.rendered_files().len(),
            log_bytes: self.before.log_bytes
                + self
                    .log
                    .used(self.limits.log_bytes.saturating_sub(self.before.log_bytes)),
        }
    }

    /// Counts bytes that cross the boundary. Each call also costs a little, so that endless empty calls are
    /// counted.
    fn copy(&mut self, bytes: usize) -> Called<()> {
        const CALL_BYTES: usize = 8;
        self.copied = self.copied.saturating_add(bytes).saturating_add(CALL_BYTES);
        if self.before.copied_bytes.saturating_add(self.copied) > self.limits.copied_bytes {
            return Err(wasmtime::Error::new(Stop::Copied));
        }
        Ok(())
    }

    /// Starts a call of `inputs`.
    fn read(&mut self, bytes: usize) -> Called<&mut Inputs> {
        // The record of a read takes memory of the host, so endless misses are counted.
        const RECORD_BYTES: usize = 128;
        self.copy(bytes + RECORD_BYTES)?;
        if self.describing {
            return Err(wasmtime::Error::new(Stop::Describing));
        }
        Ok(&mut self.inputs)
    }

    /// Starts a call of `outputs`.
    fn write(&mut self, bytes: usize) -> Called<(&mut Outputs, &Limits, &Usage)> {
        self.copy(bytes)?;
        if self.describing {
            return Err(wasmtime::Error::new(Stop::Describing));
        }
        Ok((&mut self.outputs, &self.limits, &self.before))
    }

    fn give(&mut self, text: String) -> Called<String> {
        self.copy(text.len())?;
        Ok(text)
    }

    fn give_option(&mut self, text: Option<String>) -> Called<Option<String>> {
        self.copy(text.as_ref().map_or(0, String::len))?;
        Ok(text)
    }

    fn give_list(&mut self, list: Vec<String>) -> Called<Vec<String>> {
        self.copy(bytes_of(&list))?;
        Ok(list)
    }

    fn log(&mut self, level: Level, message: &str) -> Called<()> {
        self.copy(message.len())?;
        self.log.push(level, message);
        Ok(())
    }
}

/// A list costs its texts and the overhead of each.
fn bytes_of(list: &[String]) -> usize {
    list.iter().map(|text| text.len() + size_of::<String>()).sum()
}

fn input<T>(result: Result<T, podweave_core::inputs::InputError>) -> Called<T> {
    result.map_err(|error| wasmtime::Error::new(Stop::Input(error)))
}

fn output<T>(result: Result<T, podweave_core::outputs::OutputError>) -> Called<T> {
    result.map_err(|error| wasmtime::Error::new(Stop::Output(error)))
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        // Only plugins that import WASI are linked with it, and only their states have one.
        let wasi = self.wasi.get_or_insert_with(|| Wasi::new(0));
        WasiCtxView {
            ctx: &mut wasi.context,
            table: &mut wasi.table,
        }
    }
}

impl inputs::Host for State {
    fn config_maps(&mut self) -> Called<Vec<String>> {
        let list = self.read(0)?.config_maps();
        self.give_list(list)
    }

    fn keys(&mut self, config_map: String) -> Called<Vec<String>> {
        let list = input(self.read(config_map.len())?.keys(&config_map))?;
        self.give_list(list)
    }

    fn require(&mut self, config_map: String, key: String) -> Called<String> {
        let text = input(
            self.read(config_map.len() + key.len())?
                .require_text(&config_map, &key),
        )?
        .to_owned();
        self.give(text)
    }

    fn find(&mut self, config_map: String, key: String) -> Called<Option<String>> {
        let text = input(
            self.read(config_map.len() + key.len())?
                .find_text(&config_map, &key),
        )?
        .map(str::to_owned);
        self.give_option(text)
    }

    fn require_bytes(&mut self, config_map: String, key: String) -> Called<Vec<u8>> {
        let bytes = input(
            self.read(config_map.len() + key.len())?
                .require(&config_map, &key),
        )?
        .as_bytes()
        .to_vec();
        self.copy(bytes.len())?;
        Ok(bytes)
    }

    fn find_bytes(&mut self, config_map: String, key: String) -> Called<Option<Vec<u8>>> {
        let bytes = input(self.read(config_map.len() + key.len())?.find(&config_map, &key))?
            .map(|value| value.as_bytes().to_vec());
        self.copy(bytes.as_ref().map_or(0, Vec::len))?;
        Ok(bytes)
    }

    fn params(&mut self) -> Called<String> {
        let params = self.read(0)?.params().to_string();
        self.give(params)
    }

    fn pod_name(&mut self) -> Called<Option<String>> {
        let name = self.read(0)?.pod_name();
        self.give_option(name)
    }

    fn pod_uid(&mut self) -> Called<Option<String>> {
        let uid = self.read(0)?.pod_uid();
        self.give_option(uid)
    }

    fn node_name(&mut self) -> Called<Option<String>> {
        let name = self.read(0)?.node_name();
        self.give_option(name)
    }

    fn pod_namespace(&mut self) -> Called<String> {
        let namespace = self.read(0)?.pod_namespace();
        self.give(namespace)
    }

    fn service_account(&mut self) -> Called<String> {
        let account = self.read(0)?.service_account();
        self.give(account)
    }

    fn container_name(&mut self) -> Called<String> {
        let name = self.read(0)?.container_name();
        self.give(name)
    }

    fn image(&mut self) -> Called<String> {
        let image = self.read(0)?.image();
        self.give(image)
    }

    fn label(&mut self, key: String) -> Called<Option<String>> {
        let label = self.read(key.len())?.label(&key);
        self.give_option(label)
    }

    fn annotation(&mut self, key: String) -> Called<Option<String>> {
        let annotation = self.read(key.len())?.annotation(&key);
        self.give_option(annotation)
    }

    fn node_label(&mut self, key: String) -> Called<Option<String>> {
        let label = self.read(key.len())?.node_label(&key);
        self.give_option(label)
    }

    fn command(&mut self) -> Called<Option<Vec<String>>> {
        let command = self.read(0)?.command();
        self.copy(command.as_deref().map_or(0, bytes_of))?;
        Ok(command)
    }

    fn args(&mut self) -> Called<Option<Vec<String>>> {
        let args = self.read(0)?.args();
        self.copy(args.as_deref().map_or(0, bytes_of))?;
        Ok(args)
    }

    fn port(&mut self, name: String) -> Called<Option<u16>> {
        Ok(self.read(name.len())?.port(&name))
    }

    fn resource_request(&mut self, name: String) -> Called<Option<String>> {
        let quantity = self.read(name.len())?.resource_request(&name);
        self.give_option(quantity)
    }

    fn resource_limit(&mut self, name: String) -> Called<Option<String>> {
        let quantity = self.read(name.len())?.resource_limit(&name);
        self.give_option(quantity)
    }
}

impl outputs::Host for State {
    fn env(&mut self, name: String, value: String) -> Called<()> {
        let (outputs, limits, _) = self.write(name.len() + value.len())?;
        output(outputs.env(name, value, false, limits))
    }

    fn expand_env(&mut self, name: String, value: String) -> Called<()> {
        let (outputs, limits, _) = self.write(name.len() + value.len())?;
        output(outputs.env(name, value, true, limits))
    }

    fn append_arg(&mut self, arg: String) -> Called<()> {
        let (outputs, limits, _) = self.write(arg.len())?;
        output(outputs.append_arg(arg, limits))
    }

    fn replace_args(&mut self, args: Vec<String>) -> Called<()> {
        let has_arguments = self.has_arguments;
        let (outputs, limits, _) = self.write(bytes_of(&args))?;
        output(outputs.replace_args(args, has_arguments, limits))
    }

    fn file(&mut self, path: String, contents: String) -> Called<()> {
        self.file_bytes(path, contents.into_bytes())
    }

    fn file_bytes(&mut self, path: String, contents: Vec<u8>) -> Called<()> {
        let (outputs, limits, before) = self.write(path.len() + contents.len())?;
        output(outputs.file(path, contents, limits, before))
    }

    fn file_mode(&mut self, path: String, mode: u32) -> Called<()> {
        let (outputs, _, _) = self.write(path.len())?;
        output(outputs.file_mode(&path, mode))
    }
}

impl log::Host for State {
    fn debug(&mut self, message: String) -> Called<()> {
        self.log(Level::Debug, &message)
    }

    fn info(&mut self, message: String) -> Called<()> {
        self.log(Level::Info, &message)
    }

    fn warn(&mut self, message: String) -> Called<()> {
        self.log(Level::Warn, &message)
    }

    fn error(&mut self, message: String) -> Called<()> {
        self.log(Level::Error, &message)
    }
}
