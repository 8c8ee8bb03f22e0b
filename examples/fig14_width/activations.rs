//! Width with other activations than ReLU.

use crate::widths::Widths;
use crate::{BATCH, CRITERION, K, planned, widths_of};
use sparse_parity::plot::Figure;
use sparse_parity::seeds::{Purpose, Seeds};
use sparse_parity::sweep::{Cell, Sweep};
use sparse_parity::terminal::Result;
use sparse_parity::trial::{ActivationKind, Learner, MlpSettings, Trial};
use sparse_parity_examples::figure::Studio;

const N: usize = 30;
const X_LABEL: &str = "width r";
const MAX_STEPS: u64 = 20_000;
/// Activations with their rates.
const ACTIVATIONS: [(&str, ActivationKind, f64); 4] = [
    ("zᵏ", ActivationKind::Power, 0.1),
    ("oscillating polynomial", ActivationKind::Oscillating, 0.1),
    ("k-zigzag", ActivationKind::Zigzag, 0.1),
    ("sine", ActivationKind::Sine, 0.1),
];
/// Widths, and the runs of each.
type Plan = [(usize, u64)];
const TINY: &Plan = &[(1, 2), (10, 6), (30, 6)];
const QUICK: &Plan = &[(1, 20), (10, 20), (30, 20), (100, 20), (1000, 10)];
const PAPER: &Plan = &[
    (1, 200),
    (3, 200),
    (10, 200),
    (30, 200),
    (100, 200),
    (300, 50),
    (1000, 5),
];

/// Finds for each activation what is found for ReLU, and draws it.
pub fn draw(studio: &mut Studio) -> Result {
    let plan = studio.pick(TINY, QUICK, PAPER);
    let widths = studio.widths(&widths_of(plan));
    let (n, k) = (studio.n(N), studio.k(K));
    let max_steps = studio.pick(40, MAX_STEPS, MAX_STEPS);
    let mut cells = Vec::new();
    for (_, activation, rate) in ACTIVATIONS {
        for &width in &widths {
            let trial = Trial {
                learner: Learner::Mlp(MlpSettings {
                    width,
                    activation,
                    output_bias: true,
                    ..MlpSettings::default()
                }),
                batch: BATCH,
                rate: rate.into(),
                max_steps,
                criteria: vec![CRITERION],
                ..Trial::new(n, k)
            };
            cells.push(Cell::new(trial, studio.runs(planned(plan, width))));
        }
    }
    let outcomes = studio.outcomes("activations", &Sweep::new(cells)?)?;
    let rng = &mut Seeds::from(0).stream(Purpose::Eval);
    let mut figure = Figure::new(2, ACTIVATIONS.len())
        .title(format!(
            "Convergence time of networks with other activations against their width, ({n}, {k})-parity"
        ))
        .legend_once()
        .share_x()
        .share_y();
    for (column, (name, _, rate)) in ACTIVATIONS.into_iter().enumerate() {
        let of = Widths {
            name: name.into(),
            n,
            k,
            widths: widths.clone(),
            times: (0..widths.len())
                .map(|place| outcomes.times(widths.len() * column + place))
                .collect(),
        };
        of.find_solved(studio)?;
        of.find_speed_up(studio, rng)?;
        let tails = of.tails(rng)?;
        of.find_tail(studio, &tails)?;
        let title = format!("{name}, η = {rate}");
        let times = of.times_panel()?;
        figure = figure
            .panel(0, column, times.title(title).x_label(X_LABEL))
            .panel(1, column, of.tail_panel(&tails).x_label(X_LABEL));
    }
    studio.save("activations", &figure.size(1250, 640))
}
