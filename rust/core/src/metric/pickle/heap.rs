//! What must hold of a heap before anyone walks through it: no cycle, few levels.

use crate::error::{Error, ErrorKind, Result};
use crate::metric::pickle::object::{Heap, Id, Object};

/// Most levels of lists and mappings in each other.
pub const MOST_LEVELS: usize = 64;

impl Heap<'_> {
    /// Checks that the object holds itself nowhere and is nested at most so deep.
    ///
    /// # Errors
    ///
    /// `Unsupported` for a cycle, `Limit` for too many levels.
    pub fn check(&self, top: Id) -> Result<()> {
        // The containers that are being walked through, with the next child of each.
        let mut path: Vec<(Id, usize)> = Vec::new();
        let mut states = vec![State::New; self.count()];
        let mut entering = Some(top);
        loop {
            if let Some(id) = entering.take() {
                match states.get_mut(id.index()) {
                    Some(state @ State::New) if self.is_container(id) => {
                        *state = State::Open;
                        path.push((id, 0));
                    }
                    Some(State::Open) => {
                        return Err(Error::new(
                            ErrorKind::Unsupported,
                            "a list or mapping of the pickle holds itself; metrics are plain trees",
                        ));
                    }
                    _ => {}
                }
            }
            let Some((id, next)) = path.last_mut() else { break };
            if let Some(child) = self.child(*id, *next) {
                *next += 1;
                entering = Some(child);
            } else {
                let height = self.height(*id, &states);
                if let Some(state) = states.get_mut(id.index()) {
                    *state = State::Done(height);
                }
                path.pop();
            }
        }
        match states.get(top.index()) {
            Some(State::Done(height)) if *height > MOST_LEVELS => Err(Error::new(
                ErrorKind::Limit,
                format!(
                    "the pickle nests {height} levels of lists and mappings; at most {MOST_LEVELS} \
                     are read"
                ),
            )),
            _ => Ok(()),
        }
    }

    fn is_container(&self, id: Id) -> bool {
        matches!(
            self.get(id),
            Object::List(_) | Object::Tuple(_) | Object::Mapping(_) | Object::Array(_)
        )
    }

    fn child(&self, id: Id, at: usize) -> Option<Id> {
        match self.get(id) {
            Object::List(items) => items.get(at).copied(),
            Object::Tuple(items) => items.get(at).copied(),
            Object::Mapping(entries) => {
                let (key, value) = entries.get(at / 2)?;
                Some(if at.is_multiple_of(2) { *key } else { *value })
            }
            Object::Array(array) if at == 0 => array.content.as_ref().map(|content| content.3),
            _ => None,
        }
    }

    fn height(&self, id: Id, states: &[State]) -> usize {
        let children = (0..).map_while(|at| self.child(id, at));
        let highest = children.map(|child| match states.get(child.index()) {
            Some(State::Done(height)) => *height,
            _ => 0,
        });
        highest.max().unwrap_or(0).saturating_add(1)
    }
}

#[derive(Clone, Copy)]
enum State {
    New,
    Open,
    Done(usize),
}
