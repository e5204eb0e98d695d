//! What instantiating a component goes through on the host: initial values of globals, elements of tables, and where data goes. Nothing interrupts that, so it
//! is bounded for each core module before anything is compiled. (How many instances there are is bounded by the engine.)

use podweave_core::component_limits::INITIALIZER_BYTES;
use wasmparser::{DataKind, Parser, Payload};

/// Checks every core module of a component.
///
/// # Errors
/// What one of them has too much of. What cannot be parsed is left to the compiler, which says where.
pub(crate) fn check(component: &[u8]) -> Result<(), String> {
    // One for each module and component that is open.
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
            Ok(Payload::DataSection(section)) => section.into_iter().flatten().map(|data| place(&data.kind)).sum(),
            Ok(_) => continue,
            Err(_) => return Ok(()),
        };
        if let Some(total) = open.last_mut() {
            *total += bytes;
            if *total > INITIALIZER_BYTES.most {
                return Err(format!("the {} ({}) exceed the maximum of {}", INITIALIZER_BYTES.name, INITIALIZER_BYTES.show(*total), INITIALIZER_BYTES.shown()));
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
