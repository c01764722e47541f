//! What a call of a name in the list would have made, built as data.

use std::borrow::Cow;

use crate::error::{Error, ErrorKind, Result};
use crate::metric::pickle::allowed::Global;
use crate::metric::pickle::arrays;
use crate::metric::pickle::input::corrupt;
use crate::metric::pickle::object::{Heap, Id, Object, Storage};
use crate::metric::pickle::tensors;
use crate::metric::pickle::times;

/// The object that a name makes from its arguments.
pub fn make<'a>(
    heap: &Heap<'a>,
    function: Global,
    arguments: &[Id],
    at: usize,
) -> Result<Object<'a>> {
    let made = match function {
        Global::Mapping => mapping(heap, arguments),
        Global::DefaultMapping => match arguments {
            [] => Some(Object::Mapping(Vec::new())),
            [_, content @ ..] => mapping(heap, content),
        },
        Global::Set => Some(Object::Foreign("a set")),
        Global::Complex => complex(heap, arguments),
        Global::Bytes | Global::Encode => bytes(heap, arguments),
        Global::DateTime => times::date_time(heap, arguments),
        Global::Date => times::date(heap, arguments),
        Global::TimeOfDay => Some(Object::Foreign("a time of day")),
        Global::Duration => times::duration(heap, arguments),
        Global::Zone => times::zone(heap, arguments),
        Global::MakeArray => arrays::empty(heap, arguments),
        Global::ArrayFromBuffer => arrays::from_buffer(heap, arguments),
        Global::ElementType => arrays::element_type(heap, arguments),
        Global::Element => arrays::element(heap, arguments),
        Global::MakeTensor => return tensors::make(heap, arguments, false, at),
        Global::MakeTypedTensor => return tensors::make(heap, arguments, true, at),
        Global::TensorShape => match arguments {
            [lengths] => heap.items(*lengths).map(|items| Object::Tuple(items.into())),
            _ => None,
        },
        Global::Release => match arguments {
            [text] => heap.text(*text).map(|text| Object::Text(Cow::Owned(text.to_owned()))),
            _ => None,
        },
        Global::Foreign("a class") => None,
        Global::Foreign(what) => Some(Object::Foreign(what)),
        Global::Range
        | Global::MakeParameter
        | Global::MakeTensorOfClass
        | Global::ArrayClass
        | Global::TensorClass
        | Global::Storage(_)
        | Global::TensorType(_) => None,
    };
    made.ok_or_else(|| {
        let count = arguments.len();
        let name = format!("{function:?}");
        corrupt(at, &format!("the pickle makes a `{name}` of {count} arguments that do not fit it"))
    })
}

/// What is added to an object after it was made.
pub fn fill(heap: &mut Heap<'_>, object: Id, state: Id, at: usize) -> Result<()> {
    let filled = match heap.get(object) {
        // Attributes, such as the `_metadata` of a model's state: the entries stand for themselves.
        Object::Mapping(_) | Object::Text(_) | Object::Foreign(_) => Some(()),
        Object::ElementType(_) => arrays::fill_element_type(heap, object, state),
        Object::Array(_) => arrays::fill(heap, object, state),
        _ => {
            return Err(Error::new(
                ErrorKind::Unsupported,
                format!("the pickle sets attributes of plain data (byte {at})"),
            ));
        }
    };
    filled.ok_or_else(|| corrupt(at, "the content of an array does not fit it"))
}

/// The storage that a persistent name stands for.
pub fn storage(heap: &Heap<'_>, name: Id, at: usize) -> Result<Object<'static>> {
    let found = match heap.items(name) {
        Some([kind, class, key, _location, count, view @ ..]) => {
            let whole = view.iter().all(|view| matches!(heap.get(*view), Object::None));
            match (heap.text(*kind), heap.get(*class), heap.text(*key), heap.size(*count)) {
                (
                    Some("storage"),
                    Object::Global(Global::Storage(element)),
                    Some(key),
                    Some(count),
                ) if whole => Some(Storage { element: *element, key: key.into(), count }),
                _ => None,
            }
        }
        _ => None,
    };
    found.map(|it| Object::Storage(Box::new(it))).ok_or_else(|| {
        Error::new(
            ErrorKind::Unsupported,
            format!("the pickle has a persistent object that is no whole storage (byte {at})"),
        )
    })
}

fn mapping<'a>(heap: &Heap<'a>, arguments: &[Id]) -> Option<Object<'a>> {
    let [content] = arguments else {
        return arguments.is_empty().then(|| Object::Mapping(Vec::new()));
    };
    if let Object::Mapping(entries) = heap.get(*content) {
        return Some(Object::Mapping(entries.clone()));
    }
    let pair = |item: &Id| match heap.items(*item) {
        Some([key, value]) => Some((*key, *value)),
        _ => None,
    };
    heap.items(*content)?.iter().map(pair).collect::<Option<_>>().map(Object::Mapping)
}

fn complex(heap: &Heap<'_>, arguments: &[Id]) -> Option<Object<'static>> {
    match arguments {
        [real, imaginary] => match (heap.get(*real), heap.get(*imaginary)) {
            (Object::Float(real), Object::Float(imaginary)) => {
                Some(Object::Complex(*real, *imaginary))
            }
            _ => None,
        },
        _ => None,
    }
}

/// `bytes()`, `bytes(b"…")`, `bytearray("…", "latin-1")` and `encode("…", "latin1")`.
fn bytes(heap: &Heap<'_>, arguments: &[Id]) -> Option<Object<'static>> {
    let found = match arguments {
        [] => Vec::new(),
        [bytes] => match heap.get(*bytes) {
            Object::Bytes(bytes) => bytes.to_vec(),
            _ => return None,
        },
        [text, encoding] if matches!(heap.text(*encoding)?, "latin1" | "latin-1") => {
            let points = heap.text(*text)?.chars().map(|it| u8::try_from(u32::from(it)).ok());
            points.collect::<Option<_>>()?
        }
        _ => return None,
    };
    Some(Object::Bytes(Cow::Owned(found)))
}

/// The integers of a range, whose number may not pass `most`.
pub fn range(heap: &Heap<'_>, arguments: &[Id], most: usize) -> Option<Vec<i64>> {
    let whole: Vec<i64> = arguments.iter().map(|it| heap.int(*it)).collect::<Option<_>>()?;
    let [start, stop, step] = whole.as_slice() else { return None };
    let distance = if *step > 0 { stop.checked_sub(*start)? } else { start.checked_sub(*stop)? };
    let step_size = i64::try_from(step.unsigned_abs()).ok().filter(|size| *size > 0)?;
    let count = usize::try_from(distance.max(0)).ok()?.div_ceil(usize::try_from(step_size).ok()?);
    if count > most {
        return None;
    }
    Some(std::iter::successors(Some(*start), |at| at.checked_add(*step)).take(count).collect())
}
