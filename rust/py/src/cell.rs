//! What one job recorded under one name, in both directions.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyComplex, PyFloat, PyList, PyNone, PyString, PyTuple};
use runcube_core::array::{Buffer, DType, element_count};
use runcube_core::assemble::{Array, Content};
use runcube_core::json;
use runcube_core::metric::{Cell, Cells, Container, Data, Element, Form};

use crate::{dense, errors, value};

/// The value as the task had it: arrays stay arrays, and widths stay (`numpy.float32`).
pub fn to_python<'py>(py: Python<'py>, cell: &Cell) -> PyResult<Bound<'py, PyAny>> {
    if cell.form.container == Container::Scalar
        && let Some(number) = plain_number(py, cell)?
    {
        return Ok(number);
    }
    let numbers = match (&cell.data, cell.form.element) {
        (Data::Nulls, _) if cell.form.container == Container::List => {
            return Ok(PyList::empty(py).into_any());
        }
        (Data::Nulls, _) if !cell.form.shape.is_empty() => {
            let count = element_count(&cell.form.shape).unwrap_or(0);
            let nulls = (0..count).map(|_| py.None()).collect();
            dense::objects(py, &cell.form.shape, nulls)?
        }
        (Data::Nulls, _) => return Ok(PyNone::get(py).to_owned().into_any()),
        (Data::Plain(values), _) if cell.form.container == Container::Scalar => {
            return match values.first() {
                Some(first) => value::to_python(py, first),
                None => Ok(PyNone::get(py).to_owned().into_any()),
            };
        }
        (Data::Plain(values), _) => {
            let items = values.iter().map(|it| Ok(value::to_python(py, it)?.unbind()));
            dense::objects(py, &cell.form.shape, items.collect::<PyResult<_>>()?)?
        }
        (Data::Bytes(strings), _) => {
            let strings: Vec<_> = strings.iter().map(|it| PyBytes::new(py, it)).collect();
            let list = PyList::new(py, strings)?;
            return match cell.form.container {
                Container::Scalar => list.get_item(0),
                _ => {
                    let numpy = py.import("numpy")?;
                    let shape = PyTuple::new(py, &cell.form.shape)?;
                    numpy.call_method1("array", (list, "S"))?.call_method1("reshape", (shape,))
                }
            };
        }
        (Data::Texts(texts), _) => {
            if cell.form.container == Container::Scalar {
                let text = texts.first().map(AsRef::as_ref).unwrap_or_default();
                return Ok(PyString::new(py, text).into_any());
            }
            // Texts that numpy's fixed-width ones would change stay objects, as in a dataset.
            let refs: Vec<&str> = texts.iter().map(AsRef::as_ref).collect();
            match Array::texts(cell.form.shape.clone(), &refs).content {
                Content::Dense(dtype, buffer) => {
                    dense::numbers(py, dtype, &cell.form.shape, buffer)?
                }
                Content::Objects(_) => {
                    let items = refs.iter().map(|it| PyString::new(py, it).into_any().unbind());
                    dense::objects(py, &cell.form.shape, items.collect())?
                }
            }
        }
        (Data::Numbers(bytes), Element::Number(dtype)) => {
            let mut buffer = Buffer::zeroed(bytes.len());
            buffer.bytes_mut().copy_from_slice(bytes);
            dense::numbers(py, dtype, &cell.form.shape, buffer)?
        }
        (Data::Numbers(_), _) => return Ok(PyNone::get(py).to_owned().into_any()),
    };
    match cell.form.container {
        Container::Array => Ok(numbers),
        Container::List => numbers.call_method0("tolist"),
        Container::Scalar => numbers.get_item(PyTuple::empty(py)),
    }
}

/// The value as a table shows it: an array of numbers is its dtype and shape, and one without
/// dimensions its number.
pub fn described<'py>(py: Python<'py>, cell: &Cell) -> PyResult<Bound<'py, PyAny>> {
    match (cell.form.container, cell.form.element) {
        (Container::Array, Element::Number(dtype)) if !cell.form.shape.is_empty() => {
            let shape = PyTuple::new(py, &cell.form.shape)?;
            Ok((dtype.to_string(), shape).into_pyobject(py)?.into_any())
        }
        _ => plain_number(py, cell)?.map_or_else(|| to_python(py, cell), Ok),
    }
}

/// A single number that Python has a type of its own for.
fn plain_number<'py>(py: Python<'py>, cell: &Cell) -> PyResult<Option<Bound<'py, PyAny>>> {
    let (Element::Number(dtype), Data::Numbers(bytes)) = (cell.form.element, &cell.data) else {
        return Ok(None);
    };
    if !cell.form.shape.is_empty() {
        return Ok(None);
    }
    let (words, single) = bytes.as_chunks::<8>();
    Ok(match (dtype, words, single) {
        (DType::Bool, [], [byte]) => Some(PyBool::new(py, *byte != 0).to_owned().into_any()),
        (DType::Int(8), [word], []) => {
            Some(i64::from_ne_bytes(*word).into_pyobject(py)?.into_any())
        }
        (DType::Float(8), [word], []) => {
            Some(PyFloat::new(py, f64::from_ne_bytes(*word)).into_any())
        }
        (DType::Complex(16), [real, imaginary], []) => {
            let (real, imaginary) = (f64::from_ne_bytes(*real), f64::from_ne_bytes(*imaginary));
            Some(PyComplex::from_doubles(py, real, imaginary).into_any())
        }
        _ => None,
    })
}

/// The value as an element of an array of objects: plain Python where it has no dimensions.
pub fn to_object<'py>(py: Python<'py>, cell: &Cell) -> PyResult<Bound<'py, PyAny>> {
    let whole = to_python(py, cell)?;
    let is_time =
        matches!(cell.form.element, Element::Number(DType::Datetime(_) | DType::Timedelta(_)));
    match (&cell.data, cell.form.shape.is_empty()) {
        (Data::Numbers(_), true) if is_time => whole.get_item(PyTuple::empty(py)).or(Ok(whole)),
        (Data::Numbers(_) | Data::Texts(_), true) if whole.hasattr("item")? => {
            whole.call_method0("item")
        }
        _ => Ok(whole),
    }
}

/// The cells of entries `(name, kind, payload)`, as `runcube.encoding` makes them.
pub fn from_entries(entries: &Bound<'_, PyAny>) -> PyResult<Cells> {
    entries
        .try_iter()?
        .map(|entry| {
            let entry = entry?;
            let name = value::text(&entry.get_item(0)?, "the name of a metric")?;
            let kind = value::text(&entry.get_item(1)?, "the kind of a metric")?;
            Ok((name, from_payload(&kind, &entry.get_item(2)?)?))
        })
        .collect()
}

fn from_payload(kind: &str, payload: &Bound<'_, PyAny>) -> PyResult<Cell> {
    let container = match kind {
        "null" => return Ok(Cell::null()),
        "json" => {
            let text = value::text(payload, "a metric of kind `json`")?;
            return json::parse(&text).map(Cell::plain).map_err(|it| errors::to_python(&it));
        }
        "empty-list" => {
            let form = Form { element: Element::Null, shape: vec![0], container: Container::List };
            return Ok(Cell { form, data: Data::Nulls });
        }
        "scalar" => Container::Scalar,
        "array" => Container::Array,
        "list" => Container::List,
        other => return Err(PyValueError::new_err(format!("no kind of metric is `{other}`"))),
    };
    if let Ok(bytes) = payload.cast::<PyBytes>() {
        return Ok(Cell::bytes(bytes.as_bytes()));
    }
    if payload.is_instance_of::<PyString>() {
        let text = value::text(payload, "a metric of text")?;
        return Ok(Cell::texts(Vec::new(), container, vec![text.into()]));
    }
    if payload.is_instance_of::<PyTuple>() {
        let (shape, texts): (Vec<usize>, Vec<String>) = payload.extract()?;
        if element_count(&shape) != Some(texts.len()) {
            return Err(PyValueError::new_err("the shape does not fit the number of texts"));
        }
        let texts = texts.into_iter().map(Into::into).collect();
        return Ok(Cell::texts(shape, container, texts));
    }
    let name = payload.getattr("dtype")?.getattr("name")?.extract::<String>()?;
    let dtype: DType = name.parse().map_err(|error| errors::to_python(&error))?;
    let shape: Vec<usize> = payload.getattr("shape")?.extract()?;
    let bytes = payload.call_method0("tobytes")?;
    let bytes = bytes.cast::<PyBytes>()?.as_bytes().to_vec();
    Ok(Cell::numbers(dtype, shape, container, bytes))
}
