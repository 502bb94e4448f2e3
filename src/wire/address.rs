/// What a line is for whose id was taken off its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Addressed {
    /// It had a `requestId`.
    Request,
    /// It had a `responseId`.
    Response,
}

/// Takes the id off a line that ends in exactly the form that tls-json writes: `…,"requestId":123}`. Gives what stands
/// before it, which is the same object without that last property once a `}` is put behind it.
///
/// It is JSON if, and only if, the line is. In a line that is, the quote behind the comma begins a string, for nothing
/// escapes it, and a string that ended there could not be followed by a letter; so what is taken off is one property, and
/// the last brace closes the object that the line is. And as there is a property before it, the other way round as well.
/// Every other spelling of an id is left to JavaScript.
pub fn take_id(line: &[u8]) -> Option<(&[u8], Addressed, u32)> {
    let open = line.strip_suffix(b"}")?;
    let digits = open.iter().rev().take(10).take_while(|byte| byte.is_ascii_digit()).count();
    let (key, digits) = open.split_at_checked(open.len().checked_sub(digits)?)?;
    if digits.len() > 9 || digits.first().is_none_or(|first| *first == b'0') {
        return None;
    }
    let (object, addressed) = match key.strip_suffix(b",\"requestId\":") {
        Some(object) => (object, Addressed::Request),
        None => (key.strip_suffix(b",\"responseId\":")?, Addressed::Response),
    };
    let is_object = object.first() == Some(&b'{');
    // With a property: of `{ ,"requestId":1}` JavaScript would make nothing.
    let ends_value = matches!(object.last()?, b'"' | b'}' | b']' | b'0'..=b'9' | b'e' | b'l');
    let id = digits.iter().fold(0, |id, digit| id * 10 + u32::from(digit - b'0'));
    (is_object && ends_value).then_some((object, addressed, id))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn takes_the_id_off_the_end() {
        let cases: [(&[u8], &[u8], Addressed, u32); 5] = [
            (b"{\"a\":1,\"requestId\":7}", b"{\"a\":1", Addressed::Request, 7),
            (
                b"{\"a\":[],\"responseId\":999999999}",
                b"{\"a\":[]",
                Addressed::Response,
                999_999_999,
            ),
            (b"{\"a\":{},\"requestId\":10}", b"{\"a\":{}", Addressed::Request, 10),
            (b"{\"a\":\"b\\\",\",\"requestId\":1}", b"{\"a\":\"b\\\",\"", Addressed::Request, 1),
            (
                b"{\"requestId\":2,\"a\":null,\"responseId\":1}",
                b"{\"requestId\":2,\"a\":null",
                Addressed::Response,
                1,
            ),
        ];
        for (line, object, addressed, id) in cases {
            assert_eq!(take_id(line), Some((object, addressed, id)));
        }
    }

    #[test]
    fn leaves_every_other_form_alone() {
        for other in [
            &b""[..],
            b"}",
            b"1}",
            b"{\"requestId\":1}",
            b"{,\"requestId\":1}",
            b"{ ,\"requestId\":1}",
            b"[,\"requestId\":1}",
            b"{\"a\":1,\"requestId\":0}",
            b"{\"a\":1,\"requestId\":01}",
            b"{\"a\":1,\"requestId\":-1}",
            b"{\"a\":1,\"requestId\":1.5}",
            b"{\"a\":1,\"requestId\":1e3}",
            b"{\"a\":1,\"requestId\":\"1\"}",
            b"{\"a\":1,\"requestId\":}",
            b"{\"a\":1,\"requestId\":1234567890}",
            b"{\"a\":1,\"requestId\": 1}",
            b"{\"a\":1, \"requestId\":1}",
            b"{\"a\":1,\"requestId\":1 }",
            b"{\"a\":1,\"requestId\":1}\r",
            b" {\"a\":1,\"requestId\":1}",
            b"{\"a\":1,\"requestid\":1}",
            b"{\"a\":1,\"b\":\",\\\"requestId\\\":1}",
        ] {
            assert_eq!(take_id(other), None, "{}", String::from_utf8_lossy(other));
        }
    }

    /// Pieces of lines that are JSON, nearly are, or only look as if.
    fn line() -> impl Strategy<Value = String> {
        let piece = prop::sample::select(vec![
            "{",
            "}",
            "[",
            "]",
            ",",
            ":",
            "\"",
            "\\",
            " ",
            "1",
            "0",
            "-",
            "e",
            "null",
            "true",
            "\"a\"",
            "\"a\":1",
            "\"requestId\"",
            ",\"requestId\":1",
            ",\"responseId\":23",
            "\"requestId\":4",
            "{\"b\":\"",
            "x,",
            "\\\"",
            "}}",
        ]);
        let end = prop::sample::select(vec![
            ",\"requestId\":5}",
            ",\"responseId\":67}",
            "\\,\"requestId\":5}",
            "\"requestId\":5}",
            "}",
        ]);
        (prop::collection::vec(piece, 0..8), end)
            .prop_map(|(pieces, end)| format!("{{{}{end}", pieces.concat()))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]

        #[test]
        fn what_is_left_is_json_if_and_only_if_the_line_is(line in line()) {
            let Some((object, addressed, id)) = take_id(line.as_bytes()) else { return Ok(()) };
            let rest = format!("{}}}", String::from_utf8_lossy(object));
            let [whole, rest] = [&line, &rest].map(|text| serde_json::from_str::<serde_json::Value>(text));
            prop_assert_eq!(whole.is_ok(), rest.is_ok(), "{}", line);
            if let (Ok(whole), Ok(mut rest)) = (whole, rest) {
                let key = match addressed {
                    Addressed::Request => "requestId",
                    Addressed::Response => "responseId",
                };
                rest[key] = id.into();
                prop_assert_eq!(whole, rest);
            }
        }
    }
}
