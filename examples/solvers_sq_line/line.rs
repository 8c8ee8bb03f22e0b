//! What answers are worth, against the number of supports.

use crate::descent::{Course, Descent, Oracle};
use sparse_parity::access::{Access, Answers, Fresh, Honest, LazyAdversary, Stat};
use sparse_parity::plot::{Color, Figure, Panel, Scale, Style};
use sparse_parity::prelude::*;
use sparse_parity::solver::{Problem, Solver, SqGradient, SqSearch};
use sparse_parity::stats::{Point, PowerLaw};
use sparse_parity::terminal::Result;
use sparse_parity::theory::supports;
use sparse_parity_examples::figure::Studio;

/// A method at one problem.
struct Entry {
    method: &'static str,
    n: usize,
    k: usize,
    tau: f64,
    /// Σ 1/τ².
    worth: f64,
}

impl Entry {
    /// C − 1.
    fn others(&self) -> f64 {
        supports(self.n, self.k).map_or(f64::NAN, |count| count - 1.0)
    }
}

const SEARCH: &str = "search through supports, lazy adversary";
const GRADIENT: &str = "one gradient, adversary";
const HONEST_GRADIENT: &str = "one gradient, honest";
const DESCENT: [(&str, Oracle); 3] = [
    ("descent, adversary", Oracle::Adversary),
    ("descent, exact answers", Oracle::Exact),
    ("descent, honest", Oracle::Honest),
];

pub fn draw(studio: &mut Studio) -> Result {
    let mut entries = searches(studio)?;
    entries.extend(gradients(studio)?);
    entries.extend(descents(studio)?);
    let below = entries.iter().filter(|entry| entry.worth <= entry.others());
    let ratio = |entry: &Entry| entry.worth / entry.others();
    let gradients = entries.iter().filter(|entry| entry.method != SEARCH);
    let least = gradients.map(ratio).fold(f64::INFINITY, f64::min);
    let (count, below) = (entries.len(), below.count());
    studio.find(
        "no method is below the line",
        format!("{below} of {count}; the least gradient method is {least:.1} times above"),
        below == 0,
    )?;
    let rows: Vec<Vec<String>> = entries.iter().map(row).collect();
    let columns = ["method", "n", "k", "others", "tau", "worth"];
    studio.save_table("answers", &columns, &rows)?;
    studio.save("", &figure(&entries))
}

fn row(entry: &Entry) -> Vec<String> {
    let Entry {
        method,
        n,
        k,
        tau,
        worth,
    } = entry;
    let [n, k] = [n, k].map(|size| size.to_string());
    let [others, tau, worth] = [entry.others(), *tau, *worth].map(|value| format!("{value:.6e}"));
    vec![(*method).into(), n, k, others, tau, worth]
}

fn figure(entries: &[Entry]) -> Figure {
    let methods = [SEARCH, GRADIENT, HONEST_GRADIENT].into_iter();
    let methods = methods.chain(DESCENT.map(|(method, _)| method));
    let ends = entries
        .iter()
        .map(Entry::others)
        .fold([f64::MAX, 1.0], |[low, high], d| [low.min(d), high.max(d)]);
    let mut panel = Panel::new()
        .x_label("C(n, k) − 1")
        .y_label("Σ 1/τ² until S is known")
        .x_scale(Scale::Log10)
        .y_scale(Scale::Log10)
        .line(
            &ends,
            &ends,
            Style::context().label("statistical-query bound"),
        );
    for (i, method) in methods.enumerate() {
        let of_method = || entries.iter().filter(move |entry| entry.method == method);
        let x: Vec<f64> = of_method().map(Entry::others).collect();
        let y: Vec<f64> = of_method().map(|entry| entry.worth).collect();
        panel = panel.points(&x, &y, Style::new(Color::nth(i)).label(method));
    }
    Figure::from(panel)
        .title("What the answers to statistical queries are worth")
        .size(900, 640)
}

/// The search through all supports, against the adversary that decides last.
fn searches(studio: &mut Studio) -> Result<Vec<Entry>> {
    let problems = studio.pick(
        vec![(7, 2), (7, 3)],
        vec![
            (9, 2),
            (31, 2),
            (15, 3),
            (50, 3),
            (15, 4),
            (31, 4),
            (13, 5),
            (20, 5),
            (13, 6),
            (20, 6),
        ],
        vec![
            (9, 2),
            (31, 2),
            (101, 2),
            (15, 3),
            (50, 3),
            (100, 3),
            (15, 4),
            (31, 4),
            (50, 4),
            (13, 5),
            (30, 5),
            (13, 6),
            (25, 6),
        ],
    );
    let mut entries = Vec::new();
    let mut exact = 0;
    for &(n, k) in &problems {
        let mut oracle = LazyAdversary::new(n, k, 0.0)?;
        let problem = Problem::new(n, k)?;
        let rng = &mut Seeds::from(1).stream(Purpose::Solver);
        let report = SqSearch.solve(&problem, &mut oracle, rng)?;
        let is_found = report.verdict.support() == oracle.support();
        exact +=
            usize::from(is_found && report.ledger.statistical as f64 == problem.candidates() - 1.0);
        let (tau, worth) = (
            report.ledger.finest.unwrap_or(f64::NAN),
            report.ledger.stands_for,
        );
        entries.push(Entry {
            method: SEARCH,
            n,
            k,
            tau,
            worth,
        });
    }
    studio.find(
        "the lazy adversary is asked C − 1 times by the search",
        format!("{exact} of {} problems", problems.len()),
        exact == problems.len(),
    )?;
    Ok(entries)
}

/// One gradient, at τ = γ/2.
fn gradients(studio: &mut Studio) -> Result<Vec<Entry>> {
    let sizes = studio.pick(
        vec![9, 15],
        vec![15, 31, 63, 127],
        vec![15, 31, 63, 127, 255, 511],
    );
    let degrees = studio.pick(2..=2, 2..=6, 2..=6);
    // Examples of an honest oracle, at most.
    let most = studio.pick(1e5, 3e6, 1e8);
    let mut entries = Vec::new();
    for k in degrees {
        let mut points = Vec::new();
        for &n in &sizes {
            let problem = Problem::new(n, k)?;
            let parity = Parity::random(n, k, &mut Seeds::from(n as u64).stream(Purpose::Support))?;
            let rng = &mut Seeds::from(1).stream(Purpose::Solver);
            let mut oracle = Stat::new(parity.clone(), Answers::Adversary);
            let report = SqGradient::default().solve(&problem, &mut oracle, rng)?;
            if report.verdict.support() != Some(parity.support()) {
                return Err(format!("one gradient missed S at ({n}, {k})").into());
            }
            let (tau, worth) = (
                report.ledger.finest.unwrap_or(f64::NAN),
                report.ledger.stands_for,
            );
            points.push(Point {
                n: n as f64,
                t: worth,
            });
            entries.push(Entry {
                method: GRADIENT,
                n,
                k,
                tau,
                worth,
            });

            let law = ParityDistribution::new(n, parity.support())?;
            let mut honest = Honest::reusing(Fresh::new(law, &Seeds::from(1)), 0.01, n)?;
            if (honest.size(tau).unwrap_or(usize::MAX) as f64) < most {
                let report = SqGradient::default().solve(&problem, &mut honest, rng)?;
                if report.verdict.support() == Some(parity.support()) {
                    let worth = honest.ledger().stands_for;
                    entries.push(Entry {
                        method: HONEST_GRADIENT,
                        n,
                        k,
                        tau,
                        worth,
                    });
                }
            }
        }
        let exponent = PowerLaw::fit(&points, 0.95)?.exponent.value;
        studio.find(
            format!("one gradient costs nᵏ, k = {k}"),
            format!("exponent {exponent:.2}"),
            (exponent - k as f64).abs() <= 0.5,
        )?;
    }
    Ok(entries)
}

/// Gradient descent at the coarsest tolerance, of those halved again and again, with which it finds S against the adversary.
fn descents(studio: &mut Studio) -> Result<Vec<Entry>> {
    let problems = studio.pick(
        vec![(7, 2)],
        vec![(9, 2), (13, 2), (9, 3), (13, 3), (11, 4), (11, 5), (13, 6)],
        vec![
            (9, 2),
            (13, 2),
            (17, 2),
            (9, 3),
            (13, 3),
            (17, 3),
            (11, 4),
            (15, 4),
            (11, 5),
            (15, 5),
            (13, 6),
            (15, 6),
        ],
    );
    let steps = studio.pick(30, 200, 200);
    // Examples of a step of an honest oracle, at most.
    let most = studio.pick(10_000, 100_000, 1_000_000);
    let mut entries = Vec::new();
    let (mut frozen, mut learned, mut thawed, mut honest) = (0, 0, 0, 0);
    for &(n, k) in &problems {
        let descent = Descent::new(n, k, 1)?;
        let freezing = descent.freezing()?;
        let run = |oracle, tau| descent.clone().run(oracle, tau, steps);
        let is_small = |tau| descent.batch(tau).is_ok_and(|batch| batch <= most);
        frozen += usize::from(!run(Oracle::Adversary, freezing * (1.0 + 1e-9))?.moved);
        if is_small(2.0 * freezing) {
            honest += 1;
            thawed += usize::from(run(Oracle::Honest, 2.0 * freezing)?.found.is_some());
        }
        let taus = (1..=10).map(|halvings| freezing * 0.5_f64.powi(halvings));
        let mut found = None;
        for tau in taus {
            if run(Oracle::Adversary, tau)?.found.is_some() {
                found = Some(tau);
                break;
            }
        }
        learned += usize::from(found.is_some());
        let Some(tau) = found else { continue };
        for (method, oracle) in DESCENT {
            if oracle == Oracle::Honest && !is_small(tau) {
                continue;
            }
            let Course { found, worth, .. } = run(oracle, tau)?;
            if found.is_some() {
                entries.push(Entry {
                    method,
                    n,
                    k,
                    tau,
                    worth,
                });
            }
        }
    }
    let all = problems.len();
    studio.find(
        "with τ above the freezing tolerance descent never moves",
        format!("{frozen} of {all} problems, {steps} steps"),
        frozen == all,
    )?;
    studio.find(
        "with a finer τ it finds S against the same adversary",
        format!("{learned} of {all} problems"),
        learned == all,
    )?;
    studio.find(
        "honest answers of twice the freezing tolerance reveal S",
        format!("{thawed} of {honest} problems whose steps take {most} examples at most"),
        thawed == honest && honest > 0,
    )?;
    Ok(entries)
}
