//! One column: its texts, and what they mean.

use crate::metric::series::Column;
use crate::value::Value;

/// The texts of one column, side by side.
#[derive(Default)]
pub struct Texts {
    text: String,
    ends: Vec<usize>,
}

impl Texts {
    /// Adds the text of the next row.
    pub fn push(&mut self, text: &str) {
        self.text.push_str(text);
        self.ends.push(self.text.len());
    }

    fn iter(&self) -> impl Iterator<Item = &str> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, end)| self.text.get(start..*end).unwrap_or_default())
    }

    /// Whether the texts count the rows from 0.
    pub fn is_count(&self) -> bool {
        self.iter().enumerate().all(|(at, text)| text == at.to_string())
    }

    /// The values, with blanks left out.
    pub fn values(&self) -> Column {
        let known = || self.iter().enumerate().filter(|(_, text)| !text.is_empty());
        let typed = |read: fn(&str) -> Option<Value>| -> Option<Column> {
            known().map(|(row, text)| Some((row, read(text)?))).collect()
        };
        typed(bool_of)
            .or_else(|| typed(number_of))
            .unwrap_or_else(|| known().map(|(row, text)| (row, Value::text(text))).collect())
    }
}

fn bool_of(text: &str) -> Option<Value> {
    match text {
        "True" | "true" | "TRUE" => Some(Value::Bool(true)),
        "False" | "false" | "FALSE" => Some(Value::Bool(false)),
        _ => None,
    }
}

fn number_of(text: &str) -> Option<Value> {
    let text = text.trim_matches([' ', '\t']);
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Value::integer(text).filter(|_| digits.len() <= MOST_DIGITS);
    }
    // Rust reads what Python reads as a float, but for underscores, which are text here.
    text.parse().ok().map(Value::Float)
}

/// Digits of an integer: as many as Python turns into one. A longer one is text.
const MOST_DIGITS: usize = 4300;

#[cfg(test)]
mod tests {
    use super::*;

    fn values(texts: &[&str]) -> Column {
        let mut column = Texts::default();
        texts.iter().for_each(|text| column.push(text));
        column.values()
    }

    #[test]
    fn all_values_decide_the_type_of_a_column() {
        assert_eq!(values(&["1", "", "-2"]), [(0, Value::Int(1)), (2, Value::Int(-2))]);
        assert_eq!(values(&["1", "2.5"]), [(0, Value::Int(1)), (1, Value::Float(2.5))]);
        assert_eq!(values(&["1", "True"]), [(0, Value::text("1")), (1, Value::text("True"))]);
        assert_eq!(values(&["true", "False"]), [(0, Value::Bool(true)), (1, Value::Bool(false))]);
        assert_eq!(
            values(&["1e5", "nan", "-inf"]),
            [
                (0, Value::Float(1e5)),
                (1, Value::Float(f64::NAN)),
                (2, Value::Float(f64::NEG_INFINITY)),
            ]
        );
        assert_eq!(values(&["1", "1_000"]), [(0, Value::text("1")), (1, Value::text("1_000"))]);
        assert_eq!(values(&["0x10"]), [(0, Value::text("0x10"))]);
        assert_eq!(values(&["", ""]), []);
        assert_eq!(values(&[" ", "+"]), [(0, Value::text(" ")), (1, Value::text("+"))]);
    }
}
