//! Decimal arithmetic of 28 digits, half to even: what Python's `decimal` does by default, and
//! so what the numbers of a float range are made with.

use std::cmp::Ordering;

/// The digits that a sum or product keeps.
const PRECISION: usize = 28;

/// The digits that hold any finite float exactly.
const FLOAT_DIGITS: usize = 800;

/// A decimal number. Two are equal if they are written alike; [`Decimal::compare`] compares values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decimal {
    /// `± digits × 10^exponent`
    Finite {
        /// Whether it is below zero, or the negative zero.
        negative: bool,
        /// Digits 0 to 9, the first not 0; none for zero.
        digits: Vec<u8>,
        /// The power of ten that the last digit counts.
        exponent: i32,
    },
    /// Infinity.
    Infinite {
        /// Whether it is the negative one.
        negative: bool,
    },
    /// Not a number.
    Nan,
}

impl Decimal {
    /// A number from digits, leading zeros dropped.
    fn finite(negative: bool, digits: &[u8], exponent: i32) -> Self {
        let zeros = digits.iter().take_while(|digit| **digit == 0).count();
        let digits = digits.get(zeros..).unwrap_or_default().to_vec();
        Self::Finite { negative, digits, exponent }
    }

    /// The exact value of a float.
    pub(crate) fn from_float(value: f64) -> Self {
        Self::from_text(&format!("{value:.FLOAT_DIGITS$e}"))
    }

    /// The exact value of a number's text, as Rust or Python writes numbers.
    pub(crate) fn from_text(text: &str) -> Self {
        let (negative, text) = match text.strip_prefix('-') {
            Some(text) => (true, text),
            None => (false, text),
        };
        if text.eq_ignore_ascii_case("inf") {
            return Self::Infinite { negative };
        }
        let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
        let Ok(mut exponent) = exponent.parse::<i32>() else { return Self::Nan };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let fraction = fraction.trim_end_matches('0');
        if whole.bytes().chain(fraction.bytes()).any(|byte| !byte.is_ascii_digit()) {
            return Self::Nan;
        }
        let digits: Vec<u8> =
            whole.bytes().chain(fraction.bytes()).map(|byte| byte.wrapping_sub(b'0')).collect();
        exponent = exponent.saturating_sub(i32::try_from(fraction.len()).unwrap_or(i32::MAX));
        Self::finite(negative, &digits, exponent)
    }

    /// The number as text that Rust and Python read back.
    pub(crate) fn to_text(&self) -> String {
        match self {
            Self::Nan => "nan".to_owned(),
            Self::Infinite { negative } => if *negative { "-inf" } else { "inf" }.to_owned(),
            Self::Finite { negative, digits, exponent } => {
                let mut text = if *negative { "-" } else { "" }.to_owned();
                text.extend(digits.iter().map(|digit| char::from(digit.wrapping_add(b'0'))));
                if digits.is_empty() {
                    text.push('0');
                }
                text.push_str(&format!("e{exponent}"));
                text
            }
        }
    }

    /// The nearest float.
    #[must_use]
    pub fn to_float(&self) -> f64 {
        self.to_text().parse().unwrap_or(f64::NAN)
    }

    /// Comparison of values; `None` with a NaN.
    #[must_use]
    pub fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self.sign()?, other.sign()?) {
            (a, b) if a != b => return Some(a.cmp(&b)),
            (Ordering::Equal, _) => return Some(Ordering::Equal),
            _ => {}
        }
        let (a, b) = (self.magnitude(), other.magnitude());
        let order = match (&a, &b) {
            (None, None) => Ordering::Equal,
            (None, Some(_)) => Ordering::Greater,
            (Some(_), None) => Ordering::Less,
            (Some((x, p)), Some((y, q))) => {
                let places = |digits: &[u8], exponent: i32| {
                    i64::try_from(digits.len()).unwrap_or(i64::MAX).saturating_add(exponent.into())
                };
                places(x, *p).cmp(&places(y, *q)).then_with(|| {
                    let length = x.len().max(y.len());
                    padded(x, length).cmp(padded(y, length))
                })
            }
        };
        Some(if self.sign() == Some(Ordering::Less) { order.reverse() } else { order })
    }

    /// `Less` below zero, `Greater` above; `None` for NaN.
    pub(crate) fn sign(&self) -> Option<Ordering> {
        let of = |negative| if negative { Ordering::Less } else { Ordering::Greater };
        match self {
            Self::Nan => None,
            Self::Infinite { negative } => Some(of(*negative)),
            Self::Finite { digits, .. } if digits.is_empty() => Some(Ordering::Equal),
            Self::Finite { negative, .. } => Some(of(*negative)),
        }
    }

    /// Digits and exponent of a finite number.
    fn magnitude(&self) -> Option<(&[u8], i32)> {
        match self {
            Self::Finite { digits, exponent, .. } => Some((digits, *exponent)),
            _ => None,
        }
    }

    const fn is_negative(&self) -> bool {
        matches!(self, Self::Finite { negative: true, .. } | Self::Infinite { negative: true })
    }

    /// The number with the other sign.
    pub(crate) fn negated(&self) -> Self {
        let mut copy = self.clone();
        if let Self::Finite { negative, .. } | Self::Infinite { negative } = &mut copy {
            *negative = !*negative;
        }
        copy
    }

    /// The sum; `None` where Python raises (NaN, infinities of two signs).
    pub(crate) fn plus(&self, other: &Self) -> Option<Self> {
        let (Some((a, p)), Some((b, q))) = (self.magnitude(), other.magnitude()) else {
            return match (self, other) {
                (Self::Nan, _) | (_, Self::Nan) => None,
                (Self::Infinite { negative: a }, Self::Infinite { negative: b }) if a != b => None,
                (Self::Infinite { .. }, _) => Some(self.clone()),
                _ => Some(other.clone()),
            };
        };
        let exponent = p.min(q);
        let (a, b) = (aligned(a, p, exponent), aligned(b, q, exponent));
        let (na, nb) = (self.is_negative(), other.is_negative());
        let length = a.len().max(b.len());
        let (a, b) = (extended(&a, length), extended(&b, length));
        let (negative, digits) = if na == nb {
            (na, add(&a, &b))
        } else {
            match a.cmp(&b) {
                Ordering::Greater => (na, subtract(&a, &b)),
                Ordering::Less => (nb, subtract(&b, &a)),
                Ordering::Equal => (false, Vec::new()),
            }
        };
        Some(Self::finite(negative, &digits, exponent).rounded())
    }

    /// The product with a small number; `None` where Python raises (NaN, infinity times zero).
    pub(crate) fn times(&self, factor: u64) -> Option<Self> {
        match self {
            Self::Nan => None,
            Self::Infinite { .. } => (factor != 0).then(|| self.clone()),
            Self::Finite { negative, digits, exponent } => {
                let mut carry: u128 = 0;
                let mut product = Vec::with_capacity(digits.len().saturating_add(20));
                let mut rest = digits.iter().rev();
                loop {
                    let next = rest.next();
                    if next.is_none() && carry == 0 {
                        break;
                    }
                    let digit = u128::from(next.copied().unwrap_or(0));
                    carry = carry.wrapping_add(digit.wrapping_mul(u128::from(factor)));
                    product.push(u8::try_from(carry % 10).unwrap_or(0));
                    carry /= 10;
                }
                product.reverse();
                Some(Self::finite(*negative, &product, *exponent).rounded())
            }
        }
    }

    /// The half.
    pub(crate) fn half(&self) -> Option<Self> {
        let five = match self {
            Self::Finite { negative, digits, exponent } => {
                // Half of a number is five times a tenth of it; rounding comes after both.
                Self::Finite {
                    negative: *negative,
                    digits: digits.clone(),
                    exponent: exponent.saturating_sub(1),
                }
            }
            other => other.clone(),
        };
        five.times(5)
    }

    /// How many whole times `step` goes into the number, both taken without sign, and whether
    /// something is left; `None` where Python's `divmod` raises.
    pub(crate) fn count(&self, step: &Self) -> Option<(u128, bool)> {
        let (a, p) = self.magnitude()?;
        let Some((b, q)) = step.magnitude() else {
            return (*step != Self::Nan).then_some((0, !a.is_empty()));
        };
        let exponent = p.min(q);
        let (a, b) = (aligned(a, p, exponent), aligned(b, q, exponent));
        if a.len() > b.len().saturating_add(PRECISION) || b.is_empty() {
            return None;
        }
        let mut quotient: u128 = 0;
        let mut left: Vec<u8> = Vec::new();
        for digit in &a {
            left.push(*digit);
            let zeros = left.iter().take_while(|digit| **digit == 0).count();
            left.drain(..zeros);
            let mut times: u128 = 0;
            while left.len() > b.len() || (left.len() == b.len() && left >= b) {
                left = subtract(&left, &extended(&b, left.len()));
                let zeros = left.iter().take_while(|digit| **digit == 0).count();
                left.drain(..zeros);
                times = times.saturating_add(1);
            }
            quotient = quotient.checked_mul(10)?.checked_add(times)?;
        }
        Some((quotient, !left.is_empty()))
    }

    /// The number with at most [`PRECISION`] digits, half to even.
    fn rounded(self) -> Self {
        let Self::Finite { negative, digits, exponent } = self else { return self };
        let Some((kept, dropped)) = digits.split_at_checked(PRECISION) else {
            return Self::Finite { negative, digits, exponent };
        };
        let Some((first, rest)) = dropped.split_first() else {
            return Self::Finite { negative, digits, exponent };
        };
        let exponent = exponent.saturating_add(i32::try_from(dropped.len()).unwrap_or(i32::MAX));
        let odd = kept.last().is_some_and(|digit| digit % 2 == 1);
        let above = *first > 5 || (*first == 5 && (odd || rest.iter().any(|digit| *digit > 0)));
        let mut kept = kept.to_vec();
        if above {
            kept = add(&kept, &extended(&[1], kept.len()));
        }
        // A carry may leave one digit too many, and then that digit is a zero.
        Self::finite(negative, &kept, exponent)
    }
}

/// The digits, followed by zeros up to `length`.
fn padded(digits: &[u8], length: usize) -> impl Iterator<Item = u8> {
    digits.iter().copied().chain(std::iter::repeat(0)).take(length)
}

/// The digits of a number of exponent `from` as one of the smaller exponent `to`.
fn aligned(digits: &[u8], from: i32, to: i32) -> Vec<u8> {
    if digits.is_empty() {
        return Vec::new();
    }
    let zeros = usize::try_from(from.saturating_sub(to)).unwrap_or(0);
    padded(digits, digits.len().saturating_add(zeros)).collect()
}

/// The digits, with zeros before them up to `length`.
fn extended(digits: &[u8], length: usize) -> Vec<u8> {
    let zeros = length.saturating_sub(digits.len());
    std::iter::repeat_n(0, zeros).chain(digits.iter().copied()).collect()
}

/// The sum of two numbers of equally many digits; one digit more.
fn add(a: &[u8], b: &[u8]) -> Vec<u8> {
    let mut carry = 0;
    let mut sum: Vec<u8> = Vec::with_capacity(a.len().saturating_add(1));
    for (a, b) in a.iter().rev().zip(b.iter().rev()) {
        let digit = a.wrapping_add(*b).wrapping_add(carry);
        sum.push(digit % 10);
        carry = digit / 10;
    }
    sum.push(carry);
    sum.reverse();
    sum
}

/// The difference of two numbers of equally many digits, the first not the smaller.
fn subtract(a: &[u8], b: &[u8]) -> Vec<u8> {
    let mut borrow = 0;
    let mut difference: Vec<u8> = Vec::with_capacity(a.len());
    for (a, b) in a.iter().rev().zip(b.iter().rev()) {
        let digit = a.wrapping_add(10).wrapping_sub(*b).wrapping_sub(borrow);
        difference.push(digit % 10);
        borrow = u8::from(digit < 10);
    }
    difference.reverse();
    difference
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(decimal: Option<Decimal>) -> String {
        decimal.unwrap().to_text()
    }

    /// Right what Python's `decimal` gives.
    #[test]
    fn sums_keep_28_digits_half_to_even() {
        let sum = |a, b| text(Decimal::from_text(a).plus(&Decimal::from_text(b)));
        assert_eq!(sum("1e27", "0.5"), "1000000000000000000000000000e0");
        assert_eq!(sum("1000000000000000000000000001", "0.5"), "1000000000000000000000000002e0");
        assert_eq!(sum("9999999999999999999999999999", "0.6"), "10000000000000000000000000000e0");
        assert_eq!(sum("0.3", "-0.1"), "2e-1");
        assert_eq!(sum("1", "-1"), "0e0");
        assert!(Decimal::from_float(f64::INFINITY).times(0).is_none());
    }

    #[test]
    fn whole_steps_are_counted() {
        let count = |a, b| Decimal::from_text(a).count(&Decimal::from_text(b));
        assert_eq!(count("1", "0.1"), Some((10, false)));
        assert_eq!(count("1", "0.3"), Some((3, true)));
        assert_eq!(count("1e40", "1"), None);
    }

    proptest! {
        #[test]
        fn floats_come_back(value in any::<f64>().prop_filter("a number", |v| !v.is_nan())) {
            prop_assert_eq!(Decimal::from_float(value).to_float(), value);
        }

        #[test]
        fn small_numbers_count_as_integers_do(a in any::<i32>(), b in any::<i32>(), by in any::<u32>()) {
            let of = |value: i128| Decimal::from_text(&value.to_string());
            let (x, y) = (of(a.into()), of(b.into()));
            let sum = of(i128::from(a) + i128::from(b));
            let product = of(i128::from(a) * i128::from(by));
            prop_assert_eq!(x.compare(&y), Some(a.cmp(&b)));
            prop_assert_eq!(x.plus(&y).unwrap().compare(&sum), Some(Ordering::Equal));
            prop_assert_eq!(x.times(by.into()).unwrap().compare(&product), Some(Ordering::Equal));
        }
    }
}
