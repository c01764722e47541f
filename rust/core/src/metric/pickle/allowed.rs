//! The list of names that a pickle may use, each with its one meaning.

use crate::array::DType;
use crate::metric::pickle::object::StorageType;

/// What a name of the list stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Global {
    /// An empty or copied mapping, ordered or not.
    Mapping,
    /// A mapping whose first argument makes missing values, which is never called.
    DefaultMapping,
    /// A set: no metric is one.
    Set,
    /// A complex number from its parts.
    Complex,
    /// A byte string.
    Bytes,
    /// Bytes of a text in Latin-1: how old protocols spell byte strings.
    Encode,
    /// A range of integers.
    Range,
    /// A date and time of day.
    DateTime,
    /// A date.
    Date,
    /// A time of day, which is no point in time.
    TimeOfDay,
    /// A duration.
    Duration,
    /// A time zone by its distance from UTC.
    Zone,
    /// An array yet without its content.
    MakeArray,
    /// An array from its bytes.
    ArrayFromBuffer,
    /// The class of arrays.
    ArrayClass,
    /// The type of an array's elements.
    ElementType,
    /// One element of an array.
    Element,
    /// A tensor over a storage; its type is that of the storage.
    MakeTensor,
    /// A tensor over a storage of bytes, with its type.
    MakeTypedTensor,
    /// A tensor that a model learns.
    MakeParameter,
    /// A tensor with attributes of its own.
    MakeTensorOfClass,
    /// A class of plain tensors.
    TensorClass,
    /// A class of storages.
    Storage(StorageType),
    /// The type of a tensor's elements.
    TensorType(StorageType),
    /// The lengths of a tensor's dimensions: a tuple.
    TensorShape,
    /// A text with the number of a release.
    Release,
    /// Something that takes any plain arguments, and that no metric is.
    Foreign(&'static str),
}

/// The meaning of a name; `None` where it is not in the list.
pub fn find(module: &str, name: &str) -> Option<Global> {
    Some(match (module, name) {
        ("collections", "OrderedDict" | "Counter") | ("builtins" | "__builtin__", "dict") => {
            Global::Mapping
        }
        ("collections", "defaultdict") => Global::DefaultMapping,
        ("builtins" | "__builtin__", _) => return builtin(name),
        ("_codecs", "encode") => Global::Encode,
        ("datetime", "datetime") => Global::DateTime,
        ("datetime", "date") => Global::Date,
        ("datetime", "time") => Global::TimeOfDay,
        ("datetime", "timedelta") => Global::Duration,
        ("datetime", "timezone") => Global::Zone,
        (
            "pathlib" | "pathlib._local",
            "Path" | "PosixPath" | "WindowsPath" | "PurePath" | "PurePosixPath" | "PureWindowsPath",
        ) => Global::Foreign("a path"),
        ("numpy", _) => return array_class(name),
        ("numpy.core.multiarray" | "numpy._core.multiarray", "_reconstruct") => Global::MakeArray,
        ("numpy.core.multiarray" | "numpy._core.multiarray", "scalar") => Global::Element,
        ("numpy.core.numeric" | "numpy._core.numeric", "_frombuffer") => Global::ArrayFromBuffer,
        ("torch._utils", "_rebuild_tensor" | "_rebuild_tensor_v2") => Global::MakeTensor,
        ("torch._utils", "_rebuild_tensor_v3") => Global::MakeTypedTensor,
        ("torch._utils", "_rebuild_parameter" | "_rebuild_parameter_with_state") => {
            Global::MakeParameter
        }
        ("torch._tensor", "_rebuild_from_type_v2") => Global::MakeTensorOfClass,
        ("torch.nn.parameter", "Parameter") => Global::TensorClass,
        ("torch.storage", "UntypedStorage") => Global::Storage(StorageType::Untyped),
        ("torch.serialization", "_get_layout") => Global::Foreign("a tensor layout"),
        ("torch.torch_version", "TorchVersion") => Global::Release,
        ("torch", "Tensor") => Global::TensorClass,
        ("torch", "Size") => Global::TensorShape,
        ("torch", "device") => Global::Foreign("a device"),
        ("torch" | "torch.cuda", _) => match name.strip_suffix("Storage") {
            Some(prefix) => Global::Storage(storage_type(prefix)?),
            None => Global::TensorType(tensor_type(name)?),
        },
        _ => return None,
    })
}

fn builtin(name: &str) -> Option<Global> {
    Some(match name {
        "set" | "frozenset" => Global::Set,
        "complex" => Global::Complex,
        "bytes" | "bytearray" => Global::Bytes,
        "range" | "xrange" => Global::Range,
        // As what makes the missing values of a mapping; none of them can be called.
        "int" | "float" | "str" | "bool" | "list" | "tuple" => Global::Foreign("a class"),
        _ => return None,
    })
}

fn array_class(name: &str) -> Option<Global> {
    match name {
        "ndarray" => Some(Global::ArrayClass),
        "dtype" => Some(Global::ElementType),
        _ => None,
    }
}

fn storage_type(prefix: &str) -> Option<StorageType> {
    Some(match prefix {
        "Double" => StorageType::Number(DType::Float(8)),
        "Float" => StorageType::Number(DType::Float(4)),
        "Half" => StorageType::Number(DType::Float(2)),
        "BFloat16" => StorageType::BFloat16,
        "Long" => StorageType::Number(DType::Int(8)),
        "Int" => StorageType::Number(DType::Int(4)),
        "Short" => StorageType::Number(DType::Int(2)),
        "Char" => StorageType::Number(DType::Int(1)),
        "Byte" => StorageType::Number(DType::UInt(1)),
        "Bool" => StorageType::Number(DType::Bool),
        "ComplexFloat" => StorageType::Number(DType::Complex(8)),
        "ComplexDouble" => StorageType::Number(DType::Complex(16)),
        "Untyped" => StorageType::Untyped,
        _ => return None,
    })
}

fn tensor_type(name: &str) -> Option<StorageType> {
    match name {
        "bfloat16" => Some(StorageType::BFloat16),
        "complex32" => Some(StorageType::ComplexHalf),
        _ => match name.parse().ok()? {
            DType::Datetime(_) | DType::Timedelta(_) | DType::Unicode(_) => None,
            number => Some(StorageType::Number(number)),
        },
    }
}

impl StorageType {
    /// Bytes of one element.
    #[must_use]
    pub fn size(self) -> usize {
        match self {
            Self::Number(dtype) => dtype.size(),
            Self::BFloat16 => 2,
            Self::ComplexHalf => 4,
            Self::Untyped => 1,
        }
    }
}
