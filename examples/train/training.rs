//! The flags that say how a network is trained.

use clap::{Args, ValueEnum};
use sparse_parity::optim::{Decay, Schedule, ScheduleEntry};
use sparse_parity::trial::{FilterKind, LossKind, OptimizerKind};

#[derive(Args)]
#[command(next_help_heading = "Training")]
pub(crate) struct TrainingArgs {
    /// Loss
    #[arg(long, value_enum, default_value = "hinge")]
    pub(crate) loss: LossArg,
    /// Batch size
    #[arg(long, value_name = "B", default_value_t = 32)]
    pub(crate) batch: usize,
    /// Learning rate, or a table of steps and rates such as 0:0.1,5000:0.01 [default: 0.1, or that
    /// of --setting]
    #[arg(long, value_name = "ETA", allow_hyphen_values = true, value_parser = rate)]
    lr: Option<Schedule>,
    /// Another learning rate for a block such as hidden.bias or a layer such as output, as in
    /// output=0.01; may be given several times, and the last one that covers a block counts
    #[arg(long, value_name = "NAME=ETA", value_parser = block_rate)]
    pub(crate) block_lr: Vec<(String, Schedule)>,
    /// What becomes of the learning rate: eta/(1 + t/T) is inverse-time, and cosine falls from eta
    /// to 0 within T steps
    #[arg(long, value_enum, default_value = "constant")]
    schedule: ScheduleArg,
    /// The T of --schedule [default: --max-steps]
    #[arg(long, value_name = "T")]
    timescale: Option<u64>,
    /// Optimizer [default: sgd, or that of --setting]
    #[arg(long, value_enum)]
    optimizer: Option<OptimizerArg>,
    /// Share of the velocity that momentum and nesterov keep [default: 0.9]
    #[arg(long, value_name = "MU", allow_negative_numbers = true)]
    momentum: Option<f64>,
    /// Entries of the gradient below this count as 0 for sign-sgd [default: 0]
    #[arg(long, value_name = "RHO", allow_negative_numbers = true)]
    threshold: Option<f64>,
    /// Amplify slow gradients (Grokfast)
    #[arg(long, value_enum)]
    filter: Option<FilterArg>,
    /// Weight of the mean gradient that --filter adds [default: 2 for grokfast-ema, 5 for
    /// grokfast-ma]
    #[arg(long, value_name = "LAMBDA", allow_negative_numbers = true)]
    filter_weight: Option<f64>,
    /// Share of the running mean that --filter grokfast-ema keeps [default: 0.98]
    #[arg(long, value_name = "ALPHA", allow_negative_numbers = true)]
    filter_alpha: Option<f64>,
    /// Number of gradients in the mean of --filter grokfast-ma [default: 100]
    #[arg(long, value_name = "W")]
    filter_window: Option<usize>,
    /// Weight decay, or a table of steps and decays [default: 0]
    #[arg(long, value_name = "LAMBDA", allow_hyphen_values = true, value_parser = rate)]
    weight_decay: Option<Schedule>,
    /// How --weight-decay enters: (1 - lambda) theta, (1 - lr lambda) theta, or in the gradient
    /// [default: direct]
    #[arg(long, value_enum)]
    decay: Option<DecayArg>,
    /// Keep the initial values of a block such as hidden.bias or of a layer such as output; may be
    /// given several times
    #[arg(long, value_name = "NAME")]
    pub(crate) freeze: Vec<String>,
    /// Updates after which a trial counts as unsolved
    #[arg(long, value_name = "T", default_value_t = 100_000)]
    pub(crate) max_steps: u64,
}

crate::names!(LossArg for LossKind: Hinge, Square, CrossEntropy, Correlation);
crate::names!(DecayArg for Decay: Direct, Scaled, Coupled);

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ScheduleArg {
    Constant,
    InverseTime,
    Cosine,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum OptimizerArg {
    Sgd,
    Momentum,
    Nesterov,
    SignSgd,
    Adam,
    #[value(name = "adamw")]
    AdamW,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FilterArg {
    GrokfastEma,
    GrokfastMa,
}

impl TrainingArgs {
    /// The schedule of the learning rate, which is `default` unless one is given.
    pub(crate) fn rate(&self, default: f64) -> Result<Schedule, String> {
        let rate = self.lr.clone().unwrap_or(default.into());
        let timescale = self.timescale.unwrap_or(self.max_steps);
        let first = match (&rate, self.schedule) {
            (_, ScheduleArg::Constant) => return Ok(rate),
            (Schedule::Constant(first), _) => *first,
            _ => return Err("--schedule needs a single --lr, not a table; leave one out".into()),
        };
        let schedule = match self.schedule {
            ScheduleArg::InverseTime => Schedule::inverse_time(first, timescale as f64),
            _ => Schedule::cosine(first, 0.0, timescale),
        };
        schedule.map_err(|error| error.to_string())
    }

    /// The optimizer, which is `default` unless one is given.
    pub(crate) fn optimizer(&self, default: OptimizerKind) -> OptimizerKind {
        let momentum = self.momentum.unwrap_or(0.9);
        let heavy = |nesterov| OptimizerKind::Momentum { momentum, nesterov };
        match self.optimizer {
            None => default,
            Some(OptimizerArg::Sgd) => OptimizerKind::Sgd,
            Some(OptimizerArg::Momentum) => heavy(false),
            Some(OptimizerArg::Nesterov) => heavy(true),
            Some(OptimizerArg::SignSgd) => OptimizerKind::SignSgd {
                threshold: self.threshold.unwrap_or(0.0),
            },
            Some(OptimizerArg::Adam) => OptimizerKind::Adam,
            Some(OptimizerArg::AdamW) => OptimizerKind::AdamW,
        }
    }

    pub(crate) fn filter(&self) -> Option<FilterKind> {
        let weight = |default| self.filter_weight.unwrap_or(default);
        self.filter.map(|filter| match filter {
            FilterArg::GrokfastEma => FilterKind::GrokfastEma {
                alpha: self.filter_alpha.unwrap_or(0.98),
                lambda: weight(2.0),
            },
            FilterArg::GrokfastMa => FilterKind::GrokfastMa {
                window: self.filter_window.unwrap_or(100),
                lambda: weight(5.0),
            },
        })
    }

    pub(crate) fn decay(&self) -> (Schedule, Decay) {
        let convention = self.decay.map_or(Decay::Direct, Decay::from);
        let decay = self.weight_decay.clone().unwrap_or(0.0.into());
        (decay, convention)
    }

    /// The flags that are given but mean nothing beside the others.
    pub(crate) fn without_effect(&self) -> Vec<&'static str> {
        let by = |kinds: &[OptimizerArg]| self.optimizer.is_some_and(|o| kinds.contains(&o));
        let heavy = by(&[OptimizerArg::Momentum, OptimizerArg::Nesterov]);
        let sign = by(&[OptimizerArg::SignSgd]);
        let through = |filter| self.filter == Some(filter);
        let scheduled = self.schedule != ScheduleArg::Constant;
        crate::idle(&[
            (scheduled, self.timescale.is_some(), "--timescale"),
            (heavy, self.momentum.is_some(), "--momentum"),
            (sign, self.threshold.is_some(), "--threshold"),
            (
                self.filter.is_some(),
                self.filter_weight.is_some(),
                "--filter-weight",
            ),
            (
                through(FilterArg::GrokfastEma),
                self.filter_alpha.is_some(),
                "--filter-alpha",
            ),
            (
                through(FilterArg::GrokfastMa),
                self.filter_window.is_some(),
                "--filter-window",
            ),
            (
                self.weight_decay.is_some() && !by(&[OptimizerArg::AdamW]),
                self.decay.is_some(),
                "--decay",
            ),
        ])
    }
}

/// A name and a rate.
fn block_rate(text: &str) -> Result<(String, Schedule), String> {
    let parts = text.split_once('=');
    let (name, value) = parts.ok_or("write a name and a rate, such as output=0.01")?;
    Ok((name.into(), rate(value)?))
}

/// A number, or steps and numbers.
fn rate(text: &str) -> Result<Schedule, String> {
    let number = |text: &str| {
        text.trim()
            .parse()
            .map_err(|error| format!("{text:?}: {error}"))
    };
    if !text.contains(':') {
        return number(text).map(Schedule::Constant);
    }
    let entry = |entry: &str| {
        let parts = entry.split_once(':');
        let (step, value) = parts.ok_or_else(|| format!("{entry:?} is no step:rate"))?;
        let step = step
            .trim()
            .parse()
            .map_err(|error| format!("{step:?}: {error}"))?;
        let value = number(value)?;
        Ok::<_, String>(ScheduleEntry { step, value })
    };
    let entries: Vec<_> = text.split(',').map(entry).collect::<Result<_, _>>()?;
    Schedule::table(entries).map_err(|error| error.to_string())
}
