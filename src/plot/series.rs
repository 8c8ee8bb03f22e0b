use super::Style;

/// What is drawn, and how.
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
    Vertical {
        x: f64,
        label: String,
    },
    Horizontal {
        y: f64,
        label: String,
    },
}

impl Mark {
    pub fn x_values(&self) -> &[f64] {
        match self {
            Self::Line { x, .. } | Self::Step { x, .. } => x,
            Self::Points { x, .. } | Self::Band { x, .. } => x,
            Self::Vertical { x, .. } => std::slice::from_ref(x),
            Self::Horizontal { .. } => &[],
        }
    }

    pub fn y_values(&self) -> [&[f64]; 2] {
        match self {
            Self::Line { y, .. } | Self::Step { y, .. } | Self::Points { y, .. } => [y, &[]],
            Self::Band { lo, hi, .. } => [lo, hi],
            Self::Horizontal { y, .. } => [std::slice::from_ref(y), &[]],
            Self::Vertical { .. } => [&[], &[]],
        }
    }
}
