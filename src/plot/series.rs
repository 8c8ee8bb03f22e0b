use super::{ColorScale, Place, PlotError, Style};

/// A mark with its style.
#[derive(Clone, Debug)]
pub(super) struct Series {
    pub mark: Mark,
    pub style: Style,
}

impl Series {
    /// The points of a curve.
    pub fn curve(&self) -> Option<(&[f64], &[f64])> {
        match &self.mark {
            Mark::Line { x, y } | Mark::Step { x, y } | Mark::Points { x, y } => Some((x, y)),
            _ => None,
        }
    }

    /// The name that stands at the end of the curve.
    pub fn end_label(&self) -> Option<&str> {
        let is_there = self.style.place == Place::End && self.curve().is_some();
        self.style.label.as_deref().filter(|_| is_there)
    }

    /// The name that stands in the legend.
    pub fn legend_label(&self) -> Option<&str> {
        let is_elsewhere = self.style.place == Place::Data || self.end_label().is_some();
        self.style.label.as_deref().filter(|_| !is_elsewhere)
    }
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
            Self::HeatMap {
                x,
                y,
                values,
                colors,
            } => {
                let cols = values.first().map_or(0, Vec::len);
                pairs.extend(values.iter().map(|row| (cols, row.len())));
                if pairs.iter().all(|(x, y)| x == y) {
                    let name = name();
                    check_edges("x", x, cols, || name.clone())?;
                    check_edges("y", y, values.len(), || name.clone())?;
                    return check_texts(colors.texts.as_deref(), (values.len(), cols), name);
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

fn check_texts(
    texts: Option<&[Vec<String>]>,
    (rows, cols): (usize, usize),
    series: String,
) -> Result<(), PlotError> {
    let Some(texts) = texts else {
        return Ok(());
    };
    let in_rows = texts.iter().map(|row| (cols, row.len()));
    let mut counts = std::iter::once((rows, texts.len())).chain(in_rows);
    match counts.find(|(cells, texts)| cells != texts) {
        Some((cells, texts)) => Err(PlotError::Texts {
            series,
            cells,
            texts,
        }),
        None => Ok(()),
    }
}

fn values(of: &[f64]) -> Values<'_> {
    Box::new(of.iter().copied())
}
