//! The least that a plugin can do with a ConfigMap: each key of `settings` becomes a variable.

use podweave_plugin::{Result, inputs, outputs, plugin};

plugin!(render);

fn render() -> Result<()> {
    for key in ["K00", "K01", "K02", "K03", "K04", "K05", "K06", "K07", "K08", "K09", "K10"] {
        outputs::env(key, &inputs::require("settings", key));
    }
    Ok(())
}

struct Arena;
const ARENA: usize = 256 * 1024;
#[repr(align(16))]
struct Space(core::cell::UnsafeCell<[u8; ARENA]>);
#[allow(unsafe_code)]
unsafe impl Sync for Space {}
static SPACE: Space = Space(core::cell::UnsafeCell::new([0; ARENA]));
static NEXT: core::sync::atomic::AtomicUsize = core::sync::atomic::AtomicUsize::new(0);
#[allow(unsafe_code)]
unsafe impl std::alloc::GlobalAlloc for Arena {
    unsafe fn alloc(&self, l: std::alloc::Layout) -> *mut u8 {
        let start = (NEXT.load(core::sync::atomic::Ordering::Relaxed) + l.align() - 1) & !(l.align() - 1);
        if start + l.size() > ARENA {
            return unsafe { std::alloc::System.alloc(l) };
        }
        NEXT.store(start + l.size(), core::sync::atomic::Ordering::Relaxed);
        unsafe { SPACE.0.get().cast::<u8>().add(start) }
    }
    unsafe fn dealloc(&self, p: *mut u8, l: std::alloc::Layout) {
        let base = SPACE.0.get() as usize;
        if (p as usize) < base || p as usize >= base + ARENA {
            unsafe { std::alloc::System.dealloc(p, l) }
        }
    }
}
#[global_allocator]
static A: Arena = Arena;
