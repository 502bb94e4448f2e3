//! Times, as `X509_cmp_time` takes them.

use super::asn1::{Value, is_short_time, tag};

/// Unix time in seconds; `None` for anything but digits to the second and a `Z`, and for a date or
/// time of day that does not exist.
pub(super) fn read(time: &Value<'_>) -> Option<i64> {
    let Value::Plain { tag, content, .. } = time else {
        return None;
    };
    let (digits, []) = content.strip_suffix(b"Z")?.as_chunks::<2>() else {
        return None;
    };
    let numbers = digits.iter().map(|&[a, b]| Some(digit(a)? * 10 + digit(b)?));
    let numbers: Vec<i64> = numbers.collect::<Option<_>>()?;
    let (year, rest) = match (*tag, numbers.as_slice()) {
        (tag::UTC_TIME, [year, rest @ ..]) => (year + if *year < 50 { 2000 } else { 1900 }, rest),
        (tag::GENERALIZED_TIME, [century, year, rest @ ..]) => (century * 100 + year, rest),
        _ => return None,
    };
    let &[month, day, hour, minute, second] = rest else {
        return None;
    };
    let exists = (1..=12).contains(&month)
        && (1..=days_in(month, year)).contains(&day)
        && hour < 24
        && minute < 60
        && second < 60;
    exists.then(|| (days_before(year, month, day) * 24 + hour) * 3600 + minute * 60 + second)
}

/// Whether some versions of OpenSSL do not read it.
pub(super) fn is_short(time: &Value<'_>) -> bool {
    matches!(time, Value::Plain { tag, content, .. } if is_short_time(*tag, content))
}

fn digit(byte: u8) -> Option<i64> {
    byte.is_ascii_digit().then(|| i64::from(byte - b'0'))
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_in(month: i64, year: i64) -> i64 {
    match month {
        2 => 28 + i64::from(is_leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1 January 1970 on.
fn days_before(year: i64, month: i64, day: i64) -> i64 {
    let leaps = |year: i64| year / 4 - year / 100 + year / 400;
    // Of the years before; year 0 is a leap year.
    let past = year - 1;
    let leap_days = if year > 0 { leaps(past) + 1 } else { 0 };
    let years = year * 365 + leap_days - (1970 * 365 + leaps(1969) + 1);
    years + (1..month).map(|month| days_in(month, year)).sum::<i64>() + day - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_digits_to_the_second() {
        let utc = |text: &str| at(tag::UTC_TIME, text);
        let generalized = |text: &str| at(tag::GENERALIZED_TIME, text);
        assert_eq!(utc("700101000000Z"), Some(0));
        assert_eq!(utc("491231235959Z"), Some(2_524_607_999));
        assert_eq!(utc("500101000000Z"), Some(-631_152_000));
        assert_eq!(utc("000229000000Z"), Some(951_782_400));
        assert_eq!(generalized("19700101000001Z"), Some(1));
        assert_eq!(generalized("00000101000000Z"), Some(-62_167_219_200));
        assert_eq!(generalized("00010101000000Z"), Some(-62_135_596_800));
        assert_eq!(generalized("99991231235959Z"), Some(253_402_300_799));
        for odd in [
            "7001010000Z",
            "700101000000",
            "7001010000000Z",
            "700101000000+0000",
            "7001010000.0Z",
            "700001000000Z",
            "701301000000Z",
            "700100000000Z",
            "700229000000Z",
            "700101240000Z",
            "700101006000Z",
            "700101000060Z",
            "7001010000 0Z",
            "19700101000000Z",
        ] {
            assert_eq!(utc(odd), None, "{odd}");
        }
        assert_eq!(generalized("700101000000Z"), None);
        assert_eq!(generalized("19000229000000Z"), None);
        assert_eq!(at(tag::UTF8_STRING, "700101000000Z"), None);
    }

    fn at(tag: u32, text: &str) -> Option<i64> {
        read(&Value::Plain { tag, unused: 0, content: text.as_bytes().into() })
    }
}
