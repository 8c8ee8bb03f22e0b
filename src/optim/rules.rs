use super::Schedule;
#[cfg(feature = "serde")]
use crate::error::Error;
use crate::error::Result;
use crate::params::Layout;
use std::ops::Range;

/// How the weight decay λ enters an update.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "sweep", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Decay {
    /// θ ← (1 − λ)θ − …: equation 1 of the paper, λ is not multiplied by the rate.
    #[default]
    Direct,
    /// θ ← (1 − ηλ)θ − …: decoupled decay as in AdamW.
    Scaled,
    /// g ← g + λθ before the update: the L2 penalty of the deep-learning packages.
    Coupled,
}

/// The learning rate and weight decay of a block.
///
/// ```
/// use sparse_parity::optim::{Decay, Rule, Schedule};
///
/// let equation_1 = Rule::rate(0.1).with_decay(0.001);
/// let l2 = Rule::rate(Schedule::table([(0, 0.1), (1000, 0.01)])?)
///     .with_decay(0.01)
///     .by(Decay::Coupled);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Rule {
    /// The learning rate η_t.
    pub rate: Schedule,
    /// The weight decay λ_t.
    pub decay: Schedule,
    /// How the decay enters.
    pub convention: Decay,
}

impl Rule {
    /// A learning rate without decay.
    pub fn rate(rate: impl Into<Schedule>) -> Self {
        Rule {
            rate: rate.into(),
            decay: Schedule::Constant(0.0),
            convention: Decay::Direct,
        }
    }

    /// The rule that leaves a block as it is.
    pub fn frozen() -> Self {
        Rule::rate(0.0)
    }

    /// The same rule with weight decay.
    #[must_use]
    pub fn with_decay(self, decay: impl Into<Schedule>) -> Self {
        let decay = decay.into();
        Rule { decay, ..self }
    }

    /// The same rule with another decay convention.
    #[must_use]
    pub fn by(self, convention: Decay) -> Self {
        Rule { convention, ..self }
    }

    /// The factors of update number `t`, which settle the meaning of each [`Decay`].
    ///
    /// An optimizer makes u of the gradient g + penalty·θ, and the update is θ ← keep·θ − rate·u:
    ///
    /// | decay | keep | penalty |
    /// |---|---|---|
    /// | [`Decay::Direct`] | 1 − λ | 0 |
    /// | [`Decay::Scaled`] | 1 − ηλ | 0 |
    /// | [`Decay::Coupled`] | 1 | λ |
    ///
    /// ```
    /// use sparse_parity::optim::{Decay, Rule};
    ///
    /// let at = Rule::rate(0.5).with_decay(0.25).by(Decay::Scaled).at(0);
    /// assert_eq!((at.rate, at.keep, at.penalty), (0.5, 0.875, 0.0));
    /// ```
    #[inline]
    pub fn at(&self, t: u64) -> Factors {
        let (rate, lambda) = (self.rate.at(t), self.decay.at(t));
        let (keep, penalty) = match self.convention {
            Decay::Direct => (1.0 - lambda, 0.0),
            Decay::Scaled => (1.0 - rate * lambda, 0.0),
            Decay::Coupled => (1.0, lambda),
        };
        Factors {
            rate,
            keep,
            penalty,
        }
    }

    fn is_frozen(&self) -> bool {
        self.rate.is_zero() && (self.decay.is_zero() || self.convention != Decay::Direct)
    }
}

/// A [`Rule`] at one step: θ ← keep·θ − rate·u, where u is made of g + penalty·θ.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Factors {
    /// The learning rate η_t.
    pub rate: f64,
    /// The factor of θ.
    pub keep: f64,
    /// The factor of θ in the gradient.
    pub penalty: f64,
}

/// The rules of all blocks: one for everything, and others for named layers or blocks.
///
/// A name is that of a block (`hidden.bias`) or of a layer (`hidden`), which covers its blocks;
/// where several names cover a block, the last one counts.
///
/// ```
/// use sparse_parity::prelude::*;
///
/// let model = Mlp::new(50, 100, Relu)?;
/// let rules = Rules::from(Rule::rate(0.1)).on("output", Rule::frozen());
/// let sgd = Sgd::new(model.layout(), rules)?;
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Rules {
    default: Rule,
    named: Vec<(String, Rule)>,
}

impl From<Rule> for Rules {
    fn from(default: Rule) -> Self {
        let named = Vec::new();
        Rules { default, named }
    }
}

impl Rules {
    /// The same rules, but `rule` for the block or layer `name`.
    #[must_use]
    pub fn on(mut self, name: &str, rule: Rule) -> Self {
        self.named.push((name.into(), rule));
        self
    }

    /// The same rules, all with this decay convention.
    pub(super) fn all_by(mut self, convention: Decay) -> Self {
        let named = self.named.iter_mut().map(|(_, rule)| rule);
        for rule in std::iter::once(&mut self.default).chain(named) {
            rule.convention = convention;
        }
        self
    }

    /// The rules of the blocks of `layout` that are not frozen, in order.
    ///
    /// # Errors
    /// [`Error::Negative`](crate::Error::Negative) for an invalid rate or decay, those of the
    /// constructors of [`Schedule`] for an invalid schedule,
    /// [`Error::UnknownBlock`](crate::Error::UnknownBlock) for a name that covers nothing.
    pub fn resolve(&self, layout: &Layout) -> Result<Vec<BlockRule>> {
        let all = std::iter::once(&self.default).chain(self.named.iter().map(|(_, rule)| rule));
        for rule in all {
            rule.rate.check("the learning rate")?;
            rule.decay.check("the weight decay")?;
        }
        let mut resolved = Vec::<BlockRule>::new();
        for block in layout.names() {
            for range in layout.covered(block)? {
                let rule = self.default.clone();
                resolved.push(BlockRule { range, rule });
            }
        }
        for (name, rule) in &self.named {
            for range in layout.covered(name)? {
                for block in resolved.iter_mut().filter(|block| block.range == range) {
                    block.rule = rule.clone();
                }
            }
        }
        resolved.retain(|block| !block.rule.is_frozen());
        Ok(resolved)
    }
}

/// Succeeds if these are rules of blocks of the layout in their order, as [`Rules::resolve`] gives them.
#[cfg(feature = "serde")]
pub(super) fn check(layout: &Layout, moving: &[BlockRule]) -> Result<()> {
    let places: Vec<Range<usize>> = layout
        .names()
        .filter_map(|name| layout.block_range(name))
        .collect();
    let mut rest = places.iter();
    for BlockRule { range, rule } in moving {
        rule.rate.check("the learning rate")?;
        rule.decay.check("the weight decay")?;
        if !rest.any(|place| place == range) {
            let what = "such a rule";
            let reason = format!("{range:?} are not the parameters of a block that comes next");
            return Err(Error::ImpossibleState { what, reason });
        }
    }
    Ok(())
}

/// The rules of the blocks, a line each.
pub(super) fn identity(layout: &Layout, moving: &[BlockRule]) -> String {
    let rule = |name: &str| {
        let place = layout.block_range(name);
        let rule = moving
            .iter()
            .find(|moving| Some(&moving.range) == place.as_ref());
        match rule.map(|moving| &moving.rule) {
            None => format!("rule of {name} = frozen"),
            Some(Rule {
                rate,
                decay,
                convention,
            }) => format!("rule of {name} = rate {rate:?}, decay {decay:?}, {convention:?}"),
        }
    };
    layout.names().map(rule).collect::<Vec<_>>().join("\n")
}

/// A rule, and the part of the flat vector of parameters that it moves: see [`Rules::resolve`].
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct BlockRule {
    /// The indices of the parameters.
    pub range: Range<usize>,
    /// Their rule.
    pub rule: Rule,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::params::InitialDistribution;

    fn layout() -> Layout {
        let mut layout = Layout::default();
        for (name, len) in [
            ("hidden.weight", 6),
            ("hidden.bias", 2),
            ("output.weight", 2),
        ] {
            layout.block(name, len, InitialDistribution::Constant(0.0));
        }
        layout
    }

    #[test]
    fn the_last_name_that_covers_a_block_counts() {
        let rules = Rules::from(Rule::rate(0.1))
            .on("hidden", Rule::rate(0.2))
            .on("hidden.bias", Rule::rate(0.3));
        let rates: Vec<_> = rules
            .resolve(&layout())
            .unwrap()
            .into_iter()
            .map(|block| (block.range, block.rule.rate.at(0)))
            .collect();
        assert_eq!(rates, [(0..6, 0.2), (6..8, 0.3), (8..10, 0.1)]);
    }

    #[test]
    fn frozen_blocks_are_left_out() {
        let rules = Rules::from(Rule::rate(0.1)).on("hidden", Rule::frozen());
        assert_eq!(rules.resolve(&layout()).unwrap().len(), 1);
        let decay_only = Rules::from(Rule::frozen().with_decay(0.1));
        assert_eq!(decay_only.resolve(&layout()).unwrap().len(), 3);
    }

    #[test]
    fn unknown_names_and_bad_rates_are_errors() {
        let told = |rules: Rules| rules.resolve(&layout()).unwrap_err().to_string();
        let typo = Rules::from(Rule::rate(0.1)).on("outptu", Rule::frozen());
        assert!(told(typo).contains("output.weight [2]"));
        assert!(told(Rule::rate(-0.1).into()).contains("the learning rate = -0.1"));
        assert!(told(Rule::rate(f64::NAN).into()).contains("NaN"));
        let decay = Rule::rate(0.1).with_decay(f64::INFINITY);
        assert!(told(decay.into()).contains("the weight decay = inf"));
    }
}
