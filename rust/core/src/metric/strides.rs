//! Elements that lie in any order, brought into C order.

/// The elements of a view, in C order: those of `size` bytes in `data`, from the element `offset`
/// on, one step along a dimension being so many elements as `strides` says. What lies outside of
/// `data` is left out; the caller has made sure that nothing does.
#[must_use]
pub fn in_c_order(
    data: &[u8],
    size: usize,
    offset: usize,
    shape: &[usize],
    strides: &[usize],
) -> Vec<u8> {
    // The innermost dimensions that lie in C order already are copied as one run.
    let mut run = 1_usize;
    let mut outer = shape.len();
    for (length, stride) in shape.iter().zip(strides).rev() {
        if *stride != run && *length != 1 {
            break;
        }
        run = run.saturating_mul(*length);
        outer -= 1;
    }
    let outer_shape = shape.get(..outer).unwrap_or_default();
    let runs = outer_shape.iter().fold(1_usize, |count, length| count.saturating_mul(*length));
    if run == 0 || runs == 0 {
        return Vec::new();
    }
    let mut index = vec![0_usize; outer];
    let mut start = offset;
    let mut ordered = Vec::new();
    for _ in 0..runs {
        let from = start.saturating_mul(size);
        let to = start.saturating_add(run).saturating_mul(size);
        ordered.extend_from_slice(data.get(from..to).unwrap_or_default());
        for ((at, length), stride) in index.iter_mut().zip(outer_shape).zip(strides).rev() {
            *at += 1;
            start = start.saturating_add(*stride);
            if *at < *length {
                break;
            }
            start = start.saturating_sub(stride.saturating_mul(*length));
            *at = 0;
        }
    }
    ordered
}

/// How many elements one step along each dimension passes in C order.
#[must_use]
pub fn of_c_order(shape: &[usize]) -> Vec<usize> {
    let mut stride = 1_usize;
    let mut strides: Vec<usize> = shape
        .iter()
        .rev()
        .map(|length| {
            let here = stride;
            stride = stride.saturating_mul(*length);
            here
        })
        .collect();
    strides.reverse();
    strides
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_view_comes_in_c_order() {
        let data: Vec<u8> = (0..12).collect();
        assert_eq!(in_c_order(&data, 1, 0, &[3, 2], &[1, 3]), [0, 3, 1, 4, 2, 5]);
        assert_eq!(in_c_order(&data, 2, 1, &[2, 2], &[2, 1]), [2, 3, 4, 5, 6, 7, 8, 9]);
        assert_eq!(in_c_order(&data, 1, 5, &[2, 3], &[0, 1]), [5, 6, 7, 5, 6, 7]);
        assert_eq!(in_c_order(&data, 1, 4, &[], &[]), [4]);
        assert_eq!(in_c_order(&data, 1, 0, &[2, 0, 3], &[1, 1, 1]), [0_u8; 0]);
        assert_eq!(of_c_order(&[2, 3, 4]), [12, 4, 1]);
    }
}
