//! A proxy between containerd's NRI socket and a plugin, which can harm either at a chosen step of a chosen
//! call.

mod calls;
mod connection;
mod strike;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context, Result};
use parking_lot::{Mutex, MutexGuard};
use rustix::process::{Pid, Signal, kill_process};
use tokio::net::UnixListener;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinSet;

pub use calls::Calls;
pub use strike::{Harm, Step, Strike, Struck};

use calls::Ledger;
use strike::Strikes;

/// A proxy on a Unix socket. It has its own thread, so that a blocking test does not delay it. When it is
/// dropped, its connections are cut, and frozen processes continue.
pub struct NriProxy {
    socket: PathBuf,
    shared: Arc<Shared>,
    /// Ends the thread when it is dropped.
    running: Option<(oneshot::Sender<()>, JoinHandle<()>)>,
}

struct Shared {
    /// containerd's socket.
    runtime: PathBuf,
    strikes: Strikes,
    ledger: Mutex<Ledger>,
    refuses: AtomicBool,
    open: AtomicUsize,
    frozen: Mutex<Vec<Pid>>,
    /// Changes whenever frozen processes continue.
    thaws: watch::Sender<()>,
    /// Changes whenever all connections are cut.
    cuts: watch::Sender<()>,
}

impl NriProxy {
    /// Listens at `socket`, and replaces an existing one, for plugins that connect to containerd
    /// ([`crate::Node::nri_socket`]). To distinguish plugins, give each its own proxy.
    pub fn start(socket: &Path, runtime: &Path) -> Result<Self> {
        if let Some(directory) = socket.parent() {
            std::fs::create_dir_all(directory)
                .with_context(|| format!("cannot create {}", directory.display()))?;
        }
        if let Err(error) = std::fs::remove_file(socket)
            && error.kind() != std::io::ErrorKind::NotFound
        {
            return Err(error).with_context(|| format!("cannot remove {}", socket.display()));
        }
        let listener = std::os::unix::net::UnixListener::bind(socket)
            .with_context(|| format!("the proxy cannot listen at {}", socket.display()))?;
        listener.set_nonblocking(true)?;
        let shared = Arc::new(Shared {
            runtime: runtime.to_owned(),
            strikes: Strikes::default(),
            ledger: Mutex::default(),
            refuses: AtomicBool::new(false),
            open: AtomicUsize::new(0),
            frozen: Mutex::default(),
            thaws: watch::Sender::new(()),
            cuts: watch::Sender::new(()),
        });
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let (stop, stopped) = oneshot::channel();
        let of_thread = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("nri-proxy".to_owned())
            .spawn(move || {
                runtime.block_on(async {
                    let Ok(listener) = UnixListener::from_std(listener) else {
                        return;
                    };
                    tokio::select! {
                        () = accept(listener, of_thread) => {}
                        _ = stopped => {}
                    }
                });
            })?;
        Ok(Self {
            socket: socket.to_owned(),
            shared,
            running: Some((stop, thread)),
        })
    }

    /// Returns the socket at which it listens.
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    /// Orders harm once, when the call comes to this step; several strikes at one step come one after the
    /// other.
    pub fn strike(&self, strike: Strike) -> Struck {
        self.shared.strikes.add(strike)
    }

    /// Cancels the strikes that have not come yet.
    pub fn relent(&self) {
        self.shared.strikes.clear();
    }

    /// Returns the statistics of a call, such as `CreateContainer`.
    pub fn calls(&self, call: &str) -> Calls {
        self.shared.ledger().of(call)
    }

    /// Returns the number of open connections of plugins.
    pub fn connections(&self) -> usize {
        self.shared.open.load(Ordering::SeqCst)
    }

    /// Cuts all connections. New ones are accepted.
    pub fn cut(&self) {
        self.shared.cuts.send_replace(());
    }

    /// Cuts all connections, and new ones at once, until [`NriProxy::restore`].
    pub fn refuse(&self) {
        self.shared.refuses.store(true, Ordering::SeqCst);
        self.cut();
    }

    /// Ends [`NriProxy::refuse`].
    pub fn restore(&self) {
        self.shared.refuses.store(false, Ordering::SeqCst);
    }

    /// Lets processes continue that [`Harm::Freeze`] froze.
    pub fn thaw(&self) {
        self.shared.thaw();
    }

    /// Waits until a plugin has been registered and synchronized through this proxy once more than in
    /// `before`, which was taken with `calls("Synchronize").completed`.
    pub async fn synchronized_since(&self, before: u64, patience: Duration) -> Result<()> {
        let registered = async {
            while self.calls("Synchronize").completed <= before {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(patience, registered).await.with_context(|| {
            format!(
                "no plugin was synchronized through {} within {patience:?}",
                self.socket.display()
            )
        })
    }
}

impl Drop for NriProxy {
    fn drop(&mut self) {
        self.thaw();
        if let Some((stop, thread)) = self.running.take() {
            drop(stop);
            // The thread returns nothing.
            let _ = thread.join();
        }
        // Its directory may be removed already.
        let _ = std::fs::remove_file(&self.socket);
    }
}

impl Shared {
    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock()
    }

    fn frozen(&self) -> MutexGuard<'_, Vec<Pid>> {
        self.frozen.lock()
    }

    fn thaw(&self) {
        for pid in self.frozen().drain(..) {
            // The process may have been killed meanwhile.
            let _ = kill_process(pid, Signal::CONT);
        }
        self.thaws.send_replace(());
    }
}

async fn accept(listener: UnixListener, shared: Arc<Shared>) {
    // Dropped with this future, and the connections with it.
    let mut connections = JoinSet::new();
    loop {
        let accepted = listener.accept().await;
        // Subscribe before checking whether connections are refused, so that a later cut is not missed.
        let cuts = shared.cuts.subscribe();
        match accepted {
            Ok((plugin, _)) if !shared.refuses.load(Ordering::SeqCst) => {
                connections.spawn(connection::serve(Arc::clone(&shared), plugin, cuts));
                while connections.try_join_next().is_some() {}
            }
            Ok(_) => {}
            // No file descriptors are left for now.
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
}
