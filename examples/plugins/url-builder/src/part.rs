//! The parts of a URL.

/// Whether this is a host's name or an IPv4 address.
pub fn is_host(text: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    text.len() <= 253 && text.split('.').all(is_label)
}

/// Whether this is a port's number.
pub fn is_port(text: &str) -> bool {
    !text.starts_with(['+', '0']) && text.parse::<u16>().is_ok()
}

/// Text as a part of a path or a query: what is neither a letter, a digit nor one of `-._~` becomes `%XX`.
pub fn encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_has_nothing_else_in_it() {
        for good in ["localhost", "api.example.org", "10.0.0.1", "a-b.c"] {
            assert!(is_host(good), "{good}");
        }
        for bad in ["", "a..b", "-a.b", "a/b", "user@host", "host:80", "ü.org"] {
            assert!(!is_host(bad), "{bad}");
        }
    }

    #[test]
    fn a_port_is_a_number_as_people_write_it() {
        assert!(is_port("1") && is_port("65535"));
        assert!(!is_port("0") && !is_port("65536") && !is_port("+80") && !is_port("080") && !is_port("http"));
    }

    #[test]
    fn what_would_end_a_part_is_encoded() {
        assert_eq!(encoded("a b/c?d=é&~"), "a%20b%2Fc%3Fd%3D%C3%A9%26~");
    }
}
