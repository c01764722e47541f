//! The names of metrics: nested mappings flattened with `.`, each name once.

use std::collections::HashSet;

use crate::error::{Error, ErrorKind, Result};
use crate::metric::pickle::encode::{Encoder, ITEM};
use crate::metric::pickle::object::{Id, Object};

/// Named values of one mapping, in order.
pub type Named = Vec<(String, Id)>;

impl Encoder<'_, '_> {
    /// The values of a mapping by their names; the later of two equal names gets a trailing `_`.
    pub fn named(&self, entries: &[(Id, Id)]) -> Result<Named> {
        let mut named = Named::new();
        self.flatten(entries, "", &mut named)?;
        let mut taken = HashSet::new();
        for (name, _) in &mut named {
            let plain = name.len();
            while taken.contains(name) {
                name.push('_');
                // Equal names in great number would cost the square of it.
                self.spend(name.len().saturating_sub(plain).saturating_mul(ITEM))?;
            }
            taken.insert(name.clone());
        }
        Ok(named)
    }

    fn flatten(&self, entries: &[(Id, Id)], prefix: &str, named: &mut Named) -> Result<()> {
        let mut keys = HashSet::new();
        for (key, value) in entries {
            let kind = std::mem::discriminant(self.heap.get(*key));
            let key = self.key(*key)?;
            let name = format!("{prefix}{key}");
            self.spend(name.len().saturating_add(ITEM))?;
            if !keys.insert((kind, key)) {
                return Err(Error::new(
                    ErrorKind::Corrupt,
                    format!("a mapping has the key `{name}` twice"),
                ));
            }
            match self.heap.get(*value) {
                Object::Mapping(inner) => self.flatten(inner, &format!("{name}."), named)?,
                _ => named.push((name, *value)),
            }
        }
        Ok(())
    }
}
