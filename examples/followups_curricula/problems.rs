//! Uniform inputs, biased ones first, as many in any order, and random biases, on several problems.

use crate::arms::{Arm, Chosen, Plan, Ratio};
use crate::run::{Bias, Order, Run};
use sparse_parity::terminal::Result;
use sparse_parity_examples::figure::Studio;

/// A parity with a network.
pub struct Problem {
    pub n: usize,
    pub k: usize,
    pub widths: &'static [usize],
    pub budget: u64,
    /// Lengths of the first phase, of which one is chosen.
    pub phases: &'static [u64],
}

/// The arms of a problem.
pub struct Compared {
    pub name: String,
    pub uniform: Arm,
    /// Biased inputs first, and then uniform ones.
    pub first: Arm,
    /// As large a share of biased inputs, in any order.
    pub mixed: Arm,
    /// Inputs with random biases first, and then uniform ones.
    pub random: Arm,
}

impl Problem {
    pub fn run(&self, order: Order) -> Run {
        Run {
            n: self.n,
            k: self.k,
            widths: self.widths.to_vec(),
            budget: self.budget,
            order,
            ..Run::default()
        }
    }

    pub fn name(&self) -> String {
        let layers = match self.widths.len() {
            1 => String::new(),
            layers => format!(", {layers} layers"),
        };
        format!("({}, {}){layers}", self.n, self.k)
    }

    /// The best length of a first phase, and its rate.
    fn first(&self, studio: &Studio, plan: &Plan, bias: Bias, part: &str) -> Result<Chosen> {
        let phases = self.phases.iter().map(|&first| {
            self.run(Order {
                bias,
                first,
                share: 0.0,
            })
        });
        let phases: Vec<Run> = phases.collect();
        let chosen = plan.choose(studio, &format!("{part}_phases"), &phases)?;
        let by_median = |a: &Chosen, b: &Chosen| a.median().total_cmp(&b.median());
        let best = chosen.into_iter().min_by(by_median);
        Ok(best.ok_or("a curriculum has a length")?)
    }

    /// Makes the runs of all arms.
    pub fn compare(&self, studio: &Studio, plan: &Plan, bias: Bias) -> Result<Compared> {
        let widest = self.widths.iter().max().unwrap_or(&0);
        let part = format!("n{}k{}r{widest}", self.n, self.k);
        let first = self.first(studio, plan, bias, &part)?;
        // In hundredths, of all updates that a run of the pilot takes.
        let updates = first.run.order.first;
        let share = updates as f64 / first.median().min(self.budget as f64);
        let others = [
            Order::default(),
            Order {
                bias,
                first: 0,
                share: (100.0 * share).round().clamp(1.0, 100.0) / 100.0,
            },
            Order {
                bias: Bias::Random,
                first: updates,
                share: 0.0,
            },
        ];
        let mut chosen = plan.choose(studio, &part, &others.map(|order| self.run(order)))?;
        chosen.push(first);
        let arms = plan.make(studio, &part, &chosen)?;
        let [uniform, mixed, random, first]: [Arm; 4] =
            arms.try_into().map_err(|_| "four arms are compared")?;
        Ok(Compared {
            name: self.name(),
            uniform,
            first,
            mixed,
            random,
        })
    }
}

impl Compared {
    pub fn arms(&self) -> [&Arm; 4] {
        [&self.uniform, &self.first, &self.mixed, &self.random]
    }

    /// How many times as long as biased inputs first the others take: uniform inputs, any order, random biases.
    pub fn ratios(&self) -> Result<[Ratio; 3]> {
        Ok([
            Ratio::of(&self.uniform, &self.first)?,
            Ratio::of(&self.mixed, &self.first)?,
            Ratio::of(&self.random, &self.first)?,
        ])
    }
}

/// The claims on all problems.
pub fn find(studio: &mut Studio, all: &[Compared]) -> Result {
    let ratios: Vec<[Ratio; 3]> = all.iter().map(Compared::ratios).collect::<Result<_>>()?;
    let told = |place: usize| {
        let of = |(compared, ratios): (&Compared, &[Ratio; 3])| {
            let first = compared.first.run.order.first;
            let share = compared.mixed.run.order.share;
            let setting = match place {
                1 => format!(" with a share of {share}"),
                _ => format!(" with {first} updates"),
            };
            format!("{}{setting}: {}", compared.name, ratios[place])
        };
        let all: Vec<String> = all.iter().zip(&ratios).map(of).collect();
        all.join("; ")
    };
    let every = |holds: &dyn Fn(&[Ratio; 3]) -> bool| ratios.iter().all(holds);
    studio.find(
        "uniform inputs take at least three times as many updates as biased ones first",
        told(0),
        every(&|[uniform, ..]| uniform.estimate.interval.low >= 3.0),
    )?;
    studio.find(
        "as many biased inputs in any order take more updates than biased ones first",
        told(1),
        every(&|[_, mixed, _]| mixed.estimate.interval.low > 1.0),
    )?;
    studio.find(
        "inputs with random biases first take at most twice as many updates as equally biased ones first",
        told(2),
        every(&|[_, _, random]| random.estimate.interval.high <= 2.0),
    )
}
