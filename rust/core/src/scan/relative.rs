//! `Relative`: the path of a job. A sweep has very many, and most of them are short.

use std::fmt;
use std::io::Write;
use std::ops::Deref;
use std::path::{Path, PathBuf};

/// Bytes of the longest path that needs no memory of its own.
const SHORT: usize = 22;

/// A path relative to the one that was opened.
#[derive(Clone)]
pub struct Relative(Kept);

#[derive(Clone)]
enum Kept {
    Short { text: [u8; SHORT], len: u8 },
    Long(Box<Path>),
}

impl Relative {
    /// The directory that is named by a number.
    #[must_use]
    pub fn numbered(number: u64) -> Self {
        let mut text = [0; SHORT];
        let mut rest = text.as_mut_slice();
        let written = write!(rest, "{number}");
        let len = SHORT.saturating_sub(rest.len());
        match (written, u8::try_from(len)) {
            (Ok(()), Ok(len)) => Self(Kept::Short { text, len }),
            _ => Self::from(PathBuf::from(number.to_string())),
        }
    }
}

impl Deref for Relative {
    type Target = Path;

    fn deref(&self) -> &Path {
        match &self.0 {
            Kept::Short { text, len } => {
                let text = text.get(..usize::from(*len)).unwrap_or_default();
                Path::new(std::str::from_utf8(text).unwrap_or_default())
            }
            Kept::Long(path) => path,
        }
    }
}

impl From<&Path> for Relative {
    fn from(path: &Path) -> Self {
        let short = || {
            let name = path.to_str()?.as_bytes();
            let mut text = [0; SHORT];
            text.get_mut(..name.len())?.copy_from_slice(name);
            Some(Kept::Short { text, len: u8::try_from(name.len()).ok()? })
        };
        Self(short().unwrap_or_else(|| Kept::Long(path.into())))
    }
}

impl From<PathBuf> for Relative {
    fn from(path: PathBuf) -> Self {
        Self::from(path.as_path())
    }
}

impl AsRef<Path> for Relative {
    fn as_ref(&self) -> &Path {
        self
    }
}

impl PartialEq for Relative {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Relative {}

impl fmt::Debug for Relative {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_of_any_length_stays_what_it_is() {
        for length in [0, 1, SHORT - 1, SHORT, SHORT + 1, 300] {
            for letter in ["x", "ä"] {
                let path = PathBuf::from(letter.repeat(length));
                let kept = Relative::from(path.as_path());
                assert_eq!((&*kept, &kept), (path.as_path(), &Relative::from(path.clone())));
            }
        }
    }

    #[test]
    fn a_number_is_written_as_its_digits() {
        for number in [0, 1, 9, 10, 99, 100, 12_345, u64::MAX - 1, u64::MAX] {
            assert_eq!(&*Relative::numbered(number), Path::new(&number.to_string()));
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_path_that_is_no_text_keeps_its_bytes() {
        use std::os::unix::ffi::OsStrExt;
        let path = Path::new(std::ffi::OsStr::from_bytes(b"lr=\xff"));
        assert_eq!(&*Relative::from(path), path);
    }
}
