//! Flags of former versions: each stands for a part of a setting, or writes it in another way.

use super::Flags;
use crate::cli::Result;
use crate::schema::{Knob, Schema};
use clap::Args;
use toml::{Table, Value};

/// Flags of former versions; they are not shown.
#[derive(Debug, Args)]
pub(super) struct Former {
    #[arg(long, hide = true)]
    freeze: Vec<String>,
    #[arg(long, hide = true)]
    block_lr: Vec<String>,
    #[arg(long, hide = true, value_parser = ["constant", "inverse-time", "cosine"])]
    schedule: Option<String>,
    #[arg(long, hide = true)]
    timescale: Option<u64>,
    #[arg(long, hide = true, allow_negative_numbers = true)]
    momentum: Option<f64>,
    #[arg(long, hide = true, allow_negative_numbers = true)]
    threshold: Option<f64>,
    #[arg(long, hide = true, allow_negative_numbers = true)]
    filter_weight: Option<f64>,
    #[arg(long, hide = true, allow_negative_numbers = true)]
    filter_alpha: Option<f64>,
    #[arg(long, hide = true)]
    filter_window: Option<i64>,
    #[arg(long, hide = true)]
    sparsity: Option<i64>,
    #[arg(long, hide = true, allow_hyphen_values = true)]
    table: Option<String>,
    #[arg(long, hide = true)]
    tasks: Option<i64>,
    #[arg(long, hide = true, allow_negative_numbers = true)]
    alpha: Option<f64>,
}

impl Former {
    /// Writes what the flags say as settings.
    pub(super) fn apply(&self, flags: &mut Flags) -> Result<()> {
        self.network(flags)?;
        self.task(flags)?;
        self.rates(flags)?;
        self.optimizer(flags);
        self.filter(flags);
        decay(flags);
        Ok(())
    }

    fn network(&self, flags: &mut Flags) -> Result<()> {
        if flags.word("learner.model") == Some("neuron") {
            if flags
                .get("learner.width")
                .is_some_and(|width| width.as_integer() != Some(1))
            {
                return Err("a neuron has width 1; use --model mlp for a larger --width".into());
            }
            flags.set("learner.model", "model", "mlp".into());
            flags.set("learner.width", "model", 1.into());
            if flags.get("learner.activation").is_none() {
                flags.set("learner.activation", "model", "sine".into());
            }
        }
        let is_sparse = flags.word("init") == Some("sparse");
        match (is_sparse, self.sparsity) {
            (true, None) => return Err("--init sparse needs --sparsity; add it".into()),
            (true, Some(s)) => flags.set("init", "init", variant("sparse", [("s", s.into())])),
            (false, given) => note(flags, given.is_some(), "--sparsity"),
        }
        if flags.word("init") == Some("paired") {
            let listed = flags.get("support").and_then(Value::as_array).map(Vec::len);
            let listed = listed.map(|len| Value::Integer(len as i64));
            let k = flags.get("k").cloned().or(listed);
            let k = k.unwrap_or_else(|| Value::Integer(crate::trial::Trial::default().k as i64));
            flags.set("init", "init", variant("paired", [("k", k)]));
        }
        Ok(())
    }

    fn task(&self, flags: &mut Flags) -> Result<()> {
        let target = flags.word("target").map(str::to_owned);
        let is = |name: &str| target.as_deref() == Some(name);
        match (is("junta"), &self.table) {
            (true, None) => return Err("--target junta needs --table; add it".into()),
            (true, Some(signs)) => {
                let table = signs.chars().map(sign).collect::<Result<Vec<Value>>>()?;
                flags.set(
                    "target",
                    "target",
                    variant("junta", [("table", table.into())]),
                );
            }
            (false, given) => note(flags, given.is_some(), "--table"),
        }
        if is("multitask") {
            let tasks = self.tasks.map(|tasks| ("tasks", tasks.into()));
            let alpha = self.alpha.map(|alpha| ("alpha", alpha.into()));
            flags.set(
                "target",
                "target",
                variant("multitask", tasks.into_iter().chain(alpha)),
            );
        } else {
            note(flags, self.tasks.is_some(), "--tasks");
            note(flags, self.alpha.is_some(), "--alpha");
        }
        let phase = flags.get("curriculum").filter(|phase| !phase.is_table());
        if let Some(text) = phase.map(|phase| phase.as_str().map_or(phase.to_string(), Into::into))
        {
            let parts = text.split_once(':');
            let (bias, steps) =
                parts.ok_or("write the probability and the steps, such as 0.05:1000")?;
            let bias: f64 = bias.parse().map_err(|error| format!("{bias:?}: {error}"))?;
            let steps: i64 = steps
                .parse()
                .map_err(|error| format!("{steps:?}: {error}"))?;
            let phase = [("bias".into(), bias.into()), ("steps".into(), steps.into())];
            flags.set("curriculum", "curriculum", Table::from_iter(phase).into());
        }
        Ok(())
    }

    fn rates(&self, flags: &mut Flags) -> Result<()> {
        if !self.freeze.is_empty() {
            let mut frozen = self
                .freeze
                .clone()
                .into_iter()
                .map(Value::String)
                .collect::<Vec<_>>();
            frozen.extend(
                flags
                    .get("frozen")
                    .and_then(Value::as_array)
                    .cloned()
                    .unwrap_or_default(),
            );
            flags.set("frozen", "freeze", frozen.into());
        }
        if !self.block_lr.is_empty() {
            let pair = |text: &String| -> Result<Value> {
                let parts = text.split_once('=');
                let (name, rate) = parts.ok_or("write a name and a rate, such as output=0.01")?;
                Ok(Value::Array(vec![name.into(), crate::sweep::value(rate)]))
            };
            let pairs = self
                .block_lr
                .iter()
                .map(pair)
                .collect::<Result<Vec<Value>>>()?;
            flags.set("block_rates", "block-lr", pairs.into());
        }
        let Some(kind) = self.schedule.as_deref().filter(|kind| *kind != "constant") else {
            note(flags, self.timescale.is_some(), "--timescale");
            return Ok(());
        };
        let usual = crate::trial::Trial::default();
        let first = match (flags.get("rate"), flags.word("setting")) {
            (Some(rate), _) => rate
                .as_float()
                .or(rate.as_integer().map(|rate| rate as f64)),
            (None, Some(label)) => Some(crate::trial::Setting::from_label(label)?.rate()),
            (None, None) => Some(usual.rate.at(0)),
        };
        let first = first.ok_or("--schedule needs a single --rate, not a table; leave one out")?;
        let max_steps = flags.get("max_steps").and_then(Value::as_integer);
        let timescale = match (self.timescale, max_steps) {
            (Some(timescale), _) => i64::try_from(timescale)?,
            (None, Some(steps)) => steps,
            (None, None) => i64::try_from(usual.max_steps)?,
        };
        let first = ("first", first.into());
        let schedule = match kind {
            "cosine" => variant(
                kind,
                [first, ("last", 0.0.into()), ("steps", timescale.into())],
            ),
            _ => variant(kind, [first, ("timescale", (timescale as f64).into())]),
        };
        flags.set("rate", "schedule", schedule);
        Ok(())
    }

    fn optimizer(&self, flags: &mut Flags) {
        let optimizer = flags.word("optimizer").map(str::to_owned);
        let is = |name: &str| optimizer.as_deref() == Some(name);
        if is("momentum") || is("nesterov") {
            let momentum = self.momentum.map(|momentum| ("momentum", momentum.into()));
            let nesterov = is("nesterov").then_some(("nesterov", true.into()));
            let fields = momentum.into_iter().chain(nesterov);
            flags.set("optimizer", "optimizer", variant("momentum", fields));
        } else {
            note(flags, self.momentum.is_some(), "--momentum");
        }
        match (is("sign-sgd"), self.threshold) {
            (true, Some(threshold)) => {
                let fields = [("threshold", threshold.into())];
                flags.set("optimizer", "optimizer", variant("sign-sgd", fields));
            }
            (true, None) => {}
            (false, given) => note(flags, given.is_some(), "--threshold"),
        }
    }

    fn filter(&self, flags: &mut Flags) {
        let filter = flags.word("filter").map(str::to_owned);
        let is = |name: &str| filter.as_deref() == Some(name);
        let lambda = self.filter_weight.map(|weight| ("lambda", weight.into()));
        if is("grokfast-ema") {
            let alpha = self.filter_alpha.map(|alpha| ("alpha", alpha.into()));
            let fields = lambda.into_iter().chain(alpha);
            flags.set("filter", "filter", variant("grokfast-ema", fields));
        } else if is("grokfast-ma") {
            let window = self.filter_window.map(|window| ("window", window.into()));
            let fields = lambda.into_iter().chain(window);
            flags.set("filter", "filter", variant("grokfast-ma", fields));
        } else {
            note(flags, self.filter_weight.is_some(), "--filter-weight");
        }
        note(
            flags,
            !is("grokfast-ema") && self.filter_alpha.is_some(),
            "--filter-alpha",
        );
        note(
            flags,
            !is("grokfast-ma") && self.filter_window.is_some(),
            "--filter-window",
        );
    }
}

/// The setting that a flag of a former version means: `--decay` was the convention, and its value
/// `--weight-decay`.
pub(super) fn meant<'a>(schema: &'a Schema, knob: &'a Knob, value: &Value) -> &'a Knob {
    let convention = schema.knob(&["convention"]);
    let is_convention = |convention: &&Knob| {
        let word = value.as_str().unwrap_or_default();
        knob.name() == "decay" && convention.choices().contains(&word)
    };
    convention.filter(is_convention).unwrap_or(knob)
}

/// Leaves out a convention where there is no decay that it could be about.
fn decay(flags: &mut Flags) {
    let means = flags.get("decay").is_some() && flags.word("optimizer") != Some("adamw");
    if !means && let Some(given) = flags.take("convention") {
        note(flags, true, &format!("--{}", given.flag));
    }
}

fn note(flags: &mut Flags, is_idle: bool, flag: &str) {
    if is_idle {
        flags.idle.push(flag.into());
    }
}

/// A variant of an enum with these fields.
fn variant<'a>(name: &str, fields: impl IntoIterator<Item = (&'a str, Value)>) -> Value {
    let fields = fields
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value));
    let fields = Value::Table(fields.collect());
    Value::Table(Table::from_iter([(name.to_owned(), fields)]))
}

fn sign(sign: char) -> Result<Value> {
    match sign {
        '+' => Ok(1.into()),
        '-' => Ok((-1).into()),
        other => Err(format!("{other:?} is no sign; write + and -").into()),
    }
}
