//! `Cube`: named arrays with named dimensions, ready to become a dataset.

use crate::array::{Buffer, DType};
use crate::metric::Cell;
use crate::value::Value;

/// An array of any dtype, in C order.
#[derive(Clone, Debug)]
pub struct Array {
    /// Lengths of the dimensions.
    pub shape: Vec<usize>,
    /// The elements.
    pub content: Content,
}

/// The elements of an array.
#[derive(Clone, Debug)]
pub enum Content {
    /// Elements of one size, as numpy holds them.
    Dense(DType, Buffer),
    /// Objects.
    Objects(Vec<Item>),
}

/// One element of an array of objects.
#[derive(Clone, Debug)]
pub enum Item {
    /// A hole.
    Missing,
    /// Plain data.
    Value(Value),
    /// What a job recorded, whole.
    Cell(Cell),
}

/// An array with a name for each dimension.
#[derive(Clone, Debug)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// The names of its dimensions.
    pub dimensions: Vec<String>,
    /// Its elements.
    pub array: Array,
}

/// What a sweep gathers to.
#[derive(Clone, Debug, Default)]
pub struct Cube {
    /// Labels of the dimensions and of the jobs.
    pub coordinates: Vec<Variable>,
    /// The metrics.
    pub variables: Vec<Variable>,
    /// What all jobs have in common.
    pub attributes: Vec<(String, Value)>,
    /// What could not be placed: the job, and why.
    pub refused: Vec<(usize, String)>,
}

impl Array {
    /// The integers from 0, as `int64`.
    #[must_use]
    pub fn range(count: usize) -> Self {
        let bytes: Vec<u8> = (0_i64..).take(count).flat_map(i64::to_ne_bytes).collect();
        Self::dense(DType::Int(8), vec![count], &bytes)
    }

    /// Elements of one size, given as their bytes.
    #[must_use]
    pub fn dense(dtype: DType, shape: Vec<usize>, bytes: &[u8]) -> Self {
        Self { shape, content: Content::Dense(dtype, Buffer::copied(bytes)) }
    }

    /// Texts, as fixed-width Unicode where numpy can hold them without loss and without waste,
    /// else as objects. numpy takes zeros at the end of a text for padding, so a text that ends
    /// with one is no fixed-width text; and the widest text sets the width of all.
    #[must_use]
    pub fn texts(shape: Vec<usize>, texts: &[&str]) -> Self {
        /// Code points beyond which a text is no fixed-width one.
        const WIDEST: usize = 1000;
        let width = texts.iter().map(|text| text.chars().count()).max().unwrap_or(0).max(1);
        if width > WIDEST || texts.iter().any(|text| text.ends_with('\0')) {
            let items = texts.iter().map(|text| Item::Value(Value::text(*text))).collect();
            return Self { shape, content: Content::Objects(items) };
        }
        let dtype = DType::Unicode(crate::codes::code(width));
        let mut buffer = Buffer::zeroed(dtype.size().saturating_mul(texts.len()));
        for (item, text) in buffer.bytes_mut().chunks_exact_mut(dtype.size()).zip(texts) {
            for (point, character) in item.chunks_exact_mut(4).zip(text.chars()) {
                point.copy_from_slice(&u32::from(character).to_ne_bytes());
            }
        }
        Self { shape, content: Content::Dense(dtype, buffer) }
    }
}
