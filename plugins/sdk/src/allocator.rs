//! Allocates the guest's memory: from an arena that the instance has from its start, and from new pages of
//! the host only beyond it.
//!
//! Rust's own allocator for this target asks the host for memory in every render, since each is a fresh
//! instance. Growing costs the host a change of its page tables under a lock of the whole process: a quarter
//! of a small render, and most of what keeps two renders from running side by side.

#![allow(
    unsafe_code,
    reason = "an allocator is about memory that nothing else may touch"
)]

use std::alloc::Layout;
use std::mem::MaybeUninit;

use talc::base::Talc;
use talc::base::binning::Binning;
use talc::cell::TalcSyncCell;
use talc::source::Source;
use talc::wasm::WasmBinning;

/// Enough for a plugin with some templates; untouched pages cost nothing.
const ARENA_BYTES: usize = 256 * 1024;

/// A page of WebAssembly.
const PAGE_BYTES: usize = 64 * 1024;

static mut ARENA: [MaybeUninit<u8>; ARENA_BYTES] = [MaybeUninit::uninit(); ARENA_BYTES];

#[global_allocator]
static ALLOCATOR: TalcSyncCell<ArenaThenPages, WasmBinning> = TalcSyncCell::new_wasm(ArenaThenPages {
    arena_is_given: false,
});

#[derive(Debug)]
struct ArenaThenPages {
    arena_is_given: bool,
}

// SAFETY: it calls no allocator, and gives out each piece of memory once: the arena, which nothing else
// names, and pages that have just been created.
unsafe impl Source for ArenaThenPages {
    fn acquire<B: Binning>(talc: &mut Talc<Self, B>, layout: Layout) -> Result<(), ()> {
        let claimed = if talc.source.arena_is_given {
            // Room for the allocation, its alignment and the allocator's own marks.
            let pages = (layout.size() + layout.align() + 1024).div_ceil(PAGE_BYTES);
            match core::arch::wasm32::memory_grow::<0>(pages) {
                usize::MAX => None,
                first => unsafe { talc.claim((first * PAGE_BYTES) as *mut u8, pages * PAGE_BYTES) },
            }
        } else {
            talc.source.arena_is_given = true;
            unsafe { talc.claim((&raw mut ARENA).cast(), ARENA_BYTES) }
        };
        claimed.map(|_| ()).ok_or(())
    }
}
