/// The median of numbers: the one in the middle, or the mean of the two in the middle; `None` without numbers.
///
/// [`Times::median`](super::Times::median) is that of convergence times, of which some may not be known.
///
/// ```
/// use sparse_parity::stats::median;
///
/// assert_eq!(median([3.0, 1.0, 2.0]), Some(2.0));
/// assert_eq!(median([3.0, 1.0, 2.0, 7.0]), Some(2.5));
/// assert_eq!(median([]), None);
/// ```
pub fn median(values: impl IntoIterator<Item = f64>) -> Option<f64> {
    let mut sorted: Vec<f64> = values.into_iter().collect();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => None,
        even if even % 2 == 0 => Some(f64::midpoint(sorted[middle - 1], sorted[middle])),
        _ => Some(sorted[middle]),
    }
}
