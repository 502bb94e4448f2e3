/// The ping with this key, as it goes on the wire.
pub fn ping_line(key: u32) -> Vec<u8> {
    format!("{{\"__ping\":{key}}}\n").into_bytes()
}

/// The key of a pong in exactly the form that tls-json writes: `{"__pong":123}`.
///
/// Every other spelling of a pong goes to JavaScript, so this can never disagree with `JSON.parse` about a line.
pub fn pong_key(line: &[u8]) -> Option<u32> {
    let digits = line.strip_prefix(b"{\"__pong\":")?.strip_suffix(b"}")?;
    if digits.len() > 9 || digits.first().is_none_or(|first| !(b'1'..=b'9').contains(first)) {
        return None;
    }
    digits.iter().try_fold(0u32, |key, digit| {
        digit.is_ascii_digit().then(|| key * 10 + u32::from(digit - b'0'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_only_the_exact_form() {
        assert_eq!(pong_key(b"{\"__pong\":1}"), Some(1));
        assert_eq!(pong_key(b"{\"__pong\":65534}"), Some(65534));
        for other in [
            &b"{\"__pong\":0}"[..],
            b"{\"__pong\":01}",
            b"{\"__pong\":-1}",
            b"{\"__pong\":1.0}",
            b"{\"__pong\":1e3}",
            b"{\"__pong\":\"1\"}",
            b"{\"__pong\":}",
            b"{\"__pong\":12345678901}",
            b"{\"__pong\": 1}",
            b"{\"__pong\":1,\"requestId\":2}",
            b"{\"__pong\":1}\r",
        ] {
            assert_eq!(pong_key(other), None, "{}", String::from_utf8_lossy(other));
        }
    }

    #[test]
    fn writes_a_ping() {
        assert_eq!(ping_line(7), b"{\"__ping\":7}\n");
    }
}
