//! Paths as the addresses that editors call files by.

use std::path::{Component, Path, PathBuf};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// What stays as it is in a segment of a path (RFC 3986, section 2.3).
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// The path of a `file:` address on this machine.
pub(super) fn path(uri: &str) -> Option<PathBuf> {
    let rest = uri.strip_prefix("file://")?;
    let rest = rest.strip_prefix("localhost").unwrap_or(rest);
    let decoded = percent_decode_str(rest).decode_utf8().ok()?;
    let mut path: &str = &decoded;
    // `/C:/…`
    let drive = path.strip_prefix('/').filter(|rest| rest.as_bytes().get(1) == Some(&b':'));
    if let (true, Some(drive)) = (cfg!(windows), drive) {
        path = drive;
    }
    (!path.is_empty() && (cfg!(windows) || path.starts_with('/'))).then(|| PathBuf::from(path))
}

/// The address of a file.
pub(super) fn of(path: &Path) -> String {
    let mut uri = "file://".to_owned();
    for part in path.components() {
        match part {
            Component::RootDir | Component::CurDir | Component::ParentDir => {}
            Component::Prefix(prefix) => {
                uri.push('/');
                uri.push_str(&prefix.as_os_str().to_string_lossy());
            }
            Component::Normal(name) => {
                uri.push('/');
                uri.extend(utf8_percent_encode(&name.to_string_lossy(), SEGMENT));
            }
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn addresses_are_read_as_they_are_written() {
        for name in ["/a/b.json", "/with blank/ü%#?.json", "/x:y"] {
            assert_eq!(path(&of(Path::new(name))), Some(PathBuf::from(name)));
        }
        assert_eq!(of(Path::new("/a b/ü")), "file:///a%20b/%C3%BC");
        assert_eq!(path("file://localhost/a"), Some(PathBuf::from("/a")));
        for other in ["untitled:Untitled-1", "", "file://", "https://x/y", "file:///%ff"] {
            assert_eq!(path(other), None, "{other}");
        }
    }
}
