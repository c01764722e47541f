//! Tensors, as torch's own pickles describe them: a storage and a view of it.
//!
//! ```text
//! _rebuild_tensor_v2(storage, offset, shape, strides, requires_grad, hooks[, bits])
//! _rebuild_tensor_v3(storage, offset, shape, strides, requires_grad, hooks, type[, bits])
//! ```

use crate::error::{Error, ErrorKind, Result};
use crate::metric::pickle::allowed::Global;
use crate::metric::pickle::input::corrupt;
use crate::metric::pickle::object::{Heap, Id, Object, StorageType, Tensor};

/// Most dimensions of a tensor, as in torch.
const MOST_DIMENSIONS: usize = 64;

/// The tensor that the arguments describe; whether it lies in its storage is checked here.
pub fn make<'a>(heap: &Heap<'a>, arguments: &[Id], typed: bool, at: usize) -> Result<Object<'a>> {
    let bad = || corrupt(at, "the description of a tensor does not fit its storage");
    let [storage, offset, shape, strides, rest @ ..] = arguments else { return Err(bad()) };
    let Object::Storage(storage) = heap.get(*storage) else { return Err(bad()) };
    let rest = rest.get(2..).unwrap_or_default();
    let (element, bits) = match (typed, rest) {
        (true, [element, bits @ ..]) => match heap.get(*element) {
            Object::Global(Global::TensorType(element)) => (*element, bits),
            _ => return Err(bad()),
        },
        (true, []) => return Err(bad()),
        (false, bits) => (storage.element, bits),
    };
    if element == StorageType::Untyped || bits.len() > 1 {
        return Err(bad());
    }
    let count = match storage.element {
        StorageType::Untyped => storage.count / element.size(),
        same if same == element => storage.count,
        _ => return Err(bad()),
    };
    let mut tensor = Tensor {
        storage: storage.as_ref().clone(),
        element,
        offset: heap.size(*offset).ok_or_else(bad)?,
        shape: heap.sizes(*shape).ok_or_else(bad)?,
        strides: heap.sizes(*strides).ok_or_else(bad)?,
        conjugate: false,
        negative: false,
    };
    if !lies_in(&tensor, count) {
        return Err(bad());
    }
    if let [bits] = bits {
        set_bits(heap, *bits, &mut tensor)?;
    }
    Ok(Object::Tensor(Box::new(tensor)))
}

/// Whether every element of the view is one of `count`.
fn lies_in(tensor: &Tensor, count: usize) -> bool {
    if tensor.shape.len() != tensor.strides.len() || tensor.shape.len() > MOST_DIMENSIONS {
        return false;
    }
    if tensor.shape.contains(&0) {
        return true;
    }
    let last = tensor.shape.iter().zip(&tensor.strides).try_fold(tensor.offset, |last, (n, by)| {
        last.checked_add(n.checked_sub(1)?.checked_mul(*by)?)
    });
    last.is_some_and(|last| last < count)
}

/// What torch leaves undone until the tensor is used.
fn set_bits(heap: &Heap<'_>, bits: Id, tensor: &mut Tensor) -> Result<()> {
    let entries = match heap.get(bits) {
        Object::Mapping(entries) => entries.as_slice(),
        Object::None => &[],
        _ => return Err(Error::new(ErrorKind::Corrupt, "the metadata of a tensor are no mapping")),
    };
    for (name, set) in entries {
        let set = matches!(heap.get(*set), Object::Bool(true));
        match heap.text(*name) {
            Some("conj") => tensor.conjugate = set,
            Some("neg") => tensor.negative = set,
            other => {
                return Err(Error::new(
                    ErrorKind::Unsupported,
                    format!("a tensor with the metadata `{}`", other.unwrap_or("?")),
                ));
            }
        }
    }
    Ok(())
}
