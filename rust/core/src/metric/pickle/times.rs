//! Dates, times and durations, as Python's own pickles describe them.
//!
//! ```text
//! datetime(b"yymdHMSuuu"[, zone])   date(b"yymd")   timedelta(days, seconds, microseconds)
//! ```

use crate::array::{DType, TimeUnit};
use crate::metric::pickle::object::{Heap, Id, Object};

const MICROSECONDS: i64 = 1_000_000;
const DAY: i64 = 86_400;

/// A point in time in microseconds; an aware one in UTC.
pub fn date_time(heap: &Heap<'_>, arguments: &[Id]) -> Option<Object<'static>> {
    let (state, zone) = match arguments {
        [state] => (*state, 0),
        [state, zone] => match heap.get(*zone) {
            Object::Zone(distance) => (*state, *distance),
            Object::None => (*state, 0),
            _ => return None,
        },
        _ => return None,
    };
    let state: [u8; 10] = heap.bytes(state)?.try_into().ok()?;
    let [y1, y2, month, day, hour, minute, second, u1, u2, u3] = state;
    // The highest bit of the month tells which of two equal times of a clock set back it is.
    let days = days(u16::from_be_bytes([y1, y2]), month & 0x7f, day)?;
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let seconds = days * DAY + i64::from(hour) * 3600 + i64::from(minute) * 60 + i64::from(second);
    let micros = i64::from(u32::from_be_bytes([0, u1, u2, u3]));
    let count = (micros < MICROSECONDS).then(|| seconds * MICROSECONDS + micros)?;
    let count = count.checked_sub(zone)?;
    Some(Object::Time(DType::Datetime(TimeUnit::Microsecond), count))
}

/// A date, as the second in which it begins.
pub fn date(heap: &Heap<'_>, arguments: &[Id]) -> Option<Object<'static>> {
    let [state] = arguments else { return None };
    let [y1, y2, month, day]: [u8; 4] = heap.bytes(*state)?.try_into().ok()?;
    let days = days(u16::from_be_bytes([y1, y2]), month, day)?;
    Some(Object::Time(DType::Datetime(TimeUnit::Second), days * DAY))
}

/// A duration in microseconds, or in seconds where 64 bits hold no more.
pub fn duration(heap: &Heap<'_>, arguments: &[Id]) -> Option<Object<'static>> {
    let [days, seconds, micros] = arguments else { return None };
    let (days, seconds, micros) = (heap.int(*days)?, heap.int(*seconds)?, heap.int(*micros)?);
    if !(0..DAY).contains(&seconds) || !(0..MICROSECONDS).contains(&micros) {
        return None;
    }
    let seconds = days.checked_mul(DAY)?.checked_add(seconds)?;
    let whole = seconds.checked_mul(MICROSECONDS).and_then(|it| it.checked_add(micros));
    Some(match whole {
        Some(count) if count != i64::MIN => {
            Object::Time(DType::Timedelta(TimeUnit::Microsecond), count)
        }
        _ if micros == 0 => Object::Time(DType::Timedelta(TimeUnit::Second), seconds),
        _ => Object::Foreign("a duration that 64 bits of microseconds do not hold"),
    })
}

/// A time zone by its distance from UTC; its name says nothing more.
pub fn zone(heap: &Heap<'_>, arguments: &[Id]) -> Option<Object<'static>> {
    let [distance, ..] = arguments else { return None };
    match heap.get(*distance) {
        Object::Time(DType::Timedelta(TimeUnit::Microsecond), count)
            if count.abs() < DAY * MICROSECONDS =>
        {
            Some(Object::Zone(*count))
        }
        _ => None,
    }
}

/// Days from 1970-01-01 to a date of the Gregorian calendar, years 1 to 9999.
fn days(year: u16, month: u8, day: u8) -> Option<i64> {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let lengths = [31, if leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let month = usize::from(month).checked_sub(1)?;
    let length = lengths.get(month)?;
    if !(1..=9999).contains(&year) || day == 0 || day > *length {
        return None;
    }
    let past = i64::from(year) - 1;
    let before_year = past * 365 + past / 4 - past / 100 + past / 400;
    let before_month: i64 = lengths.iter().take(month).map(|length| i64::from(*length)).sum();
    // 719,162 days lie between 0001-01-01 and 1970-01-01.
    Some(before_year + before_month + i64::from(day) - 1 - 719_162)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_count_from_1970_over_leap_years() {
        assert_eq!(days(1970, 1, 1), Some(0));
        assert_eq!(days(2000, 2, 29), Some(11_016));
        assert_eq!(days(1, 1, 1), Some(-719_162));
        assert_eq!(days(1900, 2, 29), None);
        assert_eq!(days(2024, 13, 1), None);
        assert_eq!(days(2024, 0, 1), None);
    }
}
