//! Settings that are possible and hardly meant.

use crate::optim::{Decay, Rule};
use crate::trial::{OptimizerKind, Trial};

/// The L2 penalty from which on nothing is worth learning for a two-layer ReLU network.
///
/// A neuron with ‖(w, b)‖ = 1 has |E χ_S(x) relu(w·x + b)| = |E χ_S |w·x + b||/2 <= 1/2 for k >= 2, and the hinge loss is at
/// least 1 − E yf; so the loss falls by at most Σ |u_i| ‖(w_i, b_i)‖ / 2, and the penalty is at least λ Σ |u_i| ‖(w_i, b_i)‖.
const FORGETS: f64 = 0.5;

/// What is worth saying about a trial before it runs.
pub(super) fn notes(trial: &Trial) -> Vec<String> {
    decay(trial).into_iter().collect()
}

fn decay(trial: &Trial) -> Option<String> {
    let convention = match trial.optimizer == OptimizerKind::AdamW {
        true => Decay::Scaled,
        false => trial.convention,
    };
    let rule = Rule::rate(trial.rate.clone()).with_decay(trial.decay.clone());
    let at = rule.by(convention).at(0);
    if at.keep <= 0.0 {
        return Some(format!(
            "the decay leaves {} of every weight at each update, so that nothing learned stays; lower --weight-decay",
            at.keep
        ));
    }
    // Of the other optimizers the decay is no penalty.
    let is_penalty = trial.optimizer == OptimizerKind::Sgd && at.rate > 0.0;
    let penalty = at.penalty + (1.0 - at.keep) / at.rate;
    (is_penalty && penalty >= FORGETS).then(|| {
        format!(
            "the decay is as strong as a penalty of {penalty}/2 times the squared norm of the weights; from {FORGETS} on, \
             the hinge loss of a two-layer ReLU network with it is least where all weights are 0; lower --weight-decay"
        )
    })
}
