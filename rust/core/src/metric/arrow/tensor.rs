//! Arrow's canonical "Fixed shape tensor": arrays that lie in a column as flat lists.

use arrow_schema::Field;
use serde_json::Value as Json;

use super::batches::corrupt;
use super::layout::complex_type;
use super::{EXTENSION_METADATA, EXTENSION_NAME, TENSOR};
use crate::array::element_count;
use crate::error::{Error, ErrorKind, Result};
use crate::metric::cell::{Cell, Container, Data, Element};
use crate::metric::strides::{in_c_order, of_c_order};

/// The shape of each array of a column.
pub struct Tensor {
    /// Lengths of the dimensions, as the elements lie.
    shape: Vec<usize>,
    /// Which of them is the first, the second, …; empty where they are in order.
    permutation: Vec<usize>,
}

impl Tensor {
    /// What a field's metadata say; `None` where it is of no such type.
    ///
    /// # Errors
    ///
    /// `Corrupt` where they cannot be understood; `Unsupported` for an order of the dimensions that
    /// does not undo itself, which writers understand in two ways.
    pub fn of(field: &Field, mark: Option<&str>) -> Result<Option<Self>> {
        if field.metadata().get(EXTENSION_NAME).map(String::as_str) != Some(TENSOR) {
            return Ok(None);
        }
        let bad = || corrupt("the shape of an array is damaged");
        let metadata = field.metadata().get(EXTENSION_METADATA).map_or("", String::as_str);
        let metadata: Json = serde_json::from_str(metadata).map_err(|_| bad())?;
        let numbers = |key| match metadata.get(key) {
            None | Some(Json::Null) => Ok(None),
            Some(list) => list.as_array().ok_or_else(bad).and_then(|list| {
                let number = |it: &Json| it.as_u64().and_then(|it| usize::try_from(it).ok());
                list.iter()
                    .map(|it| number(it).ok_or_else(bad))
                    .collect::<Result<Vec<_>>>()
                    .map(Some)
            }),
        };
        let mut shape = numbers("shape")?.ok_or_else(bad)?;
        if complex_type(mark).is_some() {
            shape.pop();
        }
        let permutation = numbers("permutation")?.unwrap_or_default();
        let mut sorted = permutation.clone();
        sorted.sort_unstable();
        if !sorted.is_empty() && !sorted.iter().copied().eq(0..shape.len()) {
            return Err(bad());
        }
        // Arrow's specification and its C++ writer say the inverse of each other.
        let returns = |axis: usize| permutation.get(axis).and_then(|it| permutation.get(*it));
        if (0..permutation.len()).any(|axis| returns(axis) != Some(&axis)) {
            return Err(Error::new(
                ErrorKind::Unsupported,
                format!(
                    "arrays whose dimensions lie in the order {permutation:?}: write them in C order"
                ),
            ));
        }
        Ok(Some(Self { shape, permutation }))
    }

    /// The one array of a row.
    ///
    /// # Errors
    ///
    /// `Corrupt` where the shape does not fit the elements.
    pub fn row(&self, whole: Cell) -> Result<Cell> {
        self.shaped(whole, &[])
    }

    /// The arrays of all rows, along a leading dimension.
    ///
    /// # Errors
    ///
    /// As [`Tensor::row`].
    pub fn rows(&self, whole: Cell) -> Result<Cell> {
        if whole.form.element == Element::Null || matches!(whole.data, Data::Plain(_)) {
            return Ok(whole);
        }
        let rows = whole.form.shape.first().copied().unwrap_or(0);
        self.shaped(whole, &[rows])
    }

    fn shaped(&self, whole: Cell, leading: &[usize]) -> Result<Cell> {
        let mut form = whole.form;
        let misfit = || corrupt(&format!("the shape {:?} does not fit the elements", self.shape));
        let lies: Vec<usize> = leading.iter().chain(&self.shape).copied().collect();
        if element_count(&lies) != element_count(&form.shape) {
            return Err(misfit());
        }
        form.container = Container::Array;
        form.shape = lies;
        let (Data::Numbers(bytes), Element::Number(dtype)) = (&whole.data, form.element) else {
            return Ok(Cell { form, data: whole.data });
        };
        if self.permutation.is_empty() {
            return Ok(Cell { form, data: whole.data });
        }
        let order: Vec<usize> = (0..leading.len())
            .chain(self.permutation.iter().map(|axis| axis + leading.len()))
            .collect();
        let strides = of_c_order(&form.shape);
        let pick = |of: &[usize]| -> Option<Vec<usize>> {
            order.iter().map(|axis| of.get(*axis).copied()).collect()
        };
        let (shape, strides) = pick(&form.shape).zip(pick(&strides)).ok_or_else(misfit)?;
        let data = Data::Numbers(in_c_order(bytes, dtype.size(), 0, &shape, &strides).into());
        form.shape = shape;
        Ok(Cell { form, data })
    }
}
