//! The parts of a URL.

/// Whether a text is a host name or an IPv4 address.
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

/// Whether a text is a port number.
pub fn is_port(text: &str) -> bool {
    !text.starts_with(['+', '0']) && text.parse::<u16>().is_ok()
}

/// Encodes text as a part of a path or a query: all characters except letters, digits and `-._~` become
/// `%XX`.
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
    fn a_host_is_a_name_or_an_address_only() {
        for good in ["localhost", "api.example.org", "10.0.0.1", "a-b.c"] {
            assert!(is_host(good), "{good}");
        }
        for bad in ["", "a..b", "-a.b", "a/b", "user@host", "host:80", "ü.org"] {
            assert!(!is_host(bad), "{bad}");
        }
    }

    #[test]
    fn a_port_is_a_decimal_number_from_1_to_65535() {
        assert!(is_port("1") && is_port("65535"));
        assert!(!is_port("0") && !is_port("65536") && !is_port("+80") && !is_port("080") && !is_port("http"));
    }

    #[test]
    fn special_characters_are_encoded() {
        assert_eq!(encoded("a b/c?d=é&~"), "a%20b%2Fc%3Fd%3D%C3%A9%26~");
    }
}
