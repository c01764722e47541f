//! One error type, and problems as values.
//!
//! An [`Error`] ends the call that met it. A [`Problem`] does not: it is an error that was met on
//! the way, kept beside the value that was still obtained ([`Report`]). Both say what is wrong,
//! where (`path`, and a [`Span`] for text) and what to do.

use std::fmt;
use std::path::{Path, PathBuf};

/// What went wrong, as a stable code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// A path that does not exist.
    NotFound,
    /// A directory in which no job was found.
    NoJobs,
    /// A file name, a pattern or a condition that fits no job.
    NoMatch,
    /// Text that does not follow its grammar.
    Syntax,
    /// Bytes that are not what their format says: truncated, flipped, empty.
    Corrupt,
    /// A valid file that uses something that is not read.
    Unsupported,
    /// A size, depth or count beyond its bound.
    Limit,
    /// Two records that contradict each other, or a value that contradicts the others.
    Conflict,
    /// A call whose arguments cannot be satisfied.
    Invalid,
    /// The operating system refused.
    Io,
    /// The user interrupted the work.
    Interrupted,
    /// A defect of runcube itself.
    Internal,
}

impl ErrorKind {
    /// Every kind, for tables that must be complete.
    pub const ALL: [Self; 12] = [
        Self::NotFound,
        Self::NoJobs,
        Self::NoMatch,
        Self::Syntax,
        Self::Corrupt,
        Self::Unsupported,
        Self::Limit,
        Self::Conflict,
        Self::Invalid,
        Self::Io,
        Self::Interrupted,
        Self::Internal,
    ];

    /// The stable code of the kind, as it stands in messages and in Python.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotFound => "not-found",
            Self::NoJobs => "no-jobs",
            Self::NoMatch => "no-match",
            Self::Syntax => "syntax",
            Self::Corrupt => "corrupt",
            Self::Unsupported => "unsupported",
            Self::Limit => "limit",
            Self::Conflict => "conflict",
            Self::Invalid => "invalid",
            Self::Io => "io",
            Self::Interrupted => "interrupted",
            Self::Internal => "internal",
        }
    }
}

/// A half-open range of bytes in a text, and the text itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// The text that was parsed.
    pub text: String,
    /// Byte offset of the first byte concerned.
    pub start: usize,
    /// Byte offset after the last byte concerned; equal to `start` for a point.
    pub end: usize,
}

/// An error: what, where, and what was expected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Error {
    /// What went wrong, as a stable code.
    pub kind: ErrorKind,
    /// The file or directory concerned, where there is one.
    pub path: Option<PathBuf>,
    /// The part of a text concerned, where there is one.
    pub span: Option<Span>,
    /// What is wrong, what was expected, what to do.
    pub message: String,
}

/// The result of the core's own functions.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// An error without a place; [`Error::at`] and [`Error::spanned`] add one.
    #[must_use]
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, path: None, span: None, message: message.into() }
    }

    /// The same error, at `path` unless it has a path already.
    #[must_use]
    pub fn at(mut self, path: impl AsRef<Path>) -> Self {
        self.path.get_or_insert_with(|| path.as_ref().to_path_buf());
        self
    }

    /// The same error, pointing at `start..end` (bytes) of `text`.
    #[must_use]
    pub fn spanned(mut self, text: &str, start: usize, end: usize) -> Self {
        self.span = Some(Span { text: text.to_owned(), start, end: end.max(start) });
        self
    }

    /// An operating system's error while `doing` something to `path`.
    #[must_use]
    pub fn io(error: &std::io::Error, doing: &str, path: impl AsRef<Path>) -> Self {
        let kind = match error.kind() {
            std::io::ErrorKind::NotFound => ErrorKind::NotFound,
            _ => ErrorKind::Io,
        };
        Self::new(kind, format!("cannot {doing}: {error}")).at(path)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(path) = &self.path {
            write!(f, "{}: ", path.display())?;
        }
        f.write_str(&self.message)?;
        if let Some(span) = &self.span {
            // The line that holds the span, with the span underlined (in characters, not bytes).
            let before = span.text.get(..span.start).unwrap_or(&span.text);
            let line_start = before.rfind('\n').map_or(0, |at| at.saturating_add(1));
            let rest = span.text.get(line_start..).unwrap_or_default();
            let line = rest.split('\n').next().unwrap_or_default();
            let column = before.get(line_start..).unwrap_or_default().chars().count();
            let marked = span.text.get(span.start..span.end).unwrap_or_default();
            let width = marked.split('\n').next().unwrap_or_default().chars().count().max(1);
            write!(f, "\n  {line}\n  {}{}", " ".repeat(column), "^".repeat(width))?;
        }
        Ok(())
    }
}

/// Something unusable that was met while reading; it never stops the rest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The file or directory, as the caller named its root.
    pub path: PathBuf,
    /// What is wrong, as a stable code.
    pub kind: ErrorKind,
    /// What is wrong, where in the file, and what became of it.
    pub message: String,
}

impl Problem {
    /// The problem that `error`, met at `path`, amounts to.
    #[must_use]
    pub fn from_error(error: Error, path: impl AsRef<Path>) -> Self {
        let kind = error.kind;
        let path = error.path.clone().unwrap_or_else(|| path.as_ref().to_path_buf());
        let message = Error { path: None, ..error }.to_string();
        Self { path, kind, message }
    }
}

/// A value, and the problems that were met on the way to it.
#[derive(Clone, Debug, Default)]
pub struct Report<T> {
    /// What could be obtained.
    pub value: T,
    /// What could not.
    pub problems: Vec<Problem>,
}
