//! For a test of this crate: confines itself as the compiling process does, tries forbidden operations, and
//! prints the results. Then it waits for the end of its standard input, so that the test can examine it.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::process::{Command, ExitCode};

use rustix::process::Signal;

fn main() -> ExitCode {
    if let Err(error) = podweave_sandbox::compile::confine(1 << 30, 60) {
        println!("not confined: {}", podweave_core::text::chain(&error));
        return ExitCode::FAILURE;
    }
    tell("read a file", File::open("/etc/passwd"));
    tell("read a file of the process", fs::read("/proc/self/environ"));
    tell("list a directory", fs::read_dir("/").map(Iterator::count));
    tell("look at a file", fs::metadata("/etc/passwd"));
    tell("write a file", fs::write("/tmp/podweave-confined", "x"));
    tell("remove a file", fs::remove_file("/tmp/podweave-confined"));
    tell("connect", TcpStream::connect("127.0.0.1:9"));
    tell("listen", TcpListener::bind("127.0.0.1:0"));
    tell("send a datagram", UdpSocket::bind("127.0.0.1:0"));
    tell(
        "reach a socket of the machine",
        UnixStream::connect("/run/dbus/system_bus_socket"),
    );
    tell("make a socket", UnixDatagram::unbound());
    tell("run a program", Command::new("/bin/true").status());
    tell(
        "signal its parent",
        rustix::process::getppid().map_or(Ok(()), |parent| {
            rustix::process::kill_process(parent, Signal::CONT)
        }),
    );
    tell(
        "become root",
        rustix::thread::set_thread_uid(rustix::process::Uid::ROOT),
    );
    // What compiling needs still works.
    tell(
        "start a thread",
        std::thread::Builder::new()
            .name("worker".to_owned())
            .spawn(|| ())
            .map(|thread| thread.join().is_ok()),
    );
    println!("end");
    let _ = io::stdin().lock().read_to_end(&mut Vec::new());
    ExitCode::SUCCESS
}

fn tell<T, E: Into<io::Error>>(what: &str, result: Result<T, E>) {
    match result.map_err(E::into) {
        Ok(_) => println!("{what}: done"),
        Err(error) => println!("{what}: {:?}", error.kind()),
    }
}
