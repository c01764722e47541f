//! What a sweep set out to run: what Hydra wrote of it, and what we recorded, together.

use std::path::Path;

use crate::assemble::Definition;
use crate::error::Problem;
use crate::scan::Group;

/// What a sweep set out to run, by its own files.
pub fn defined(path: &Path, group: &Group, problems: &mut Vec<Problem>) -> Option<Definition> {
    let dialect = group.dialect();
    let definition = group.multirun.as_ref().and_then(|multirun| {
        Definition::from_multirun(multirun, dialect)
            .map_err(|error| {
                let path = path.join(&group.relative).join("multirun.yaml");
                problems.push(Problem::from_error(error, path));
            })
            .ok()
    });
    match &group.recorded {
        Some(recorded) => {
            let axes = &recorded.axes;
            let joined = Definition::with_record(definition, axes, recorded.is_product, dialect);
            joined.map(|it| Definition { indifferent: recorded.indifferent.clone(), ..it })
        }
        None => definition,
    }
}
