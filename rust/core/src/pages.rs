//! Large pages: many bytes are touched for the first time 2 MiB at a time, instead of 4 KiB.
//!
//! To give out a fresh page takes the system longer than it takes to fill one with numbers. Linux
//! gives larger ones to who asks (`madvise`, "transparent huge pages"), as numpy does for its arrays;
//! elsewhere, and where there are none to be had, nothing changes.

/// Fewer bytes have few large pages in them.
#[cfg(target_os = "linux")]
const WORTH_ASKING: usize = 1 << 22;

/// Asks for large pages for the memory of `items`, what is in use and what is spare, as far as it was
/// not touched yet.
#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "advice on memory is given by its address")]
pub fn ask_large<T>(items: &mut Vec<T>) {
    use rustix::mm::{Advice, madvise};

    let size = items.capacity().saturating_mul(size_of::<T>());
    if size < WORTH_ASKING {
        return;
    }
    let page = rustix::param::page_size();
    let start = items.as_mut_ptr().cast::<u8>();
    let before = start.align_offset(page);
    let Some(whole) = size.checked_sub(before).map(|rest| rest - rest % page) else { return };
    // SAFETY: `before + whole` is at most `size`, so that all of it lies in the one allocation of
    // `items`, which is borrowed. The advice changes no byte, and no page's protection. A system that
    // has no large pages says so, and gives small ones.
    let _given = unsafe { madvise(start.add(before).cast(), whole, Advice::LinuxHugepage) };
}

/// Asks for large pages, where the system has such.
#[cfg(not(target_os = "linux"))]
pub fn ask_large<T>(_items: &mut Vec<T>) {}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    /// Whether the system lists the mapping in which an address lies as one of large pages.
    fn is_marked(address: usize) -> Option<bool> {
        let mappings = std::fs::read_to_string("/proc/self/smaps").ok()?;
        let mut here = false;
        for line in mappings.lines() {
            let range = line.split_once(' ').and_then(|(range, _)| range.split_once('-'));
            let bound = |text| usize::from_str_radix(text, 16).ok();
            if let Some((start, end)) = range {
                here = (bound(start)?..bound(end)?).contains(&address);
            } else if let (true, Some(flags)) = (here, line.strip_prefix("VmFlags: ")) {
                return Some(flags.split_whitespace().any(|flag| flag == "hg"));
            }
        }
        None
    }

    #[test]
    fn large_memory_is_marked_and_keeps_its_bytes() {
        let has_large = std::path::Path::new("/sys/kernel/mm/transparent_hugepage").exists();
        let mut items: Vec<u64> = (0..1 << 21).collect();
        let middle = std::ptr::from_ref(&items[1 << 20]).addr();
        assert_eq!(is_marked(middle), Some(false));
        ask_large(&mut items);
        assert_eq!(is_marked(middle), Some(has_large));
        assert!(items.iter().copied().eq(0..1 << 21));
    }

    #[test]
    fn small_memory_is_left_alone() {
        for count in [0, 1, 1000] {
            let mut items = vec![7_u8; count];
            ask_large(&mut items);
            assert_eq!(items, vec![7; count]);
        }
    }
}
