//! A parameter as a column.

use super::nested;
use super::rows::Values;
use crate::assemble::cube::Content;
use crate::assemble::labels::{as_label, label_array};
use crate::error::Result;
use crate::json;
use crate::value::Value;

/// The labels of the rows: of one kind, or numbers that mix without loss, as that Arrow type; text
/// as text; else JSON. A label that says null is null, unless other jobs lack theirs.
///
/// # Errors
///
/// `Limit`, as [`super::table`].
pub fn column(labels: &[Option<&Value>]) -> Result<Values> {
    let plain: Vec<Option<Value>> = labels.iter().map(|label| label.map(as_label)).collect();
    let is_null = |label: &&Value| matches!(label, Value::Null);
    let lacking = plain.iter().any(Option::is_none);
    let nulls = plain.iter().flatten().any(|it| is_null(&it));
    if !(lacking && nulls) {
        let present: Vec<&Value> = plain.iter().flatten().filter(|it| !is_null(it)).collect();
        let rows: Vec<bool> =
            plain.iter().map(|it| it.as_ref().is_some_and(|it| !is_null(&it))).collect();
        if present.is_empty() {
            return Ok(Values::plain(nested::nulls(plain.len())));
        }
        if present.iter().all(|it| matches!(it, Value::Str(_))) {
            let text = |label: &Option<Value>| match label {
                Some(Value::Str(text)) => Some(text.to_string()),
                _ => None,
            };
            return Ok(Values::plain(nested::texts(plain.iter().map(text))?));
        }
        let known: Vec<Option<&Value>> = present.into_iter().map(Some).collect();
        if let Content::Dense(dtype, buffer) = label_array(&known).content {
            let bytes = nested::spread(buffer.bytes(), dtype.size(), &rows);
            return Ok(Values::plain(nested::numbers(dtype, &bytes, Some(&rows))?));
        }
    }
    let texts = plain.iter().map(|label| label.as_ref().map(json::to_text));
    Ok(Values { dtype: Some("json"), ..Values::plain(nested::texts(texts)?) })
}
