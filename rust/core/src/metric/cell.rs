//! A `Cell`: what one job recorded under one name.

use super::packed::Packed;
use crate::array::DType;
use crate::value::Value;

/// What a value is made of and how it is laid out: cells of one form share a [`Segment`].
///
/// [`Segment`]: crate::metric::column::Segment
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Form {
    /// What an element is.
    pub element: Element,
    /// Lengths of the dimensions; empty for a scalar.
    pub shape: Vec<usize>,
    /// What held the elements.
    pub container: Container,
}

/// What held the elements where they came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Container {
    /// Nothing: a value by itself.
    Scalar,
    /// An array, of no dimensions perhaps.
    Array,
    /// A list, or lists in a list.
    List,
}

/// What an element of a cell is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Element {
    /// A number, bool or time, as its bytes.
    Number(DType),
    /// Text.
    Text,
    /// A byte string.
    Bytes,
    /// Plain data that no array holds.
    Plain,
    /// Nothing: the job recorded a null.
    Null,
}

/// What one job recorded under one name.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// Its form.
    pub form: Form,
    /// Its content, in C order.
    pub data: Data,
}

/// The content of one or more cells of one form.
#[derive(Clone, Debug, PartialEq)]
pub enum Data {
    /// Numbers as bytes in native order, without gaps.
    Numbers(Packed),
    /// Texts.
    Texts(Vec<Box<str>>),
    /// Byte strings.
    Bytes(Vec<Box<[u8]>>),
    /// Plain values.
    Plain(Vec<Value>),
    /// Nulls.
    Nulls,
}

impl Cell {
    /// A null.
    #[must_use]
    pub const fn null() -> Self {
        Self {
            form: Form { element: Element::Null, shape: Vec::new(), container: Container::Scalar },
            data: Data::Nulls,
        }
    }

    /// Numbers of `dtype` in native byte order and C order.
    #[must_use]
    pub const fn numbers(
        dtype: DType,
        shape: Vec<usize>,
        container: Container,
        data: Vec<u8>,
    ) -> Self {
        Self {
            form: Form { element: Element::Number(dtype), shape, container },
            data: Data::Numbers(Packed::of(data)),
        }
    }

    /// Texts in C order.
    #[must_use]
    pub const fn texts(shape: Vec<usize>, container: Container, texts: Vec<Box<str>>) -> Self {
        Self { form: Form { element: Element::Text, shape, container }, data: Data::Texts(texts) }
    }

    /// One byte string.
    #[must_use]
    pub fn bytes(bytes: impl Into<Box<[u8]>>) -> Self {
        Self {
            form: Form { element: Element::Bytes, shape: Vec::new(), container: Container::Scalar },
            data: Data::Bytes(vec![bytes.into()]),
        }
    }

    /// Plain data that no array holds.
    #[must_use]
    pub fn plain(value: Value) -> Self {
        Self {
            form: Form { element: Element::Plain, shape: Vec::new(), container: Container::Scalar },
            data: Data::Plain(vec![value]),
        }
    }
}
