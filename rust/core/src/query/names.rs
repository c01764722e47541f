//! What a misspelt name may have meant.

use std::ops::Range;

use super::print::written_name;
use super::token::underlined;
use crate::error::{Error, ErrorKind};

/// Names that a message lists.
const MOST: usize = 8;
/// Names longer than this are not compared letter by letter.
const LONGEST: usize = 200;

/// The error of a name that no job has.
pub(super) fn unknown_name(name: &str, known: &[&str], text: &str, place: Range<usize>) -> Error {
    let close = close_names(name, known);
    let listed = |names: &[&str]| {
        let mut written: Vec<String> =
            names.iter().take(MOST).map(|name| quoted_name(name)).collect();
        if names.len() > MOST {
            written.push(format!("… ({} in all)", names.len()));
        }
        written.join(", ")
    };
    let advice = match (close.as_slice(), known) {
        (_, []) => "the jobs have no parameters".to_owned(),
        ([], known) => format!("there are {}; a text is quoted", listed(known)),
        (close, _) => format!("did you mean {}?", listed(close)),
    };
    let message = format!("no job has a parameter {}; {advice}", quoted_name(name));
    underlined(ErrorKind::Invalid, message, text, place)
}

/// A name as it is written in a condition, in backticks in any case.
pub(super) fn quoted_name(name: &str) -> String {
    match written_name(name) {
        bare if bare == name => format!("`{bare}`"),
        quoted => quoted,
    }
}

/// The names nearest to one, the nearest first: few letters differ, or its last part is that name.
fn close_names<'k>(name: &str, known: &[&'k str]) -> Vec<&'k str> {
    let bound = name.chars().count().div_ceil(3).max(1);
    let mut close: Vec<(usize, &str)> = known
        .iter()
        .filter(|known| known.len() <= LONGEST && name.len() <= LONGEST)
        .filter_map(|known| {
            let last = known.rsplit(['.', '/']).next().unwrap_or(known);
            let (folded, wanted) = (known.to_lowercase(), name.to_lowercase());
            let distance = match last == name {
                true => 0,
                false => strsim::damerau_levenshtein(&folded, &wanted),
            };
            (distance <= bound).then_some((distance, *known))
        })
        .collect();
    close.sort_by_key(|(distance, _)| *distance);
    close.into_iter().map(|(_, name)| name).take(3).collect()
}
