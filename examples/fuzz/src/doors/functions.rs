//! Constructors and functions of numbers.
//!
//! Lists and arrays have the lengths that they have in the input; what is large is a size that is given as a number.

use crate::Door;
use rand::SeedableRng;
use serde::{Deserialize, Deserializer};
use sparse_parity::Error;
use sparse_parity::access::{Answers, LazyAdversary, Queries, Stat, Vstat};
use sparse_parity::activation::{
    Activation, Facts, InfiniteZigzag, OscillatingPolynomial, Power, Relu, Scaled, Sine, Zigzag,
};
use sparse_parity::data::{
    Batch, Biased, Conjunction, Epochs, Junta, Majority, Multitask, MultitaskInputs, Parity,
    ParityDistribution, Population, RandomLabels, Staircase, Target, Uniform,
};
use sparse_parity::flow::Flow;
use sparse_parity::fourier::{Confidence, Sampling, Spectrum, heavy_coefficients, sample_size};
use sparse_parity::measure::{Interval, RunningAccuracy, RunningLoss};
use sparse_parity::model::{Architecture, DeepMlp, DisjointPolyNet, Mlp, PolyNet, Transformer};
use sparse_parity::ndarray::{Array1, Array2};
use sparse_parity::optim::{
    Adam, AdamW, ClipNorm, GrokfastEma, GrokfastMa, Momentum, Rule, Schedule, Sgd, SignSgd,
};
use sparse_parity::params::Layout;
use sparse_parity::plot::{Color, ColorScale, Figure, Panel, Scale, Style};
use sparse_parity::seeds::{LabRng, Seeds};
use sparse_parity::signs::Signs;
use sparse_parity::solver::{Limits, Noise, Problem, SolverKind};
use sparse_parity::stats::{
    Bootstrap, Geometric, KaplanMeier, Point, PowerLaw, Time, Times, concordance, icc, kendall,
    permutation_p, ranks, spearman, superiority, variance_shares, wilson,
};
use sparse_parity::sweep::Shard;
use sparse_parity::theory::gap::{FourierGap, largest, sufficient_samples};
use sparse_parity::theory::gradient::{Neuron, polynet_gradient, polynet_square_gradient};
use sparse_parity::theory::majority::{half_space_coefficient, majority_coefficient};
use sparse_parity::theory::statistical_query::{queries_to_correlate, queries_to_identify};
use sparse_parity::theory::supports;
use sparse_parity::theory::theorem4::Construction;
use sparse_parity::theory::theorem5::{ntk_min_dim, ntk_worst_loss};
use sparse_parity::theory::theorem6::{DisjointFlow, error_rate};
use sparse_parity::theory::theorem7::{restarts, sgd_steps};
use std::sync::Arc;

/// A real number, or a word for what JSON has none for.
#[derive(Debug, Clone, Copy)]
struct Real(f64);

impl<'de> Deserialize<'de> for Real {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Form {
            Number(f64),
            Word(String),
        }
        match Form::deserialize(from)? {
            Form::Number(number) => Ok(Real(number)),
            Form::Word(word) => word.parse().map(Real).map_err(serde::de::Error::custom),
        }
    }
}

fn real(numbers: &[Real]) -> Vec<f64> {
    numbers.iter().map(|number| number.0).collect()
}

/// A matrix whose rows have as many numbers as the shortest one.
fn matrix(rows: &[Vec<Real>]) -> Array2<f64> {
    let columns = rows.iter().map(Vec::len).min().unwrap_or(0);
    Array2::from_shape_fn((rows.len(), columns), |(row, column)| rows[row][column].0)
}

fn rng() -> LabRng {
    LabRng::seed_from_u64(1)
}

fn few() -> Bootstrap {
    Bootstrap {
        resamples: 20,
        level: 0.9,
    }
}

fn layout() -> Arc<Layout> {
    Mlp::new(4, 2, Relu).expect("a model").layout().clone()
}

pub(super) fn doors() -> Vec<Door> {
    [
        data(),
        networks(),
        optimizers(),
        theory(),
        statistics(),
        analysis(),
        solvers(),
        figures(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

type Coordinates = (usize, Vec<usize>);

fn data() -> Vec<Door> {
    vec![
        Door::function("biased", |(n, p): (usize, Real)| Biased::new(n, p.0)),
        Door::function("biased_each", |p: Vec<Real>| Biased::each(&real(&p))),
        Door::function("conjunction", |(n, s): Coordinates| Conjunction::new(n, &s)),
        Door::function("parity", |(n, s): Coordinates| Parity::new(n, &s)),
        Door::function("parity_disjoint", |(n, s): Coordinates| {
            Parity::disjoint(n, &s)
        }),
        Door::function("parity_random", |(n, k): (usize, usize)| {
            Parity::random(n, k, &mut rng())
        }),
        Door::function("parity_random_disjoint", |(n, k): (usize, usize)| {
            Parity::random_disjoint(n, k, &mut rng())
        }),
        Door::function("distribution", |(n, s, p): (usize, Vec<usize>, Real)| {
            ParityDistribution::new(n, &s)?.with_label_noise(p.0)
        }),
        Door::function("junta", |(n, s, table): (usize, Vec<usize>, Vec<i8>)| {
            Junta::new(n, &s, &table)
        }),
        Door::function("junta_random", |(n, k): (usize, usize)| {
            Junta::random(n, k, &mut rng())
        }),
        Door::function("majority", |(n, s): Coordinates| Majority::new(n, &s)),
        Door::function("staircase", |(n, s): Coordinates| Staircase::new(n, &s)),
        Door::function(
            "multitask",
            |(tasks, n, k, alpha): (usize, usize, usize, Real)| {
                Multitask::random(tasks, n, k, &mut rng())?.zipf(alpha.0)
            },
        ),
        Door::function("multitask_inputs", |(n, w): (usize, Vec<Real>)| {
            MultitaskInputs::new(n, &real(&w))
        }),
        Door::function("uniform", Uniform::new),
        Door::function("random_labels", RandomLabels::new),
        Door::function("batch", |(rows, n): (usize, usize)| {
            Batch::<f32>::new(rows, n).map(|batch| batch.len())
        }),
        Door::function("epochs", |(rows, y): (usize, Vec<Real>)| {
            let x = Signs::ones(rows, 3)?;
            Epochs::new(
                Batch {
                    x,
                    y: Array1::from(real(&y)),
                },
                &Seeds::from(1),
            )
        }),
        Door::function("population", |(n, s): Coordinates| {
            Population::new(Parity::new(n, &s)?)
        }),
        Door::function("signs", |(rows, n): (usize, usize)| {
            Signs::ones(rows, n).map(|x| x.dim())
        }),
        Door::function("signs_of_array", |rows: Vec<Vec<Real>>| {
            Signs::from_array(&matrix(&rows))
        }),
        Door::function("cube", |n: usize| Signs::cube(n).map(|x| x.rows())),
    ]
}

fn described(model: &impl Architecture) -> (usize, usize) {
    (model.dim(), model.layout().len())
}

fn networks() -> Vec<Door> {
    vec![
        Door::function("mlp", |(n, width): (usize, usize)| {
            Mlp::new(n, width, Relu).map(|model| described(&model))
        }),
        Door::function("deep_mlp", |(n, widths): Coordinates| {
            DeepMlp::new(n, &widths, Relu).map(|model| described(&model))
        }),
        Door::function("polynet", |(n, k): (usize, usize)| {
            PolyNet::new(n, k).map(|model| described(&model))
        }),
        Door::function("disjoint_polynet", |(n, k): (usize, usize)| {
            DisjointPolyNet::new(n, k).map(|model| described(&model))
        }),
        Door::function(
            "transformer",
            |(n, d, heads, width): (usize, usize, usize, usize)| {
                Transformer::new(n, d, heads)?
                    .with_mlp_width(width)
                    .map(|model| described(&model))
            },
        ),
        Door::function("activations", |(k, x): (usize, Real)| {
            let values = [
                Zigzag::new(k)?.value(x.0),
                InfiniteZigzag::new(k)?.value(x.0),
                OscillatingPolynomial::new(k)?.value(x.0),
                Power::new(k)?.value(x.0),
            ];
            Ok::<_, Error>(values)
        }),
        Door::function("facts", |(n, k): (usize, usize)| facts(n, k)),
        Door::function("scaled", |(factor, n): (Real, usize)| {
            Scaled::inverse_sqrt(Sine, n)?;
            Scaled::new(Sine, factor.0)
        }),
    ]
}

fn facts(n: usize, k: usize) -> sparse_parity::Result<Vec<Facts>> {
    use sparse_parity::activation::ActivationKind as Kind;
    [Kind::Relu, Kind::Sine]
        .into_iter()
        .map(|kind| kind.facts(n, k))
        .collect()
}

fn optimizers() -> Vec<Door> {
    vec![
        Door::function("rule", |(rate, decay): (Real, Real)| {
            Sgd::new(&layout(), Rule::rate(rate.0).with_decay(decay.0))
        }),
        Door::function("sign_sgd", |rho: Real| {
            SignSgd::new(&layout(), Rule::rate(0.1))?.with_threshold(rho.0)
        }),
        Door::function("momentum", |mu: Real| {
            Momentum::<f32>::new(&layout(), Rule::rate(0.1))?.with_momentum(mu.0)
        }),
        Door::function("adam", |(a, b, epsilon): (Real, Real, Real)| {
            Adam::<f32>::new(&layout(), Rule::rate(0.1))?
                .with_betas(a.0, b.0)?
                .with_epsilon(epsilon.0)
        }),
        Door::function("adamw", |(a, b, epsilon): (Real, Real, Real)| {
            AdamW::<f32>::new(&layout(), Rule::rate(0.1))?
                .with_betas(a.0, b.0)?
                .with_epsilon(epsilon.0)
        }),
        Door::function("clip_norm", |norm: Real| ClipNorm::new(norm.0)),
        Door::function("ema", |(alpha, lambda): (Real, Real)| {
            GrokfastEma::<f32>::new(&layout())
                .with_alpha(alpha.0)?
                .with_lambda(lambda.0)
        }),
        Door::function("moving_average", |(window, lambda): (usize, Real)| {
            GrokfastMa::<f32>::new(&layout())?
                .with_window(window)?
                .with_lambda(lambda.0)
                .map(|_| ())
        }),
        Door::function(
            "schedules",
            |(first, last, steps, t): (Real, Real, u64, u64)| {
                let schedules = [
                    Schedule::inverse_time(first.0, last.0)?,
                    Schedule::cosine(first.0, last.0, steps)?,
                    Schedule::linear(first.0, last.0, steps)?,
                    Schedule::exponential(first.0, last.0, steps)?,
                    Schedule::warm_up(steps, first.0)?,
                ];
                Ok::<_, Error>(schedules.map(|schedule| schedule.at(t)))
            },
        ),
        Door::function("schedule_table", |(entries, t): (Vec<(u64, Real)>, u64)| {
            Schedule::table(entries.into_iter().map(|(from, value)| (from, value.0)))
                .map(|schedule| schedule.at(t))
        }),
        Door::function("interval", |(steps, points): (u64, usize)| {
            Interval::per_decade(points)?;
            Interval::every(steps)
        }),
        Door::function("running", |(value, window): (Real, usize)| {
            RunningAccuracy::new(value.0, window)?;
            RunningLoss::new(value.0, window)
        }),
    ]
}

fn theory() -> Vec<Door> {
    type Sizes = (usize, usize, Real, Real);
    vec![
        Door::function("supports", |(n, k): (usize, usize)| supports(n, k)),
        Door::function("majority_coefficient", |(n, q): (usize, usize)| {
            majority_coefficient(n, q)
        }),
        Door::function("half_space_coefficient", |(n, q): (usize, usize)| {
            half_space_coefficient(n, q)
        }),
        Door::function("queries_to_identify", |(n, k, t): (usize, usize, Real)| {
            queries_to_identify(n, k, t.0)
        }),
        Door::function("queries_to_correlate", |(n, k, t): (usize, usize, Real)| {
            queries_to_correlate(n, k, t.0)
        }),
        Door::function("ntk_min_dim", |(n, k, r, e): Sizes| {
            ntk_min_dim(n, k, r.0, e.0)
        }),
        Door::function(
            "ntk_worst_loss",
            |(n, k, r, dim): (usize, usize, Real, usize)| ntk_worst_loss(n, k, r.0, dim),
        ),
        Door::function("sgd_steps", |(n, k, e, d): Sizes| sgd_steps(n, k, e.0, d.0)),
        Door::function("restarts", |p: Real| restarts(p.0)),
        Door::function("sufficient_samples", |(n, g, d): (usize, Real, Real)| {
            sufficient_samples(n, g.0, d.0)
        }),
        Door::function("gap", |(g, s): (Vec<Real>, Vec<usize>)| {
            FourierGap::of(&real(&g), &s)
        }),
        Door::function("largest", |(g, k): (Vec<Real>, usize)| {
            largest(&real(&g), k)
        }),
        Door::function("construction", |(n, k, epsilon, failure): Sizes| {
            let construction = Construction::new(n, k)?;
            let width = construction.width(failure.0)?;
            let batch = construction.batch(epsilon.0, failure.0)?;
            Ok::<_, Error>((width, batch, construction.second_phase(100, epsilon.0)?))
        }),
        Door::function("least_n", |(k, epsilon): (usize, Real)| {
            Construction::least_n(k, epsilon.0)
        }),
        Door::function("disjoint_flow", |(start, time): (Vec<Real>, Real)| {
            DisjointFlow::new(&real(&start))?.weights(time.0)
        }),
        Door::function("error_rate", |(v, block): (Vec<Real>, usize)| {
            error_rate(&real(&v), block)
        }),
        Door::function(
            "neuron_gradient",
            |(w, bias, s): (Vec<Real>, Real, Vec<usize>)| {
                let w = real(&w);
                let neuron = Neuron::new(&Relu, &w, bias.0)?;
                sparse_parity::theory::drift::Drift::of(&neuron, &s)?;
                neuron.gradient(&s)
            },
        ),
        Door::function(
            "polynet_gradient",
            |(w, bias, s): (Vec<Vec<Real>>, Vec<Real>, Vec<usize>)| {
                let (w, bias) = (matrix(&w), Array1::from(real(&bias)));
                polynet_square_gradient(&w, &bias, &s)?;
                polynet_gradient(&w, &bias, &s)
            },
        ),
        Door::function(
            "flow",
            |(tolerance, start, times): (Real, Vec<Real>, Vec<Real>)| {
                let flow = Flow::new(tolerance.0)?.with_max_steps(100);
                flow.solve(
                    &real(&start),
                    &real(&times),
                    |x, slope| {
                        for (slope, x) in slope.iter_mut().zip(x) {
                            *slope = x * x;
                        }
                    },
                    |_, _| std::ops::ControlFlow::Continue(()),
                )
            },
        ),
    ]
}

fn times(times: Vec<Time>) -> Times {
    times.into_iter().collect()
}

fn statistics() -> Vec<Door> {
    type Pairs = (Vec<Real>, Vec<Real>);
    vec![
        Door::function("quantile", |(t, p, level): (Vec<Time>, Real, Real)| {
            let t = times(t);
            KaplanMeier::of(&t, level.0)?;
            t.success_rate(level.0)?;
            t.bootstrapped_quantile(p.0, &few(), &mut rng())?;
            t.quantile(p.0, level.0)
        }),
        Door::function("geometric", |(p, q, t): (Real, Real, Vec<Time>)| {
            let (law, t) = (Geometric::new(p.0)?, times(t));
            law.before_first(&t)?;
            law.distance(&t)?;
            law.quantile(q.0)
        }),
        Door::function("power_law", |(points, level): (Vec<(Real, Real)>, Real)| {
            let points: Vec<Point> = points
                .iter()
                .map(|(n, t)| Point { n: n.0, t: t.0 })
                .collect();
            PowerLaw::fit(&points, level.0)
        }),
        Door::function("correlations", |(x, y): Pairs| {
            let (x, y) = (real(&x), real(&y));
            ranks(&x)?;
            superiority(&x, &y)?;
            kendall(&x, &y)?;
            spearman(&x, &y)
        }),
        Door::function("concordance", |(x, t): (Vec<Real>, Vec<Time>)| {
            concordance(&real(&x), &t)
        }),
        Door::function("wilson", |(wins, of, level): (usize, usize, Real)| {
            wilson(wins, of, level.0)
        }),
        Door::function("shares", |rows: Vec<Vec<Real>>| {
            icc(&matrix(&rows), &few(), &mut rng())?;
            variance_shares(&matrix(&rows), &few(), &mut rng())
        }),
        Door::function(
            "bootstrap",
            |(n, resamples, level): (usize, usize, Real)| {
                let (n, resamples) = (n.min(1000), resamples.min(1000));
                let bootstrap = Bootstrap {
                    resamples,
                    level: level.0,
                };
                permutation_p(n, resamples, &mut rng(), |order| order.len() as f64)?;
                bootstrap.interval(n, &mut rng(), |sample| sample.len() as f64)
            },
        ),
    ]
}

fn analysis() -> Vec<Door> {
    vec![
        Door::function(
            "sample_size",
            |(a, d, b, sets): (Real, Real, Real, usize)| sample_size(a.0, d.0, b.0, sets),
        ),
        Door::function("sampling", |(m, delta, bound): (usize, Real, Real)| {
            Sampling::new(m, delta.0, Confidence::Bernstein { bound: bound.0 })
        }),
        Door::function("spectrum", |values: Vec<Real>| {
            let spectrum = Spectrum::of_values(real(&values))?;
            spectrum.noise_stability(0.5)?;
            spectrum.restrict(&[0], &Signs::ones(1, spectrum.dim())?, 0)?;
            spectrum.influence(0)
        }),
        Door::function("spectrum_biased", |(values, p): (Vec<Real>, Vec<Real>)| {
            Spectrum::biased(real(&values), &real(&p))
        }),
        Door::function("coefficient", |(values, set): (Vec<Real>, Vec<usize>)| {
            let spectrum = Spectrum::of_values(real(&values))?;
            spectrum.average(&set)?;
            spectrum.coefficient(&set)
        }),
        Door::function(
            "heavy_coefficients",
            |(n, threshold, delta): (usize, Real, Real)| {
                // Of more coordinates or lower thresholds, the search is long.
                let (n, threshold) = (
                    n.min(70),
                    if threshold.0 > 0.0 {
                        threshold.0.max(0.3)
                    } else {
                        threshold.0
                    },
                );
                heavy_coefficients::<f32, _>(n, threshold, delta.0, &mut rng(), |_, y| y.fill(1.0))
            },
        ),
    ]
}

fn solvers() -> Vec<Door> {
    vec![
        Door::function(
            "plans",
            |(n, k, noise, failure): (usize, usize, Real, Real)| {
                let problem = Problem::new(n, k)?
                    .with_noise(Noise::of(noise.0)?)?
                    .with_failure(failure.0)?;
                let problem = problem.with_limits(Limits {
                    bytes: 1 << 24,
                    words: 1e9,
                });
                for kind in SolverKind::all() {
                    // A plan or a refusal.
                    let _ = kind
                        .plan(&problem)
                        .map(|plan| format!("{plan:?}"))
                        .map_err(|error| error.to_string());
                }
                SolverKind::cheapest(&problem, Some(n)).map(|(kind, _)| kind)
            },
        ),
        Door::function("degrees", |(n, low, high): (usize, usize, usize)| {
            Problem::with_degrees(n, low..=high)
        }),
        Door::function(
            "oracles",
            |(n, s, p, t): (usize, Vec<usize>, Real, Real)| {
                let parity = || Parity::new(n, &s);
                Queries::new(parity()?).with_persistent_noise(p.0, &Seeds::from(1))?;
                Stat::new(parity()?, Answers::Exact).with_noise(p.0)?;
                Vstat::new(parity()?, t.0)?
                    .with_noise(p.0)
                    .map(|_| parity().map(|parity| parity.dim()))
            },
        ),
        Door::function("adversary", |(n, k, p): (usize, usize, Real)| {
            LazyAdversary::new(n, k, p.0).map(|_| ())
        }),
        Door::function("shards", |(index, count): (u64, u64)| {
            Shard::new(index, count)
        }),
    ]
}

fn figures() -> Vec<Door> {
    let scale = |is_log: bool| if is_log { Scale::Log10 } else { Scale::Linear };
    vec![
        Door::function(
            "lines",
            move |(x, y, logs, text): (Vec<Real>, Vec<Real>, (bool, bool), String)| {
                let (x, y) = (real(&x), real(&y));
                let style = || Style::new(Color::nth(0)).label(text.clone());
                let panel = Panel::new()
                    .title(text.clone())
                    .x_scale(scale(logs.0))
                    .y_scale(scale(logs.1));
                let panel = panel
                    .line(&x, &y, style())
                    .points(&x, &y, style())
                    .step(&x, &y, style())
                    .band(&x, &y, &y, style());
                Figure::from(panel).to_svg().map(|svg| svg.len())
            },
        )
        .rare(4),
        Door::function(
            "ranges",
            |(lo, hi, width, height): (Real, Real, u32, u32)| {
                let panel = Panel::new()
                    .x_range(lo.0, hi.0)
                    .y_range(lo.0, hi.0)
                    .vertical(lo.0, "x");
                Figure::from(panel)
                    .size(width, height)
                    .to_svg()
                    .map(|svg| svg.len())
            },
        )
        .rare(4),
        Door::function(
            "heat_map",
            |(rows, lo, hi, decimals): (Vec<Vec<Real>>, Real, Real, usize)| {
                let rows: Vec<Vec<f64>> = rows.iter().map(|row| real(row)).collect();
                let colors = ColorScale::new("color").range(lo.0, hi.0).numbers(decimals);
                Figure::from(Panel::new().heat_map(&rows, colors))
                    .to_svg()
                    .map(|svg| svg.len())
            },
        )
        .rare(4),
        Door::function("histogram", |(edges, counts): (Vec<Real>, Vec<Real>)| {
            let panel =
                Panel::new().histogram(&real(&edges), &real(&counts), Style::new(Color::nth(0)));
            Figure::from(panel).to_svg().map(|svg| svg.len())
        })
        .rare(4),
        Door::function(
            "grid_of_panels",
            |(rows, cols, row, col): (usize, usize, usize, usize)| {
                Figure::new(rows.min(9), cols.min(9))
                    .panel(row, col, Panel::new())
                    .to_svg()
                    .map(|svg| svg.len())
            },
        )
        .rare(4),
    ]
}
