//! Arrays, their elements and the types of these, as numpy's own pickles describe them.
//!
//! ```text
//! _reconstruct(ndarray, (0,), b"b")      then filled with (version, shape, type, fortran, content)
//! _frombuffer(bytes, type, shape, order[, axes])                       protocol 5
//! scalar(type, bytes)
//! dtype("f8", False, True)               then filled with (version, "<", …)
//! ```

use crate::array::element_count;
use crate::metric::pickle::allowed::Global;
use crate::metric::pickle::object::{Array, ElementType, Heap, Id, Object};

/// Most dimensions of an array, as in numpy.
const MOST_DIMENSIONS: usize = 64;

/// Longest short name of a type.
const LONGEST_CODE: usize = 64;

/// An array without its content.
pub fn empty(heap: &Heap<'_>, arguments: &[Id]) -> Option<Object<'static>> {
    match arguments {
        [class, _shape, _kind] if is(heap, *class, Global::ArrayClass) => {
            Some(Object::Array(Box::new(Array { content: None, axes: None })))
        }
        _ => None,
    }
}

/// The content of an array.
pub fn fill(heap: &mut Heap<'_>, array: Id, state: Id) -> Option<()> {
    let [shape, element, fortran, content] = match heap.items(state)? {
        [_version, rest @ ..] if rest.len() == 4 => <[Id; 4]>::try_from(rest).ok()?,
        // The oldest form has no version.
        whole => <[Id; 4]>::try_from(whole).ok()?,
    };
    let fortran = heap.int(fortran)? != 0;
    let content = content_of(heap, shape, element, fortran, content)?;
    match heap.get_mut(array)? {
        Object::Array(array) => array.content = Some(content),
        _ => return None,
    }
    Some(())
}

/// An array from a byte string.
pub fn from_buffer(heap: &Heap<'_>, arguments: &[Id]) -> Option<Object<'static>> {
    let [content, element, shape, order, axes @ ..] = arguments else { return None };
    let order = heap.text(*order)?;
    let content = content_of(heap, *shape, *element, order == "F", *content)?;
    let axes = match (order, axes) {
        ("C" | "F", _) => None,
        ("K", [axes]) => {
            let axes = heap.sizes(*axes)?;
            let mut sorted = axes.clone();
            sorted.sort_unstable();
            if sorted.len() != content.1.len() || !sorted.into_iter().eq(0..content.1.len()) {
                return None;
            }
            Some(axes)
        }
        _ => return None,
    };
    Some(Object::Array(Box::new(Array { content: Some(content), axes })))
}

fn content_of(
    heap: &Heap<'_>,
    shape: Id,
    element: Id,
    fortran: bool,
    content: Id,
) -> Option<(Id, Vec<usize>, bool, Id)> {
    let shape = match heap.size(shape) {
        Some(length) => vec![length],
        None => heap.sizes(shape)?,
    };
    let is_type = matches!(heap.get(element), Object::ElementType(_));
    let is_content = matches!(heap.get(content), Object::Bytes(_) | Object::List(_))
        || heap.bytes(content).is_some();
    let fits = element_count(&shape).is_some() && shape.len() <= MOST_DIMENSIONS;
    (is_type && is_content && fits).then_some((element, shape, fortran, content))
}

/// The type of elements by its short name.
pub fn element_type(heap: &Heap<'_>, arguments: &[Id]) -> Option<Object<'static>> {
    let [code, ..] = arguments else { return None };
    let code = heap.text(*code)?;
    let (order, code) = match code.split_at_checked(1) {
        Some((first @ ("<" | ">" | "|" | "="), rest)) => (first.chars().next()?, rest),
        _ => ('|', code),
    };
    if code.len() > LONGEST_CODE {
        return None;
    }
    Some(Object::ElementType(Box::new(ElementType {
        code: code.into(),
        order,
        unit: None,
        structured: false,
    })))
}

/// Byte order, unit and parts of a type of elements.
pub fn fill_element_type(heap: &mut Heap<'_>, element: Id, state: Id) -> Option<()> {
    let [_version, order, subarray, names, fields, rest @ ..] = heap.items(state)? else {
        return None;
    };
    let order = match heap.bytes(*order)? {
        [one] => char::from(*one),
        _ => return None,
    };
    let structured =
        [subarray, names, fields].iter().any(|part| !matches!(heap.get(**part), Object::None));
    // Behind width, alignment and flags: metadata, with the unit of times.
    let unit = match rest.get(3).map(|metadata| heap.items(*metadata)) {
        None => None,
        Some(metadata) => match metadata? {
            [_, unit] => match heap.items(*unit)? {
                [name, count, _, _] => {
                    let name = std::str::from_utf8(heap.bytes(*name)?).ok()?;
                    Some((name.into(), heap.int(*count)?))
                }
                _ => return None,
            },
            _ => return None,
        },
    };
    match heap.get_mut(element)? {
        Object::ElementType(it) => {
            it.order = order;
            it.unit = unit;
            it.structured = structured;
        }
        _ => return None,
    }
    Some(())
}

/// One element by itself.
pub fn element(heap: &Heap<'_>, arguments: &[Id]) -> Option<Object<'static>> {
    match arguments {
        [element, content] => {
            let is_type = matches!(heap.get(*element), Object::ElementType(_));
            is_type.then_some(Object::Element(*element, *content))
        }
        _ => None,
    }
}

fn is(heap: &Heap<'_>, id: Id, global: Global) -> bool {
    matches!(heap.get(id), Object::Global(found) if *found == global)
}
