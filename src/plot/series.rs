use super::{ColorScale, PlotError, Style};

/// A mark with its style.
#[derive(Clone, Debug)]
pub(super) struct Series {
    pub mark: Mark,
    pub style: Style,
}

#[derive(Clone, Debug)]
pub(super) enum Mark {
    Line {
        x: Vec<f64>,
        y: Vec<f64>,
    },
    Step {
        x: Vec<f64>,
        y: Vec<f64>,
    },
    Points {
        x: Vec<f64>,
        y: Vec<f64>,
    },
    Band {
        x: Vec<f64>,
        lo: Vec<f64>,
        hi: Vec<f64>,
    },
    ErrorBars {
        x: Vec<f64>,
        lo: Vec<f64>,
        hi: Vec<f64>,
    },
    Histogram {
        edges: Vec<f64>,
        counts: Vec<f64>,
    },
    Boxes {
        x: Vec<f64>,
        numbers: Vec<[f64; 5]>,
    },
    /// `values[row][col]`; edges are one more than rows and columns.
    HeatMap {
        x: Vec<f64>,
        y: Vec<f64>,
        values: Vec<Vec<f64>>,
        colors: ColorScale,
    },
    Vertical {
        x: f64,
        label: String,
    },
    Horizontal {
        y: f64,
        label: String,
    },
}

type Values<'a> = Box<dyn Iterator<Item = f64> + 'a>;

impl Mark {
    /// The x values that the axis must cover.
    pub fn x_values(&self) -> Values<'_> {
        match self {
            Self::Line { x, .. } | Self::Step { x, .. } | Self::Points { x, .. } => values(x),
            Self::Band { x, .. } | Self::ErrorBars { x, .. } => values(x),
            Self::Boxes { x, .. } | Self::HeatMap { x, .. } => values(x),
            Self::Histogram { edges, .. } => values(edges),
            Self::Vertical { x, .. } => values(std::slice::from_ref(x)),
            Self::Horizontal { .. } => values(&[]),
        }
    }

    /// The y values that the axis must cover.
    pub fn y_values(&self) -> Values<'_> {
        match self {
            Self::Line { y, .. } | Self::Step { y, .. } | Self::Points { y, .. } => values(y),
            Self::Band { lo, hi, .. } | Self::ErrorBars { lo, hi, .. } => {
                Box::new(values(lo).chain(values(hi)))
            }
            Self::Histogram { counts, .. } => Box::new(values(counts).chain([0.0])),
            Self::Boxes { numbers, .. } => Box::new(numbers.iter().flatten().copied()),
            Self::HeatMap { y, .. } => values(y),
            Self::Horizontal { y, .. } => values(std::slice::from_ref(y)),
            Self::Vertical { .. } => values(&[]),
        }
    }

    /// Whether a mark reaches beyond the upper end of the y axis.
    pub fn is_open_above(&self) -> bool {
        let infinite = |v: &f64| *v == f64::INFINITY;
        match self {
            Self::ErrorBars { lo, hi, .. } => lo.iter().chain(hi).any(infinite),
            Self::Boxes { numbers, .. } => numbers.iter().flatten().any(infinite),
            _ => false,
        }
    }

    pub fn check(&self, name: impl FnOnce() -> String) -> Result<(), PlotError> {
        let mut pairs = Vec::new();
        match self {
            Self::Line { x, y } | Self::Step { x, y } | Self::Points { x, y } => {
                pairs.push((x.len(), y.len()));
            }
            Self::Band { x, lo, hi } | Self::ErrorBars { x, lo, hi } => {
                pairs.extend([(x.len(), lo.len()), (x.len(), hi.len())]);
            }
            Self::Boxes { x, numbers } => pairs.push((x.len(), numbers.len())),
            Self::Histogram { edges, counts } => {
                return check_edges("x", edges, counts.len(), name);
            }
            Self::HeatMap { x, y, values, .. } => {
                let cols = values.first().map_or(0, Vec::len);
                pairs.extend(values.iter().map(|row| (cols, row.len())));
                if pairs.iter().all(|(x, y)| x == y) {
                    let name = name();
                    check_edges("x", x, cols, || name.clone())?;
                    return check_edges("y", y, values.len(), || name);
                }
            }
            Self::Vertical { .. } | Self::Horizontal { .. } => {}
        }
        match pairs.into_iter().find(|(x, y)| x != y) {
            Some((x, y)) => Err(PlotError::Lengths {
                series: name(),
                x,
                y,
            }),
            None => Ok(()),
        }
    }
}

fn check_edges(
    axis: &'static str,
    edges: &[f64],
    cells: usize,
    name: impl FnOnce() -> String,
) -> Result<(), PlotError> {
    let rising = edges.windows(2).all(|pair| pair[0] < pair[1]);
    let none = cells == 0 && edges.is_empty();
    if rising && (none || edges.len() == cells + 1) {
        return Ok(());
    }
    Err(PlotError::Edges {
        series: name(),
        axis,
        edges: edges.len(),
        cells,
    })
}

fn values(of: &[f64]) -> Values<'_> {
    Box::new(of.iter().copied())
}
