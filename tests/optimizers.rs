//! Every optimizer obeys the laws of its trait, in both precisions and for every kind of decay.

use ndarray::IxDyn;
use proptest::prelude::*;
use rand::Rng;
use sparse_parity::optim::L1Penalty;
use sparse_parity::params::Layout;
use sparse_parity::prelude::*;
use std::ops::Range;
use std::sync::Arc;

/// The numbers of inputs and neurons of the network whose parameters are moved.
const SIZES: (Range<usize>, Range<usize>) = (1..12, 1..8);

#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Sgd,
    Momentum,
    Nesterov,
    SignSgd,
    Adam,
    AdamW,
    /// Descent behind the filters that amplify or clip.
    Filtered,
    /// Descent behind the filter that keeps no length.
    Egalitarian,
    /// Descent with a pull of nothing, a projection of nothing, and noise of temperature 0.
    Pulled,
}

/// Every optimizer there is.
const ALL: &[Kind] = &[
    Kind::Sgd,
    Kind::Momentum,
    Kind::Nesterov,
    Kind::SignSgd,
    Kind::Adam,
    Kind::AdamW,
    Kind::Filtered,
    Kind::Egalitarian,
    Kind::Pulled,
];

/// The optimizers that see the gradient itself and add the penalty of coupled decay to it.
const COUPLED: &[Kind] = &[Kind::Momentum, Kind::Nesterov, Kind::SignSgd, Kind::Adam];

/// A projection that changes nothing.
struct Still;

impl<F: Real> Projection<F> for Still {
    fn project(&mut self, _: u64, _: &mut Params<F>) {}
}

/// Random settings, parameters and gradients for one optimizer.
struct Case<F: Real> {
    kind: Kind,
    by: Decay,
    layout: Arc<Layout>,
    eta: f64,
    lambda: f64,
    /// The first is the momentum of the others, too, and α of the exponential mean.
    betas: (f64, f64),
    window: usize,
    epsilon: f64,
    theta: Params<F>,
    grad: Params<F>,
}

/// Tests a law for these optimizers, in both precisions and for every kind of decay.
fn for_all(
    kinds: &[Kind],
    size: (usize, usize),
    seed: u64,
    single: fn(Case<f32>),
    double: fn(Case<f64>),
) {
    for &kind in kinds {
        for by in [Decay::Direct, Decay::Scaled, Decay::Coupled] {
            single(Case::new(kind, by, size, seed));
            double(Case::new(kind, by, size, seed));
        }
    }
}

impl<F: Real> Case<F> {
    fn new(kind: Kind, by: Decay, (n, r): (usize, usize), seed: u64) -> Self {
        let model = Mlp::new(n, r, Relu).unwrap().with_output_bias();
        let rng = &mut Seeds::from(seed).stream(Purpose::Init);
        let mut draw = |largest: f64| {
            let mut params = Params::zeros(model.layout());
            for value in params.as_mut_slice() {
                // Of all magnitudes down to a millionth of the largest.
                let size = largest * 10_f64.powf(rng.random_range(-6.0..0.0));
                *value = F::of(if rng.random() { size } else { -size });
            }
            params
        };
        Case {
            kind,
            by,
            layout: Arc::clone(model.layout()),
            theta: draw(2.0),
            grad: draw(100.0),
            eta: rng.random_range(0.001..1.0),
            lambda: rng.random_range(0.001..0.5),
            betas: (rng.random_range(0.0..0.99), rng.random_range(0.0..0.999)),
            window: rng.random_range(1..4),
            epsilon: 10_f64.powf(rng.random_range(-8.0..0.0)),
        }
    }

    fn rule(&self) -> Rule {
        Rule::rate(self.eta).with_decay(self.lambda).by(self.by)
    }

    fn optimizer(&self, rules: impl Into<Rules>) -> Box<dyn Optimizer<F>> {
        let (layout, rules) = (&self.layout, rules.into());
        let (beta1, beta2) = self.betas;
        match self.kind {
            Kind::Sgd => Box::new(Sgd::new(layout, rules).unwrap()),
            Kind::Momentum | Kind::Nesterov => {
                let momentum = Momentum::new(layout, rules).unwrap();
                let momentum = momentum.with_momentum(beta1).unwrap();
                let nesterov = self.kind == Kind::Nesterov;
                Box::new(if nesterov {
                    momentum.nesterov()
                } else {
                    momentum
                })
            }
            Kind::SignSgd => Box::new(SignSgd::new(layout, rules).unwrap()),
            Kind::Adam => {
                let adam = Adam::new(layout, rules).unwrap();
                let adam = adam.with_betas(beta1, beta2).unwrap();
                Box::new(adam.with_epsilon(self.epsilon).unwrap())
            }
            Kind::AdamW => {
                let adamw = AdamW::new(layout, rules).unwrap();
                let adamw = adamw.with_betas(beta1, beta2).unwrap();
                Box::new(adamw.with_epsilon(self.epsilon).unwrap())
            }
            Kind::Pulled => {
                let sgd = Sgd::new(layout, rules.clone()).unwrap();
                let nothing = L1Penalty::new(layout, "hidden", 0.0).unwrap();
                let still = Projected::new(Still, Pulled::new(nothing, sgd));
                let cold = Langevin::new(still, layout, rules, 0.0, &1.into());
                Box::new(cold.unwrap())
            }
            Kind::Egalitarian => {
                let sgd = Sgd::new(layout, rules).unwrap();
                Box::new(Filtered::new(Egalitarian::new(), sgd))
            }
            Kind::Filtered => {
                let ema = GrokfastEma::new(layout).with_alpha(beta1).unwrap();
                let ma = GrokfastMa::new(layout).unwrap();
                let ma = ma.with_window(self.window).unwrap();
                let sgd = Sgd::new(layout, rules).unwrap();
                // No gradient here is as long as that.
                let clip = ClipNorm::new(1e200).unwrap();
                Box::new(Filtered::new(
                    ema,
                    Filtered::new(ma, Filtered::new(clip, sgd)),
                ))
            }
        }
    }

    /// Descent as it is, of which [`Kind::Pulled`] has the bits.
    fn plain(&self) -> Self {
        Case {
            kind: Kind::Sgd,
            layout: Arc::clone(&self.layout),
            theta: self.theta.clone(),
            grad: self.grad.clone(),
            ..*self
        }
    }

    /// θ after some updates with this gradient.
    fn moved(&self, rules: impl Into<Rules>, grad: &Params<F>, updates: u64) -> Params<F> {
        let (mut optimizer, mut theta) = (self.optimizer(rules), self.theta.clone());
        (0..updates).for_each(|t| optimizer.step(t, &mut theta, grad));
        theta
    }

    fn still(&self) -> Params<F> {
        Params::zeros(&self.layout)
    }

    /// Asserts that the blocks that `name` covers have the bits of `inside`, the others those of
    /// `outside`.
    fn assert_bits(&self, found: &Params<F>, name: &str, inside: &Params<F>, outside: &Params<F>) {
        for block in self.layout.names() {
            let expected = if block.starts_with(name) {
                inside
            } else {
                outside
            };
            let block = self.layout.get::<IxDyn>(block).unwrap();
            let bits = |params: &Params<F>| -> Vec<u64> {
                let values = params.slice(&block).iter();
                values.map(|value| value.as_f64().to_bits()).collect()
            };
            let (kind, by) = (self.kind, self.by);
            let context = format!("{block:?} where {name:?} is apart, {kind:?} with {by:?} decay");
            assert_eq!(bits(found), bits(expected), "{context}");
        }
    }

    /// Asserts that `found` is `expected(θ, g)` in every entry, within rounding.
    fn assert_entries(&self, found: &Params<F>, expected: impl Fn(f64, f64) -> f64) {
        let given = self.theta.as_slice().iter().zip(self.grad.as_slice());
        for (found, (theta, g)) in found.as_slice().iter().zip(given) {
            let (found, theta, g) = (found.as_f64(), theta.as_f64(), g.as_f64());
            let expected = expected(theta, g);
            let scale = theta.abs() + (expected - theta).abs();
            assert!(
                (found - expected).abs() <= 16.0 * F::epsilon().as_f64() * scale,
                "{found} instead of {expected}, from {theta} by {g}, {:?} with {:?} decay",
                self.kind,
                self.by
            );
        }
    }
}

fn one_rule<F: Real>(case: Case<F>) {
    let everywhere = case.moved(case.rule(), &case.grad, 3);
    for name in case.layout.names().chain(["hidden", "output"]) {
        let only = Rules::from(Rule::frozen()).on(name, case.rule());
        let moved = case.moved(only, &case.grad, 3);
        case.assert_bits(&moved, name, &everywhere, &case.theta);
    }
}

fn a_frozen_layer<F: Real>(case: Case<F>) {
    let mut poisoned = case.grad.clone();
    for name in ["hidden.weight", "hidden.bias"] {
        let block = case.layout.get::<IxDyn>(name).unwrap();
        poisoned.slice_mut(&block).fill(F::nan());
    }
    let zeros = Schedule::table([(0, 0.0), (2, 0.0)]).unwrap();
    let mut frozen = vec![Rule::frozen(), Rule::rate(zeros).by(case.by)];
    if case.by != Decay::Direct {
        frozen.push(Rule::frozen().with_decay(case.lambda).by(case.by));
    }
    let everywhere = case.moved(case.rule(), &case.grad, 3);
    for frozen in frozen {
        let rules = Rules::from(case.rule()).on("hidden", frozen);
        let moved = case.moved(rules, &poisoned, 3);
        case.assert_bits(&moved, "hidden", &case.theta, &everywhere);
    }
}

fn nothing<F: Real>(mut case: Case<F>) {
    case.theta.as_mut_slice()[0] = F::neg_zero();
    let moved = case.moved(case.rule().with_decay(0.0), &case.still(), 3);
    case.assert_bits(&moved, "", &case.theta, &case.theta);
}

fn decay_alone<F: Real>(case: Case<F>) {
    let (eta, lambda, epsilon, mu) = (case.eta, case.lambda, case.epsilon, case.betas.0);
    let moved = case.moved(case.rule(), &case.still(), 1);
    let shrunk = |theta, _| (1.0 - eta * lambda) * theta;
    match (case.by, case.kind) {
        (_, Kind::AdamW) => case.assert_entries(&moved, shrunk),
        (Decay::Direct, _) => {
            let (mut shrunk, keep) = (case.theta.clone(), F::of(1.0 - lambda));
            shrunk.as_mut_slice().iter_mut().for_each(|x| *x *= keep);
            case.assert_bits(&moved, "", &shrunk, &shrunk);
        }
        (Decay::Scaled, _) => case.assert_entries(&moved, shrunk),
        (Decay::Coupled, Kind::Sgd | Kind::Filtered | Kind::Egalitarian | Kind::Pulled) => {
            let scaled = case.moved(case.rule().by(Decay::Scaled), &case.still(), 1);
            case.assert_bits(&moved, "", &scaled, &scaled);
        }
        (Decay::Coupled, Kind::Momentum) => case.assert_entries(&moved, shrunk),
        (Decay::Coupled, Kind::Nesterov) => {
            case.assert_entries(&moved, |theta, _| theta - eta * (1.0 + mu) * lambda * theta)
        }
        (Decay::Coupled, Kind::SignSgd) => {
            case.assert_entries(&moved, |theta, _| theta - eta * theta.signum());
        }
        (Decay::Coupled, Kind::Adam) => case.assert_entries(&moved, |theta, _| {
            let g = lambda * theta;
            theta - eta * g / (g.abs() + epsilon)
        }),
        (by, _) => panic!("{by:?} decay has no law yet"),
    }
}

fn a_table<F: Real>(case: Case<F>) {
    // Without a memory, what an optimizer does shows the settings of this step only.
    let case = Case {
        betas: (0.0, 0.0),
        window: 1,
        ..case
    };
    let (switch, later) = (5, (case.eta / 3.0, case.lambda / 7.0));
    let table = |first, then| Schedule::table([(0, first), (switch, then)]).unwrap();
    let rule = Rule::rate(table(case.eta, later.0)).by(case.by);
    let mut tabled = case.optimizer(rule.with_decay(table(case.lambda, later.1)));
    let mut first = case.optimizer(case.rule());
    let mut then = case.optimizer(Rule::rate(later.0).with_decay(later.1).by(case.by));
    for t in [0, switch - 1, switch, switch + 1, 10 * switch] {
        let constant = if t < switch { &mut first } else { &mut then };
        let (mut moved, mut expected) = (case.theta.clone(), case.theta.clone());
        tabled.step(t, &mut moved, &case.grad);
        constant.step(t, &mut expected, &case.grad);
        case.assert_bits(&moved, "", &expected, &expected);
    }
}

fn descent<F: Real>(case: Case<F>) {
    let keep = match case.by {
        Decay::Direct => 1.0 - case.lambda,
        Decay::Scaled | Decay::Coupled => 1.0 - case.eta * case.lambda,
        by => panic!("{by:?} decay has no law yet"),
    };
    let moved = case.moved(case.rule(), &case.grad, 1);
    case.assert_entries(&moved, |theta, g| keep * theta - case.eta * g);
}

fn as_plain<F: Real>(case: Case<F>) {
    let moved = case.moved(case.rule(), &case.grad, 4);
    let plain = case.plain().moved(case.rule(), &case.grad, 4);
    case.assert_bits(&moved, "", &plain, &plain);
}

fn signs<F: Real>(case: Case<F>) {
    let keep = match case.by {
        Decay::Direct => 1.0 - case.lambda,
        Decay::Scaled => 1.0 - case.eta * case.lambda,
        // The penalty has a law of its own.
        _ => return,
    };
    let moved = case.moved(case.rule(), &case.grad, 1);
    case.assert_entries(&moved, |theta, g| keep * theta - case.eta * g.signum());
}

/// Where every gradient is g, the velocities are g, (1 + μ)g and (1 + μ + μ²)g.
fn velocity<F: Real>(case: Case<F>) {
    let (eta, mu) = (case.eta, case.betas.0);
    let moved = case.moved(Rule::rate(eta), &case.grad, 3);
    let sums = [1.0, 1.0 + mu, 1.0 + mu * (1.0 + mu)];
    let length: f64 = match case.kind {
        Kind::Nesterov => sums.iter().map(|sum| 1.0 + mu * sum).sum(),
        _ => sums.iter().sum(),
    };
    case.assert_entries(&moved, |theta, g| theta - eta * length * g);
}

/// Where every gradient is g, the exponential mean makes (1 + 2)g of it, and the moving average
/// makes (1 + 5) times as much of that once its window is full.
fn amplified<F: Real>(case: Case<F>) {
    let eta = case.eta;
    let updates = case.window as u64 + 2;
    let moved = case.moved(Rule::rate(eta), &case.grad, updates);
    let length = 3.0 * (case.window as f64 - 1.0 + 6.0 * 3.0);
    case.assert_entries(&moved, |theta, g| theta - eta * length * g);
}

fn scaled_adam<F: Real>(case: Case<F>) {
    let output = Rule::rate(0.1).with_decay(0.2);
    let rules = |by| Rules::from(case.rule().by(by)).on("output", output.clone().by(by));
    let (said, scaled) = (rules(case.by), rules(Decay::Scaled));
    let moved = case.moved(said, &case.grad, 4);
    let case = Case {
        kind: Kind::Adam,
        ..case
    };
    let adam = case.moved(scaled, &case.grad, 4);
    case.assert_bits(&moved, "", &adam, &adam);
}

fn first_step<F: Real>(case: Case<F>) {
    let moved = case.moved(case.rule().with_decay(0.0), &case.grad, 1);
    case.assert_entries(&moved, |theta, g| {
        theta - case.eta * g / (g.abs() + case.epsilon)
    });
}

/// To any number of updates: what decay adds to the gradient is λθ at that very θ.
fn penalty<F: Real>(case: Case<F>) {
    if case.by != Decay::Coupled {
        return;
    }
    let (mut theta, lambda) = (case.theta.clone(), F::of(case.lambda));
    let mut plain = case.optimizer(Rule::rate(case.eta));
    for t in 0..4 {
        let mut grad = case.grad.clone();
        for (g, &theta) in grad.as_mut_slice().iter_mut().zip(theta.as_slice()) {
            *g += lambda * theta;
        }
        plain.step(t, &mut theta, &grad);
    }
    let moved = case.moved(case.rule(), &case.grad, 4);
    case.assert_bits(&moved, "", &theta, &theta);
}

proptest! {
    #[test]
    fn a_rule_on_one_layer_moves_no_other(size in SIZES, seed: u64) {
        for_all(ALL, size, seed, one_rule, one_rule);
    }

    #[test]
    fn a_frozen_block_keeps_its_bits_even_where_the_gradient_is_no_number(
        size in SIZES, seed: u64,
    ) {
        for_all(ALL, size, seed, a_frozen_layer, a_frozen_layer);
    }

    #[test]
    fn without_gradient_and_decay_nothing_moves(size in SIZES, seed: u64) {
        for_all(ALL, size, seed, nothing, nothing);
    }

    #[test]
    fn at_zero_gradient_only_decay_acts(size in SIZES, seed: u64) {
        for_all(ALL, size, seed, decay_alone, decay_alone);
    }

    #[test]
    fn a_table_switches_at_its_step(size in SIZES, seed: u64) {
        for_all(ALL, size, seed, a_table, a_table);
    }

    #[test]
    fn sgd_is_its_formula_entry_by_entry(size in SIZES, seed: u64) {
        for_all(&[Kind::Sgd], size, seed, descent, descent);
    }

    #[test]
    fn the_first_step_of_adam_has_the_length_of_its_rate(size in SIZES, seed: u64) {
        for_all(&[Kind::Adam], size, seed, first_step, first_step);
    }

    #[test]
    fn coupled_decay_is_a_penalty_in_the_gradient(size in SIZES, seed: u64) {
        for_all(COUPLED, size, seed, penalty, penalty);
    }

    #[test]
    fn adamw_is_adam_with_scaled_decay_whatever_its_rules_say(size in SIZES, seed: u64) {
        for_all(&[Kind::AdamW], size, seed, scaled_adam, scaled_adam);
    }

    #[test]
    fn sign_descent_is_its_formula_entry_by_entry(size in SIZES, seed: u64) {
        for_all(&[Kind::SignSgd], size, seed, signs, signs);
    }

    #[test]
    fn momentum_sums_gradients(size in SIZES, seed: u64) {
        for_all(&[Kind::Momentum, Kind::Nesterov], size, seed, velocity, velocity);
    }

    #[test]
    fn what_pulls_by_nothing_is_the_optimizer(size in SIZES, seed: u64) {
        for_all(&[Kind::Pulled], size, seed, as_plain, as_plain);
    }

    #[test]
    fn filters_amplify_a_gradient_that_stays(size in SIZES, seed: u64) {
        for_all(&[Kind::Filtered], size, seed, amplified, amplified);
    }
}
