//! `Verdict`: what a load decided of all jobs together, to be believed where nothing changed.
//!
//! ```text
//! section     about                      numbers       ends              data
//! verdict     {"all_produced": …}                      repetitions       two flags for each job
//! parameter   {"name": …, "aliases": …}  1 0 0 2 …     where labels end  labels
//! ```

use serde_json::{Value as Json, json};

use super::labels;
use super::rows::{ReadRow, Row};
use crate::assemble::{MISSING, Parameter, Parameters};
use crate::codes::index;

const BELONGS: u8 = 1;
const IDENTIFIED: u8 = 2;

/// What a load decided.
#[derive(Clone, Debug, Default)]
pub struct Verdict {
    /// Who the jobs are.
    pub parameters: Parameters,
    /// For each job whether it is one of the sweep's.
    pub belongs: Vec<bool>,
    /// Whether the sweep's definition produces every one of them.
    pub produces_all: bool,
    /// Which repetition each job is; empty where none says so.
    pub repetitions: Vec<Option<i64>>,
    /// The repetitions that were planned.
    pub planned: Vec<i64>,
    /// How many of the planned jobs have no directory, where there is a plan.
    pub never_made: Option<usize>,
}

impl Verdict {
    /// The rows that say it.
    pub fn rows(&self) -> Vec<Row> {
        let each = self.belongs.iter().zip(&self.parameters.identified);
        let flags = each.map(|(belongs, identified)| {
            u8::from(*belongs) * BELONGS + u8::from(*identified) * IDENTIFIED
        });
        let about = json!({
            "produces_all": self.produces_all,
            "planned": self.planned,
            "never_made": self.never_made,
        });
        // A number for whether there is one, and the number.
        let repetitions = self
            .repetitions
            .iter()
            .flat_map(|it| [u64::from(it.is_some()), it.unwrap_or(0).cast_unsigned()]);
        let mut rows = vec![Row {
            section: "verdict".to_owned(),
            about: about.to_string(),
            ends: repetitions.collect(),
            data: flags.collect(),
            ..Row::default()
        }];
        for parameter in &self.parameters.list {
            let about = json!({"name": parameter.name, "aliases": parameter.aliases});
            let mut row = Row::texts("parameter", parameter.labels.iter().map(labels::bytes));
            row.about = about.to_string();
            row.numbers.clone_from(&parameter.codes);
            rows.push(row);
        }
        rows
    }

    /// Reads the first of the rows, of so many jobs; `None` where it contradicts itself.
    pub fn parse(row: &ReadRow, jobs: usize) -> Option<Self> {
        let about: Json = serde_json::from_str(&row.about).ok()?;
        let has = |flag: u8| row.data.iter().map(|it| it & flag != 0).collect::<Vec<bool>>();
        let identified = has(IDENTIFIED);
        (identified.len() == jobs).then_some(())?;
        let repetitions: Vec<Option<i64>> = row
            .ends
            .chunks_exact(2)
            .filter_map(|pair| pair.split_first())
            .map(|(known, number)| {
                (*known == 1).then(|| number.first().map(|it| it.cast_signed()))?
            })
            .collect();
        matches!(repetitions.len(), count if count == 0 || count == jobs).then_some(())?;
        let never_made = match about.get("never_made")? {
            Json::Null => None,
            count => Some(usize::try_from(count.as_u64()?).ok()?),
        };
        let planned = about.get("planned")?.as_array()?.iter().map(Json::as_i64);
        Some(Self {
            parameters: Parameters { list: Vec::new(), identified },
            belongs: has(BELONGS),
            produces_all: about.get("produces_all")?.as_bool()?,
            repetitions,
            planned: planned.collect::<Option<_>>()?,
            never_made,
        })
    }

    /// Takes in the row of a parameter; `None` where it contradicts the rest.
    pub fn learn(&mut self, row: &ReadRow) -> Option<()> {
        let about: Json = serde_json::from_str(&row.about).ok()?;
        let labels = row.parts()?.into_iter().map(labels::parse).collect::<Option<Vec<_>>>()?;
        let alias = |it: &Json| match it {
            Json::Null => Some(None),
            name => Some(Some(name.as_str()?.into())),
        };
        let aliases: Vec<Option<Box<str>>> =
            about.get("aliases")?.as_array()?.iter().map(alias).collect::<Option<_>>()?;
        let known = |code: &u32| *code == MISSING || index(*code) < labels.len();
        let fits = row.numbers.len() == self.belongs.len() && row.numbers.iter().all(known);
        (fits && aliases.len() <= labels.len()).then_some(())?;
        self.parameters.list.push(Parameter {
            name: about.get("name")?.as_str()?.to_owned(),
            labels,
            codes: row.numbers.to_vec(),
            aliases,
        });
        Some(())
    }
}
