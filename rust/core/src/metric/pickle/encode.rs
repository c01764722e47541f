//! From the objects of a pickle to cells: what `save_metrics` would have recorded of each value.
//!
//! | object | cell |
//! |---|---|
//! | nothing, number, text, bytes, time | a scalar |
//! | array, tensor | an array |
//! | list, tuple of equal ones | a list of one dimension or more |
//! | other lists, integers beyond 64 bits | plain data |
//!
//! What has no place in a record is `Unsupported`, and costs only itself; every other error costs
//! the file.

use std::cell::Cell as Shared;

use crate::array::{DType, TimeUnit, element_count};
use crate::error::{Error, ErrorKind, Result};
use crate::metric::cell::{Cell, Container, Data, Element, Form};
use crate::metric::npy::{Header, Kind};
use crate::metric::pickle::object::{Array, ElementType, Heap, Id, Object, Tensor};
use crate::metric::strides;

/// Bytes of content that any file may have.
const CONTENT: usize = 1 << 24;
/// How much more content a file may have than bytes: views may share a storage.
const MOST_SHARING: usize = 8;
/// What an item of a list counts, in bytes.
pub const ITEM: usize = 64;

/// Where the elements of tensors come from.
pub trait Tensors {
    /// The cell of a tensor, whose elements are at most `most` bytes.
    ///
    /// # Errors
    ///
    /// `Corrupt` where the elements are not there.
    fn cell(&self, tensor: &Tensor) -> Result<Cell>;
}

/// Turns objects into cells.
pub struct Encoder<'h, 'a> {
    /// The objects.
    pub heap: &'h Heap<'a>,
    tensors: &'h dyn Tensors,
    left: Shared<usize>,
}

impl<'h, 'a> Encoder<'h, 'a> {
    /// An encoder for the objects of a file of so many bytes.
    pub fn new(heap: &'h Heap<'a>, tensors: &'h dyn Tensors, bytes: usize) -> Self {
        let left = Shared::new(bytes.saturating_mul(MOST_SHARING).saturating_add(CONTENT));
        Self { heap, tensors, left }
    }

    /// Counts content, of which a small file could claim any amount by naming one part often.
    pub fn spend(&self, bytes: usize) -> Result<()> {
        let left = self.left.get().checked_sub(bytes).ok_or_else(|| {
            Error::new(
                ErrorKind::Limit,
                "the content is far larger than the file: it names the same parts again and again",
            )
        })?;
        self.left.set(left);
        Ok(())
    }

    /// The cell of one value.
    pub fn cell(&self, id: Id) -> Result<Cell> {
        let scalar = |dtype, bytes: &[u8]| {
            Ok(Cell::numbers(dtype, Vec::new(), Container::Scalar, bytes.to_vec()))
        };
        match self.heap.get(id) {
            Object::None => Ok(Cell::null()),
            Object::Bool(value) => scalar(DType::Bool, &[u8::from(*value)]),
            Object::Int(value) => scalar(DType::Int(8), &value.to_ne_bytes()),
            Object::BigInt(digits) => match digits.parse::<u64>() {
                Ok(value) => scalar(DType::UInt(8), &value.to_ne_bytes()),
                Err(_) => self.plain(id).map(Cell::plain),
            },
            Object::Float(value) => scalar(DType::Float(8), &value.to_ne_bytes()),
            Object::Complex(real, imaginary) => {
                scalar(DType::Complex(16), &[real.to_ne_bytes(), imaginary.to_ne_bytes()].concat())
            }
            Object::Time(dtype, count) => scalar(*dtype, &count.to_ne_bytes()),
            Object::Text(text) => {
                self.spend(text.len())?;
                Ok(Cell::texts(Vec::new(), Container::Scalar, vec![text.as_ref().into()]))
            }
            Object::Bytes(bytes) => {
                self.spend(bytes.len())?;
                Ok(Cell::bytes(bytes.as_ref()))
            }
            Object::Element(element, content) => self.element(*element, *content),
            Object::Array(array) => self.array(array),
            Object::Tensor(tensor) => {
                let count = element_count(&tensor.shape).unwrap_or(usize::MAX);
                self.spend(count.saturating_mul(tensor.element.size().max(4)))?;
                self.tensors.cell(tensor)
            }
            Object::List(items) => self.list(items),
            Object::Tuple(items) => self.list(items),
            other => Err(foreign(other)),
        }
    }

    /// The cell of one element of an array.
    fn element(&self, element: Id, content: Id) -> Result<Cell> {
        let (kind, swapped) = kind(self.heap, element)?;
        let content = self.heap.bytes(content).unwrap_or_default();
        self.spend(content.len())?;
        let cell = whole(kind, swapped, false, Vec::new(), content)?;
        Ok(Cell { form: Form { container: Container::Scalar, ..cell.form }, data: cell.data })
    }

    fn array(&self, array: &Array) -> Result<Cell> {
        let Some((element, shape, fortran, content)) = &array.content else {
            return Err(corrupt("an array was never filled"));
        };
        if let Object::List(items) = self.heap.get(*content) {
            return self.objects(shape, *fortran, items);
        }
        let (kind, swapped) = kind(self.heap, *element)?;
        let content = self.heap.bytes(*content).unwrap_or_default();
        self.spend(content.len())?;
        let Some(axes) = &array.axes else {
            return whole(kind, swapped, *fortran, shape.clone(), content);
        };
        let header =
            Header { kind, swapped, fortran_order: false, shape: shape.clone(), data_start: 0 };
        if header.data_len()? != content.len() {
            return Err(ill_fitting(&header, content.len()));
        }
        let steps = strides::of_c_order(shape);
        let along = |of: &[usize]| -> Vec<usize> {
            axes.iter().filter_map(|axis| of.get(*axis).copied()).collect()
        };
        let ordered =
            strides::in_c_order(content, header.item_size(), 0, &along(shape), &along(&steps));
        whole(kind, swapped, false, along(shape), &ordered)
    }

    /// An array of objects, which is recorded where all of them are texts.
    fn objects(&self, shape: &[usize], fortran: bool, items: &[Id]) -> Result<Cell> {
        if element_count(shape) != Some(items.len()) {
            return Err(corrupt("an array of objects has another number of them"));
        }
        let texts = items.iter().map(|item| self.heap.text(*item)).collect::<Option<Vec<_>>>();
        let in_order = !fortran || shape.len() <= 1;
        match texts {
            Some(texts) if in_order && !texts.is_empty() => {
                for text in &texts {
                    self.spend(text.len().saturating_add(ITEM))?;
                }
                let texts = texts.into_iter().map(Into::into).collect();
                Ok(Cell::texts(shape.to_vec(), Container::Array, texts))
            }
            _ => Err(Error::new(ErrorKind::Unsupported, "it is an array of objects")),
        }
    }

    /// The cell of a list: an array of one dimension or more where its items are alike, else plain
    /// data.
    pub fn list(&self, items: &[Id]) -> Result<Cell> {
        if items.is_empty() {
            let form = Form { element: Element::Null, shape: vec![0], container: Container::List };
            return Ok(Cell { form, data: Data::Nulls });
        }
        if let Some(mut shape) = self.shape(items)? {
            let mut leaves = Vec::new();
            self.leaves(items, shape.len(), &mut leaves);
            if let Some(joined) = self.join(&leaves)? {
                shape.extend(joined.form.shape.iter().skip(1));
                let form = Form { shape, container: Container::List, ..joined.form };
                return Ok(Cell { form, data: joined.data });
            }
        }
        self.plain_list(items).map(Cell::plain)
    }

    /// The shape of nested lists of equal lengths; `None` where they are ragged or empty inside.
    fn shape(&self, items: &[Id]) -> Result<Option<Vec<usize>>> {
        let mut inner: Option<Vec<usize>> = None;
        for item in items {
            self.spend(ITEM)?;
            let found = match self.heap.items(*item) {
                None => Vec::new(),
                Some([]) => return Ok(None),
                Some(nested) => match self.shape(nested)? {
                    Some(shape) => shape,
                    None => return Ok(None),
                },
            };
            match &inner {
                Some(first) if *first != found => return Ok(None),
                Some(_) => {}
                None => inner = Some(found),
            }
        }
        let mut shape = vec![items.len()];
        shape.extend(inner.unwrap_or_default());
        Ok(Some(shape))
    }

    fn leaves(&self, items: &[Id], depth: usize, found: &mut Vec<Id>) {
        if depth <= 1 {
            found.extend(items);
            return;
        }
        for item in items {
            self.leaves(self.heap.items(*item).unwrap_or_default(), depth - 1, found);
        }
    }
}

/// Elements as the type says, in one piece.
fn whole(
    kind: Kind,
    swapped: bool,
    fortran_order: bool,
    shape: Vec<usize>,
    content: &[u8],
) -> Result<Cell> {
    let header = Header { kind, swapped, fortran_order, shape, data_start: 0 };
    if header.data_len()? != content.len() {
        return Err(ill_fitting(&header, content.len()));
    }
    in_kept_unit(header.cell(content.to_vec())?)
}

fn ill_fitting(header: &Header, found: usize) -> Error {
    let shape = &header.shape;
    corrupt(&format!("an array of shape {shape:?} does not fit its content of {found} bytes"))
}

/// Times in days, hours or minutes as seconds, which the record keeps.
fn in_kept_unit(cell: Cell) -> Result<Cell> {
    let (unit, kept) = match cell.form.element {
        Element::Number(DType::Datetime(unit)) => (unit, DType::Datetime(TimeUnit::Second)),
        Element::Number(DType::Timedelta(unit)) => (unit, DType::Timedelta(TimeUnit::Second)),
        _ => return Ok(cell),
    };
    let (Data::Numbers(bytes), true) = (&cell.data, unit < TimeUnit::Second) else {
        return Ok(cell);
    };
    let seconds = unit
        .in_seconds(bytes)
        .ok_or_else(|| Error::new(ErrorKind::Unsupported, "64 bits do not hold it in seconds"))?;
    let form = Form { element: Element::Number(kept), ..cell.form };
    Ok(Cell { form, data: Data::Numbers(seconds.into()) })
}

fn kind(heap: &Heap<'_>, element: Id) -> Result<(Kind, bool)> {
    let Object::ElementType(element) = heap.get(element) else {
        return Err(corrupt("the type of an array is none"));
    };
    let ElementType { code, order, unit, structured } = element.as_ref();
    let text = match unit {
        Some((unit, 1)) => format!("{order}{code}[{unit}]"),
        Some((unit, count)) => format!("{order}{code}[{count}{unit}]"),
        None => format!("{order}{code}"),
    };
    if *structured {
        return Err(Error::new(ErrorKind::Unsupported, "it is a structured array"));
    }
    Kind::parse(&text)
}

/// The error of an object that no metric is.
pub fn foreign(object: &Object<'_>) -> Error {
    let what = match object {
        Object::Foreign(what) => what,
        Object::Global(_) => "a class",
        Object::Zone(_) => "a time zone",
        Object::ElementType(_) => "a type of elements",
        Object::Storage(_) => "a bare storage",
        Object::Mapping(_) => "a mapping inside of a list",
        Object::Bytes(_) => "a byte string inside of a list",
        Object::Complex(..) => "a complex number among other values",
        Object::Time(..) => "a time among other values",
        _ => "a value that no record holds",
    };
    Error::new(ErrorKind::Unsupported, format!("it is or holds {what}"))
}

pub fn corrupt(what: &str) -> Error {
    Error::new(ErrorKind::Corrupt, what)
}
