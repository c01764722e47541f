//! Labels: a value as the task sees it.
//!
//! A config gives a string that holds `${` not as it was written: of `n` backslashes before a
//! `${` only half are left, and if `n` is odd the `${` is plain text, else it opens an
//! interpolation. Backslashes elsewhere, and strings without `${`, are left alone (OmegaConf 2.3
//! and 2.4).

use crate::value::Value;

/// The value as the task sees it, in lists and mappings too. An interpolation is not resolved: it
/// labels as its text.
///
/// # Examples
///
/// ```
/// use runcube_core::grammar::label;
/// use runcube_core::value::Value;
///
/// assert_eq!(label(&Value::text(r"\${a}")), Value::text("${a}"));
/// assert_eq!(label(&Value::text("${a}")), Value::text("${a}"));
/// assert_eq!(label(&Value::text(r"a\b")), Value::text(r"a\b"));
/// ```
#[must_use]
pub fn label(value: &Value) -> Value {
    match value {
        Value::Str(text) if text.contains("${") => Value::text(unescaped(text)),
        Value::List(items) => Value::List(items.iter().map(label).collect()),
        Value::Map(entries) => {
            Value::Map(entries.iter().map(|(key, value)| (key.clone(), label(value))).collect())
        }
        other => other.clone(),
    }
}

fn unescaped(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        let (before, from) = rest.split_at(at);
        let plain = before.trim_end_matches('\\');
        let backslashes = before.len().saturating_sub(plain.len());
        result.push_str(plain);
        result.extend(std::iter::repeat_n('\\', backslashes / 2));
        let length = if backslashes % 2 == 1 { 2 } else { interpolation_length(from) };
        let (copied, after) = from.split_at_checked(length).unwrap_or((from, ""));
        result.push_str(copied);
        rest = after;
    }
    result.push_str(rest);
    result
}

/// The length of the interpolation that `text` starts with, nested ones included; all of it where
/// it does not end.
fn interpolation_length(text: &str) -> usize {
    let mut depth: usize = 0;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'{' => depth = depth.saturating_add(1),
            b'}' if depth == 1 => return at.saturating_add(1),
            b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> String {
        label(&Value::text(text)).to_string()
    }

    /// Left what is written, right what `OmegaConf.create({"q": left}).q` gives in 2.3.1 and
    /// 2.4.1rc1.
    #[test]
    fn escapes_before_an_interpolation_are_read_as_omegaconf_reads_them() {
        for (written, seen) in [
            (r"\${a}", r"${a}"),
            (r"\\\${a}", r"\${a}"),
            (r"\\\\\${a}", r"\\${a}"),
            (r"x\y", r"x\y"),
            (r"a\b \${c}", r"a\b ${c}"),
            (r"a\\b \${c}", r"a\\b ${c}"),
            (r"\\ \${c}", r"\\ ${c}"),
            (r"\${", r"${"),
            (r"\${a} \\", r"${a} \\"),
            (r"$\{a}", r"$\{a}"),
            (r"\${a} \}", r"${a} \}"),
            (r"'\${a}'", r"'${a}'"),
        ] {
            assert_eq!(of(written), seen, "{written}");
        }
    }

    #[test]
    fn interpolations_label_as_their_text() {
        assert_eq!(of(r"\\${x}"), r"\${x}");
        assert_eq!(of(r"a ${f:'\${b}',${c}} \${d}"), r"a ${f:'\${b}',${c}} ${d}");
        assert_eq!(of("${a"), "${a");
    }

    #[test]
    fn strings_in_containers_are_labelled_alike() {
        let text = Value::text(r"\${a}");
        let nested = Value::List(vec![Value::Map(vec![(Value::text("k"), text)])]);
        assert_eq!(label(&nested).to_string(), "[{'k': '${a}'}]");
    }
}
