//! Runs whose norm is clamped, beside runs with weight decay.

use crate::grid::{Grid, Setting};
use crate::run::{Ends, Run};
use sparse_parity::stats::{Estimate, Time, Times, concordance};
use sparse_parity::sweep::{Cell, Sweep};
use sparse_parity::terminal::Result;
use sparse_parity_examples::figure::Studio;
use sparse_parity_examples::medians::median;
use sparse_parity_examples::resampled::{resampled, rng_of};

/// How runs are clamped, and the settings that are drawn.
pub struct Scope {
    pub eta: f64,
    /// The decay whose norm ρ multiplies.
    pub lambda: f64,
    pub rhos: &'static [f64],
    pub samples: &'static [usize],
}

/// A setting with weight decay, and the runs clamped at ρ times the norm at which it generalises.
pub struct Clamped {
    pub lambda: f64,
    pub rho: f64,
    pub norm: f64,
    pub ends: Vec<Ends>,
}

impl Clamped {
    pub fn times(&self) -> Times {
        self.ends.iter().map(|ends| ends.time).collect()
    }
}

/// The runs of a sample size.
pub struct Family<'a> {
    pub samples: usize,
    /// With weight decay, by λ.
    pub free: Vec<&'a Setting>,
    pub clamped: Vec<Clamped>,
}

/// Makes the clamped runs; there are none where no run with weight decay generalises.
pub fn families<'a>(studio: &Studio, grid: &'a Grid, scope: &Scope) -> Result<Vec<Family<'a>>> {
    let mut all = Vec::new();
    for &samples in scope.samples {
        let is_of = |setting: &&Setting| {
            setting.run.samples == samples
                && setting.run.eta == scope.eta
                && setting.norm(&setting.all()).is_finite()
        };
        let free: Vec<&Setting> = grid.settings.iter().filter(is_of).collect();
        let mut clamped = Vec::new();
        for setting in &free {
            let lambda = setting.run.lambda;
            let is_middle = lambda == scope.lambda;
            let rhos = if is_middle { scope.rhos } else { &[1.0] };
            clamped.extend(rhos.iter().map(|&rho| Clamped {
                lambda,
                rho,
                // Rounded, so that rows are found again.
                norm: (100.0 * rho * setting.norm(&setting.all())).round() / 100.0,
                ends: Vec::new(),
            }));
        }
        if !free.is_empty() {
            all.push(Family {
                samples,
                free,
                clamped,
            });
        }
    }
    let cells = all.iter().flat_map(|family| {
        family.clamped.iter().map(|clamped| Run {
            lambda: 0.0,
            clamp: Some(clamped.norm),
            ..family.free[0].run.clone()
        })
    });
    let runs = grid.runs as u64;
    // Two decays may have one norm.
    let mut different: Vec<Run> = Vec::new();
    for run in cells {
        if !different.contains(&run) {
            different.push(run);
        }
    }
    let sweep = Sweep::new(different.iter().map(|run| Cell::new(run.clone(), runs)))?;
    let outcomes = studio.outcomes("clamps", &sweep)?;
    for family in &mut all {
        for clamped in &mut family.clamped {
            let is_meant =
                |run: &Run| run.samples == family.samples && run.clamp == Some(clamped.norm);
            let place = different.iter().position(is_meant);
            let place = place.ok_or("a clamp has no runs")?;
            clamped.ends = outcomes.of(place).cloned().collect();
        }
    }
    Ok(all)
}

/// All findings.
pub fn find(studio: &mut Studio, families: &[Family]) -> Result {
    for family in families {
        same(studio, family)?;
        fastest(studio, family)?;
        later(studio, family)?;
    }
    table(studio, families)
}

/// The median time of clamped runs over that of others, which have the same seeds and are drawn with them.
fn ratio(name: &str, clamped: &[Ends], free: &[Ends]) -> Result<Estimate> {
    let of = |ends: &[Ends], chosen: &[usize]| {
        let times: Times = chosen.iter().map(|&i| ends[i].time).collect();
        median(&times)
    };
    resampled(clamped.len(), &mut rng_of(name), |chosen| {
        of(clamped, chosen) / of(free, chosen)
    })
}

/// Whether a clamp at the norm of a decay takes as long as the decay.
fn same(studio: &mut Studio, family: &Family) -> Result {
    let mut told = Vec::new();
    let mut holds = true;
    for setting in &family.free {
        let lambda = setting.run.lambda;
        let at = |clamped: &&Clamped| clamped.lambda == lambda && clamped.rho == 1.0;
        let Some(clamped) = family.clamped.iter().find(at) else {
            continue;
        };
        let name = format!("same {} {lambda}", family.samples);
        let ratio = ratio(&name, &clamped.ends, &setting.ends)?;
        holds &= (0.5..=2.0).contains(&ratio.value);
        told.push(format!(
            "{ratio:.2} at λ = {lambda}, ‖θ‖ = {}, {} of {} solved",
            clamped.norm,
            clamped.times().solved(),
            clamped.ends.len()
        ));
    }
    studio.find(
        format!(
            "m = {}: a clamp at the norm of a decay takes its time within a factor of 2",
            family.samples
        ),
        told.join("; "),
        holds,
    )
}

/// The runs of the smallest median in the first half of their seeds; others compare them.
fn chosen<T>(all: &[T], ends: impl Fn(&T) -> &[Ends]) -> Option<&T> {
    let median_of = |one: &T| {
        let ends = ends(one);
        let first = &ends[..ends.len().div_ceil(2)];
        median(&first.iter().map(|ends| ends.time).collect::<Times>())
    };
    let pairs = all.iter().map(|one| (median_of(one), one));
    pairs.min_by(|a, b| a.0.total_cmp(&b.0)).map(|pair| pair.1)
}

/// Whether no clamp generalises sooner than the fastest decay.
fn fastest(studio: &mut Studio, family: &Family) -> Result {
    let free = chosen(&family.free, |setting| &setting.ends);
    let clamped = chosen(&family.clamped, |clamped| &clamped.ends);
    let (Some(free), Some(clamped)) = (free, clamped) else {
        return Err("no run with weight decay generalises".into());
    };
    let name = format!("fastest {}", family.samples);
    let first = clamped.ends.len().div_ceil(2);
    if first == clamped.ends.len() {
        return Err(
            "one half of the runs chooses and the other compares; use at least 2 runs".into(),
        );
    }
    let ratio = ratio(&name, &clamped.ends[first..], &free.ends[first..])?;
    studio.find(
        format!(
            "m = {}: no clamp is faster than the fastest decay",
            family.samples
        ),
        format!(
            "{ratio:.2} of the time, for ‖θ‖ = {} and λ = {}",
            clamped.norm, free.run.lambda
        ),
        ratio.interval.high >= 1.0,
    )
}

/// Whether runs that are clamped at larger norms generalise later, from ρ = 1 on.
fn later(studio: &mut Studio, family: &Family) -> Result {
    let mut pairs: Vec<Vec<(f64, Time)>> = vec![Vec::new(); family.clamped[0].ends.len()];
    let mut told = Vec::new();
    let lambda = family.clamped.iter().find(|clamped| clamped.rho != 1.0);
    let lambda = lambda.map(|clamped| clamped.lambda);
    for clamped in family.clamped.iter().filter(|c| Some(c.lambda) == lambda) {
        let times = clamped.times();
        let solved = times.solved();
        told.push(format!(
            "{solved} of {} at ρ = {}",
            times.runs(),
            clamped.rho
        ));
        if clamped.rho >= 1.0 {
            for (run, ends) in clamped.ends.iter().enumerate() {
                pairs[run].push((clamped.norm, ends.time));
            }
        }
    }
    let rng = &mut rng_of(&format!("later {}", family.samples));
    let gamma = resampled(pairs.len(), rng, |chosen| {
        let drawn: Vec<(f64, Time)> = chosen.iter().flat_map(|&run| pairs[run].clone()).collect();
        let norms: Vec<f64> = drawn.iter().map(|pair| pair.0).collect();
        let times: Vec<Time> = drawn.iter().map(|pair| pair.1).collect();
        concordance(&norms, &times).unwrap_or(f64::NAN)
    })?;
    studio.find(
        format!(
            "m = {}: from ρ = 1 on, larger norms are later",
            family.samples
        ),
        format!("concordance {gamma:.2}; solved {}", told.join(", ")),
        gamma.interval.low > 0.0,
    )
}

/// Counts and medians of all clamps.
fn table(studio: &mut Studio, families: &[Family]) -> Result {
    let mut rows = Vec::new();
    for family in families {
        for clamped in &family.clamped {
            let times = clamped.times();
            let memorised = clamped.ends.iter().filter(|ends| ends.memorised.is_some());
            rows.push(vec![
                family.samples.to_string(),
                clamped.lambda.to_string(),
                clamped.rho.to_string(),
                clamped.norm.to_string(),
                times.runs().to_string(),
                memorised.count().to_string(),
                times.solved().to_string(),
                times.diverged().to_string(),
                median(&times).to_string(),
            ]);
        }
    }
    let columns = [
        "m",
        "lambda",
        "rho",
        "norm",
        "runs",
        "memorised",
        "generalised",
        "diverged",
        "median t_g",
    ];
    studio.save_table("clamps_table", &columns, &rows)
}
