//! A cell's form as text: `array float64 10,3`.

use crate::metric::{Container, Element, Form};

/// The text of a form; `None` for one whose cells are not remembered.
pub fn text(form: &Form) -> Option<String> {
    let element = match form.element {
        Element::Number(dtype) => {
            let name = dtype.to_string();
            (name.parse() == Ok(dtype)).then_some(name)?
        }
        Element::Text => "text".to_owned(),
        Element::Bytes => "bytes".to_owned(),
        Element::Null => "null".to_owned(),
        Element::Plain => return None,
    };
    let container = match form.container {
        Container::Scalar => "scalar",
        Container::Array => "array",
        Container::List => "list",
    };
    let lengths: Vec<String> = form.shape.iter().map(ToString::to_string).collect();
    Some(format!("{container} {element} {}", lengths.join(",")))
}

/// The form that a text says.
pub fn parse(text: &str) -> Option<Form> {
    let mut words = text.split(' ');
    let container = match words.next()? {
        "scalar" => Container::Scalar,
        "array" => Container::Array,
        "list" => Container::List,
        _ => return None,
    };
    let element = match words.next()? {
        "text" => Element::Text,
        "bytes" => Element::Bytes,
        "null" => Element::Null,
        name => Element::Number(name.parse().ok()?),
    };
    let lengths = words.next()?.split(',').filter(|length| !length.is_empty());
    let shape = lengths.map(|length| length.parse().ok()).collect::<Option<_>>()?;
    Some(Form { element, shape, container })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::{DType, TimeUnit};

    #[test]
    fn every_form_that_has_a_text_is_read_back() {
        let numbers = [
            DType::Bool,
            DType::Int(1),
            DType::UInt(8),
            DType::Float(2),
            DType::Complex(16),
            DType::Datetime(TimeUnit::Day),
            DType::Timedelta(TimeUnit::Nanosecond),
        ];
        let elements = numbers.map(Element::Number).into_iter();
        for element in elements.chain([Element::Text, Element::Bytes, Element::Null]) {
            for container in [Container::Scalar, Container::Array, Container::List] {
                for shape in [vec![], vec![0], vec![10, 3]] {
                    let form = Form { element, shape, container };
                    assert_eq!(parse(&text(&form).unwrap()), Some(form));
                }
            }
        }
        let plain =
            Form { element: Element::Plain, shape: Vec::new(), container: Container::Scalar };
        assert_eq!(text(&plain), None);
    }
}
