//! The order of jobs whose names are no numbers.

use std::cmp::Ordering;

/// Compares texts with runs of digits taken as numbers: `x2` before `x10`.
#[must_use]
pub fn natural_order(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a, b);
    loop {
        let (Some(x), Some(y)) = (left.chars().next(), right.chars().next()) else {
            return left.len().cmp(&right.len()).then_with(|| a.cmp(b));
        };
        if x.is_ascii_digit() && y.is_ascii_digit() {
            let (number, rest) = digits(left);
            let (other, other_rest) = digits(right);
            let order = number.len().cmp(&other.len()).then_with(|| number.cmp(other));
            if order != Ordering::Equal {
                return order;
            }
            (left, right) = (rest, other_rest);
        } else if x == y {
            left = left.get(x.len_utf8()..).unwrap_or_default();
            right = right.get(y.len_utf8()..).unwrap_or_default();
        } else {
            // A path's parts are compared one by one, so the separator comes before all else.
            return (x != '/', x).cmp(&(y != '/', y));
        }
    }
}

/// The run of digits at the start, without leading zeros, and the rest.
fn digits(text: &str) -> (&str, &str) {
    let end = text.bytes().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    let (run, rest) = text.split_at_checked(end).unwrap_or((text, ""));
    (run.trim_start_matches('0'), rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_count_as_numbers_and_parts_of_paths_one_by_one() {
        let mut names = ["x10", "x2", "x2/b", "x2-a", "x02", "a=1/x=10", "a=1/x=9", "a=1"];
        names.sort_by(|a, b| natural_order(a, b));
        assert_eq!(names, ["a=1", "a=1/x=9", "a=1/x=10", "x02", "x2", "x2/b", "x2-a", "x10"]);
    }
}
