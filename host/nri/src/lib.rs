#![doc = include_str!("../README.md")]

pub mod adjustment;
mod answer;
pub mod api;
mod dispatch;
pub mod error;
pub mod events;
mod lock;
pub mod plugin;
pub mod runtime;
pub mod service;
mod session;
pub mod status;
pub mod wire;

pub use adjustment::{Adjustment, AdjustmentError};
pub use error::Error;
pub use events::{Event, Events};
pub use plugin::{Call, Creation, Plugin, Verdict};
pub use runtime::{NriVersion, Runtime};
pub use service::{DEFAULT_SOCKET, Options, Service, ServiceHandle, State};
pub use status::{Code, Status};
