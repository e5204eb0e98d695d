//! Does nothing. It exists so that cargo takes this package's build dependencies into account.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
}
