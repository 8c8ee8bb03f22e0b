//! The largest entry of the population gradient at θ_0.

use sparse_parity::Error;
use sparse_parity::plot::{Color, Figure, Panel, Scale, Style};
use sparse_parity::prelude::*;
use sparse_parity::stats::{Point, PowerLaw, median};
use sparse_parity::terminal::Result;
use sparse_parity::theory::gradient::{Network, polynet_gradient};
use sparse_parity_examples::figure::Studio;

/// How far an exponent may be from −(k − 1)/2.
const NEAR: f64 = 0.25;

#[derive(Clone, Copy)]
enum Kind {
    Relu,
    Power,
    Sine,
    Zigzag,
    PolyNet,
}

impl Kind {
    const ALL: [Kind; 5] = [
        Kind::Relu,
        Kind::Power,
        Kind::Sine,
        Kind::Zigzag,
        Kind::PolyNet,
    ];

    fn name(self, width: usize) -> String {
        let neurons = match self {
            Kind::Relu => "ReLU",
            Kind::Power => "zᵏ",
            Kind::Sine => "sine",
            Kind::Zigzag => "∞-zigzag",
            Kind::PolyNet => return "PolyNet".into(),
        };
        format!("{neurons}, r = {width}")
    }

    /// max |g_i(θ_0)| under the correlation loss for one draw of θ_0, unless no method has it exactly.
    fn freezing(self, n: usize, k: usize, width: usize, seed: u64) -> Result<Option<f64>> {
        // By symmetry it does not matter which coordinates are relevant.
        let support: Vec<usize> = (0..k).collect();
        match self {
            Kind::Relu => of_mlp(n, width, Relu, &support, seed),
            Kind::Power => of_mlp(n, width, Power::new(k)?, &support, seed),
            Kind::Sine => of_mlp(n, width, Sine, &support, seed),
            Kind::Zigzag => of_mlp(n, width, InfiniteZigzag::new(k)?, &support, seed),
            Kind::PolyNet => {
                let model = PolyNet::new(n, k)?;
                let theta = Params::<f64>::draw(model.layout(), &mut init(seed));
                let weight = theta.view(&model.layout().get("factor.weight")?).to_owned();
                let bias = theta.view(&model.layout().get("factor.bias")?).to_owned();
                let gradient = polynet_gradient(&weight, &bias, &support)?;
                Ok(Some(largest(gradient.weight.iter().chain(&gradient.bias))))
            }
        }
    }
}

fn init(seed: u64) -> sparse_parity::seeds::LabRng {
    Seeds::from(seed).stream(Purpose::Init)
}

fn largest<'a>(entries: impl Iterator<Item = &'a f64>) -> f64 {
    entries.fold(0.0_f64, |most, g| most.max(g.abs()))
}

fn of_mlp<A: Activation + Clone>(
    n: usize,
    width: usize,
    activation: A,
    support: &[usize],
    seed: u64,
) -> Result<Option<f64>> {
    let model = Mlp::new(n, width, activation)?;
    let theta = Params::<f64>::draw(model.layout(), &mut init(seed));
    match Network::new(model.activation(), &theta)?.gradient(support) {
        Ok(found) => Ok(Some(largest(found.gradient.as_slice().iter()))),
        Err(Error::Method { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The sizes of what is drawn.
pub struct Sizes {
    n: Vec<usize>,
    k: Vec<usize>,
    width: usize,
    seeds: u64,
}

impl Sizes {
    /// Those of the scale, or those that are given.
    pub fn of(studio: &Studio) -> sparse_parity::Result<Self> {
        let n: &[usize] = studio.pick(&[7, 9], &[12, 20, 32, 50], &[12, 20, 32, 50, 80, 120]);
        let k: &[usize] = studio.pick(&[2], &[2, 3, 4], &[2, 3, 4]);
        let sizes = Sizes {
            n: studio.ns(n),
            k: studio.ks(k),
            width: studio.width(studio.pick(4, 100, 100)),
            seeds: studio.runs(studio.pick(1, 3, 5)),
        };
        if let [n] = sizes.n[..] {
            return Err(Error::InvalidSetting {
                name: "--n".into(),
                value: n.to_string(),
                expected: "two numbers or more: an exponent in n is looked for".into(),
            });
        }
        let (n, k) = (sizes.n[0], sizes.k[sizes.k.len() - 1]);
        if k > n {
            return Err(Error::Degree { k, n });
        }
        Ok(sizes)
    }
}

pub fn draw(studio: &mut Studio, of: &Sizes) -> Result {
    let &Sizes { width, seeds, .. } = of;
    let mut rows = Vec::new();
    let mut figure = Figure::new(1, of.k.len())
        .title("The tolerance from which on an adversary freezes the first gradient")
        .legend_once();
    for (col, &k) in of.k.iter().enumerate() {
        let mut panel = Panel::new()
            .title(format!("k = {k}"))
            .x_label("n")
            .y_label("max |g_i(θ_0)|")
            .x_scale(Scale::Log10)
            .y_scale(Scale::Log10);
        for (i, architecture) in Kind::ALL.into_iter().enumerate() {
            let (name, mut medians) = (architecture.name(width), Vec::new());
            for &n in &of.n {
                let draws = (0..seeds).map(|seed| architecture.freezing(n, k, width, seed));
                let draws: Vec<f64> = draws.filter_map(Result::transpose).collect::<Result<_>>()?;
                let (count, median) = (draws.len(), median(draws));
                let median = median.ok_or("no gradient is exact")?;
                medians.push(median);
                rows.push(vec![
                    name.clone(),
                    n.to_string(),
                    k.to_string(),
                    format!("{median:.6e}"),
                    count.to_string(),
                ]);
            }
            let x: Vec<f64> = of.n.iter().map(|&n| n as f64).collect();
            let points = x.iter().zip(&medians).map(|(&n, &t)| Point { n, t });
            let exponent = PowerLaw::fit(&points.collect::<Vec<_>>(), 0.95)?
                .exponent
                .value;
            let expected = -(k as f64 - 1.0) / 2.0;
            studio.find(
                format!("{name}, k = {k}: the freezing tolerance falls like n^{expected}"),
                format!("exponent {exponent:.2}"),
                (exponent - expected).abs() <= NEAR,
            )?;
            let style = Style::new(Color::nth(i)).label(&name);
            panel = panel.line(&x, &medians, style.clone()).points(
                &x,
                &medians,
                Style::new(Color::nth(i)).data_label(format!("{name}, as discs")),
            );
        }
        figure = figure.panel(0, col, panel);
    }
    studio.save_table(
        "tolerances",
        &["architecture", "n", "k", "median", "draws"],
        &rows,
    )?;
    studio.save("freezing", &figure.size(1200, 480))
}
