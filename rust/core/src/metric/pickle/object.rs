//! What a pickle builds: objects that lie in a heap and name each other by number.

use std::borrow::Cow;

use crate::array::DType;
use crate::error::{Error, ErrorKind, Result};
use crate::metric::pickle::allowed::Global;

/// Most objects of one file.
const MOST_OBJECTS: usize = 1 << 24;

/// Bytes that the objects of any file may own: a call may copy what was read before.
const OWNED: usize = 1 << 24;
/// How many more they may own for each byte of the file.
const OWNED_BY_BYTE: usize = 16;

/// The place of an object in its heap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Id(u32);

/// One object.
#[derive(Clone, Debug)]
pub enum Object<'a> {
    /// Nothing.
    None,
    /// True or false.
    Bool(bool),
    /// An integer of at most 64 bits, signed.
    Int(i64),
    /// The decimal digits of a longer one.
    BigInt(Box<str>),
    /// A float.
    Float(f64),
    /// A complex number.
    Complex(f64, f64),
    /// Text.
    Text(Cow<'a, str>),
    /// A byte string.
    Bytes(Cow<'a, [u8]>),
    /// A list.
    List(Vec<Id>),
    /// A tuple.
    Tuple(Box<[Id]>),
    /// A mapping, in the order in which it was filled.
    Mapping(Vec<(Id, Id)>),
    /// A point or span in time.
    Time(DType, i64),
    /// The distance of a time zone from UTC, in microseconds.
    Zone(i64),
    /// An element type of arrays.
    ElementType(Box<ElementType>),
    /// An array.
    Array(Box<Array>),
    /// One element of an array: its type and its bytes.
    Element(Id, Id),
    /// The elements of tensors, which lie elsewhere in the file.
    Storage(Box<Storage>),
    /// A tensor: a view of a storage.
    Tensor(Box<Tensor>),
    /// A name of the list.
    Global(Global),
    /// Something that no metric is, described.
    Foreign(&'static str),
}

/// The type of an array's elements, as far as the pickle has said it.
#[derive(Clone, Debug)]
pub struct ElementType {
    /// Kind and size (`f8`, `U3`, `M8`).
    pub code: Box<str>,
    /// Byte order: `<`, `>`, `|` or `=`.
    pub order: char,
    /// The unit of times, and how many of it are one step.
    pub unit: Option<(Box<str>, i64)>,
    /// Whether the elements have parts: names or inner shapes.
    pub structured: bool,
}

/// An array; `content` is missing between its making and its filling.
#[derive(Clone, Debug)]
pub struct Array {
    /// Type of the elements, shape, whether the first axis varies fastest, and elements: a byte
    /// string, or a list of objects.
    pub content: Option<(Id, Vec<usize>, bool, Id)>,
    /// How the axes are ordered in memory, where neither first nor last axis varies fastest.
    pub axes: Option<Vec<usize>>,
}

/// What the elements of a storage are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StorageType {
    /// Numbers as numpy has them.
    Number(DType),
    /// The upper half of a float32.
    BFloat16,
    /// Two float16.
    ComplexHalf,
    /// Bytes, whose type each tensor says itself.
    Untyped,
}

/// The elements of tensors.
#[derive(Clone, Debug)]
pub struct Storage {
    /// What its elements are.
    pub element: StorageType,
    /// Its name in the file.
    pub key: Box<str>,
    /// How many elements it has.
    pub count: usize,
}

/// A view of a storage.
#[derive(Clone, Debug)]
pub struct Tensor {
    /// The storage.
    pub storage: Storage,
    /// What the elements are.
    pub element: StorageType,
    /// The first element.
    pub offset: usize,
    /// Lengths of the dimensions.
    pub shape: Vec<usize>,
    /// How many elements one step along each dimension passes.
    pub strides: Vec<usize>,
    /// Whether the imaginary parts have to be negated.
    pub conjugate: bool,
    /// Whether all parts have to be negated.
    pub negative: bool,
}

/// Every object of one pickle.
#[derive(Debug)]
pub struct Heap<'a> {
    objects: Vec<Object<'a>>,
    /// Bytes that objects may still own.
    left: usize,
}

impl<'a> Heap<'a> {
    /// The place of nothing, in every heap.
    pub const NONE: Id = Id(0);

    /// A heap that holds nothing else, for the objects of a file of so many bytes.
    #[must_use]
    pub fn for_file(bytes: usize) -> Self {
        let left = bytes.saturating_mul(OWNED_BY_BYTE).saturating_add(OWNED);
        Self { objects: vec![Object::None], left }
    }

    /// Adds an object.
    ///
    /// # Errors
    ///
    /// `Limit` beyond the bounds on their number and on what they own.
    pub fn add(&mut self, object: Object<'a>) -> Result<Id> {
        self.left = self.left.checked_sub(object.owned()).ok_or_else(|| {
            Error::new(ErrorKind::Limit, "the pickle copies its parts again and again")
        })?;
        let id = u32::try_from(self.objects.len()).unwrap_or(u32::MAX);
        if self.objects.len() >= MOST_OBJECTS {
            return Err(Error::new(
                ErrorKind::Limit,
                format!("the pickle holds more than {MOST_OBJECTS} objects; none so large is read"),
            ));
        }
        self.objects.push(object);
        Ok(Id(id))
    }

    /// The object at a place.
    #[must_use]
    pub fn get(&self, id: Id) -> &Object<'a> {
        self.objects.get(id.index()).unwrap_or(&Object::None)
    }

    /// The object at a place, to be changed.
    pub fn get_mut(&mut self, id: Id) -> Option<&mut Object<'a>> {
        self.objects.get_mut(id.index())
    }

    /// How many objects there are.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.objects.len()
    }

    /// Every object, in the order of their making.
    pub fn objects(&self) -> impl Iterator<Item = &Object<'a>> {
        self.objects.iter()
    }

    /// The text at a place.
    #[must_use]
    pub fn text(&self, id: Id) -> Option<&str> {
        match self.get(id) {
            Object::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The bytes at a place; text of ASCII alone, as old writers have it, counts as such.
    #[must_use]
    pub fn bytes(&self, id: Id) -> Option<&[u8]> {
        match self.get(id) {
            Object::Bytes(bytes) => Some(bytes),
            Object::Text(text) if text.is_ascii() => Some(text.as_bytes()),
            _ => None,
        }
    }

    /// The integer at a place.
    #[must_use]
    pub fn int(&self, id: Id) -> Option<i64> {
        match self.get(id) {
            Object::Int(value) => Some(*value),
            Object::Bool(value) => Some(i64::from(*value)),
            _ => None,
        }
    }

    /// The length or position at a place.
    #[must_use]
    pub fn size(&self, id: Id) -> Option<usize> {
        self.int(id).and_then(|value| usize::try_from(value).ok())
    }

    /// The lengths in the tuple at a place.
    #[must_use]
    pub fn sizes(&self, id: Id) -> Option<Vec<usize>> {
        self.items(id)?.iter().map(|item| self.size(*item)).collect()
    }

    /// The items of the tuple or list at a place.
    #[must_use]
    pub fn items(&self, id: Id) -> Option<&[Id]> {
        match self.get(id) {
            Object::Tuple(items) => Some(items),
            Object::List(items) => Some(items),
            _ => None,
        }
    }
}

impl Object<'_> {
    /// About how many bytes lie outside of the object itself.
    fn owned(&self) -> usize {
        match self {
            Self::Text(Cow::Owned(text)) => text.len(),
            Self::Bytes(Cow::Owned(bytes)) => bytes.len(),
            Self::List(items) => items.len().saturating_mul(size_of::<Id>()),
            Self::Tuple(items) => items.len().saturating_mul(size_of::<Id>()),
            Self::Mapping(entries) => entries.len().saturating_mul(size_of::<(Id, Id)>()),
            _ => 0,
        }
    }
}

impl Id {
    /// The place as a number.
    #[must_use]
    pub fn index(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }
}
