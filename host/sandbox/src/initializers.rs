//! Limits what the host reads to instantiate a component: initial values of globals, elements of tables, and
//! the places of data. Nothing interrupts that, so each core module is checked before anything is compiled.
//! (The engine limits the number of instances.)

use podweave_core::component_limits::INITIALIZER_BYTES;
use wasmparser::{DataKind, Parser, Payload};

/// Checks every core module of a component.
///
/// # Errors
/// Which limit a module exceeds. Bytes that cannot be parsed are left to the compiler, which says where the
/// mistake is.
pub(crate) fn check(component: &[u8]) -> Result<(), String> {
    // One for each open module and component.
    let mut open = Vec::new();
    for payload in Parser::new(0).parse_all(component) {
        let bytes = match payload {
            Ok(Payload::Version { .. }) => {
                open.push(0);
                continue;
            }
            Ok(Payload::End(_)) => {
                open.pop();
                continue;
            }
            Ok(Payload::GlobalSection(section)) => section.range().len(),
            Ok(Payload::ElementSection(section)) => section.range().len(),
            Ok(Payload::DataSection(section)) => {
                section.into_iter().flatten().map(|data| place(&data.kind)).sum()
            }
            Ok(_) => continue,
            Err(_) => return Ok(()),
        };
        if let Some(total) = open.last_mut() {
            *total += bytes;
            if *total > INITIALIZER_BYTES.most {
                return Err(format!(
                    "the {} ({}) exceed the maximum of {}",
                    INITIALIZER_BYTES.name,
                    INITIALIZER_BYTES.show(*total),
                    INITIALIZER_BYTES.shown()
                ));
            }
        }
    }
    Ok(())
}

fn place(kind: &DataKind<'_>) -> usize {
    match kind {
        DataKind::Active { offset_expr, .. } => offset_expr.get_binary_reader().range().len(),
        DataKind::Passive => 0,
    }
}
