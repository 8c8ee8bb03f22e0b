//! Trainers, criteria and updates.

use super::{mlp, theta};
use sparse_parity::prelude::*;
use sparse_parity::{Error, Result};

/// The result of building a trainer of a 10-dimensional model.
fn build(n: usize, theta: Params<f32>, batch: usize) -> Result<()> {
    let distribution = ParityDistribution::new(n, &[1]).unwrap();
    let stream = Online::new(distribution, &Seeds::from(1));
    let sgd = Sgd::new(mlp().layout(), Rule::rate(0.1)).unwrap();
    Trainer::new(mlp(), Hinge, stream, sgd, theta, batch).map(drop)
}

#[test]
fn trainers_of_parts_that_do_not_fit() {
    assert!(build(10, theta(&mlp()), 1).is_ok());
    refused!(
        build(10, theta(&mlp()), 0),
        Zero,
        "the batch size is 0",
        "use at least 1"
    );
    let same = "build model and data for the same n";
    refused!(build(11, theta(&mlp()), 8), Mismatch, "11", "10", same);
    let other = Mlp::new(10, 5, Relu).unwrap();
    let shapes = ["[5, 10]", "[4, 10]"];
    let repair = "draw parameters and build optimizers from this model's layout";
    refused!(
        build(10, theta(&other), 8),
        ForeignParams,
        shapes[0],
        shapes[1],
        repair
    );
    let bare = mlp().without_hidden_bias();
    refused!(
        build(10, theta(&bare), 8),
        ForeignParams,
        "hidden.bias [4]",
        repair
    );
    let polynet = PolyNet::new(10, 4).unwrap();
    refused!(
        theta(&mlp()).assign(&theta(&polynet)),
        ForeignParams,
        "factor.weight",
        repair
    );
}

#[test]
fn accuracies_that_mean_nothing() {
    for accuracy in [0.0, 0.5, 1.000_001, -1.0, f64::NAN] {
        let target = Parity::new(10, &[1]).unwrap();
        let solved = Convergence::<f32, _, _>::new(&mlp(), &target, &Seeds::from(1)).unwrap();
        let value = format!("accuracy of {accuracy} ");
        refused!(
            solved.with_accuracy(accuracy),
            Accuracy,
            &value,
            "not in (0.5, 1]"
        );
    }
}

#[test]
fn rates_and_decays_that_are_none() {
    let (mlp, choose) = (mlp(), "not a finite number >= 0; choose one");
    for value in [-0.1, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let rate = &format!("the learning rate = {value} ");
        refused!(
            Sgd::new(mlp.layout(), Rule::rate(value)),
            Negative,
            rate,
            choose
        );
        refused!(
            Adam::<f32>::new(mlp.layout(), Rule::rate(value)),
            Negative,
            rate,
            choose
        );
        let rules = Rules::from(Rule::rate(0.1)).on("output", Rule::rate(value));
        refused!(Sgd::new(mlp.layout(), rules), Negative, rate, choose);
        let decay = &format!("the weight decay = {value} ");
        let rule = Rule::rate(0.1).with_decay(value).by(Decay::Scaled);
        refused!(Sgd::new(mlp.layout(), rule), Negative, decay, choose);
        let entry = &format!("{value}");
        refused!(
            Schedule::table([(0, 0.1), (9, value)]),
            Negative,
            entry,
            choose
        );
        let adam = Adam::<f32>::new(mlp.layout(), Rule::rate(0.1)).unwrap();
        refused!(
            adam.with_epsilon(value),
            NotPositive,
            "epsilon",
            entry,
            "choose one"
        );
    }
    for value in [-0.1, 1.0, 2.0, f64::NAN] {
        let adam = || Adam::<f32>::new(mlp.layout(), Rule::rate(0.1)).unwrap();
        let (first, second) = (format!("beta1 = {value} "), format!("beta2 = {value} "));
        refused!(
            adam().with_betas(value, 0.9),
            Fraction,
            &first,
            "[0, 1)",
            "below 1"
        );
        refused!(
            adam().with_betas(0.9, value),
            Fraction,
            &second,
            "[0, 1)",
            "below 1"
        );
    }
}

#[test]
fn momenta_thresholds_and_filters_that_are_none() {
    let (model, rule) = (mlp(), || Rule::rate(0.1));
    let layout = model.layout();
    for value in [-0.1, 1.0, f64::INFINITY, f64::NAN] {
        let momentum = Momentum::<f32>::new(layout, rule()).unwrap();
        let named = &format!("the momentum = {value} ");
        refused!(momentum.with_momentum(value), Fraction, named, "below 1");
        let ema = GrokfastEma::<f32>::new(layout);
        let named = &format!("alpha = {value} ");
        refused!(ema.with_alpha(value), Fraction, named, "below 1");
        let adamw = AdamW::<f32>::new(layout, rule()).unwrap();
        let named = &format!("beta2 = {value} ");
        refused!(adamw.with_betas(0.9, value), Fraction, named, "below 1");
    }
    for value in [-0.1, f64::INFINITY, f64::NAN] {
        let signs = SignSgd::new(layout, rule()).unwrap();
        let named = &format!("the threshold of the sign = {value} ");
        refused!(signs.with_threshold(value), Negative, named, ">= 0");
        let named = &format!("the amplification = {value} ");
        let ema = GrokfastEma::<f32>::new(layout);
        refused!(ema.with_lambda(value), Negative, named, ">= 0");
        let window = GrokfastMa::<f32>::new(layout).unwrap();
        refused!(window.with_lambda(value), Negative, named, ">= 0");
        let adamw = AdamW::<f32>::new(layout, rule()).unwrap();
        refused!(adamw.with_epsilon(value), NotPositive, "epsilon", "> 0");
        let rate = &format!("the learning rate = {value} ");
        let momentum = Momentum::<f32>::new(layout, Rule::rate(value));
        refused!(momentum, Negative, rate, ">= 0");
        refused!(
            SignSgd::new(layout, Rule::rate(value)),
            Negative,
            rate,
            ">= 0"
        );
        let adamw = AdamW::<f32>::new(layout, Rule::rate(value));
        refused!(adamw, Negative, rate, ">= 0");
    }
    let window = || GrokfastMa::<f32>::new(layout).unwrap();
    refused!(
        window().with_window(0),
        Zero,
        "the window is 0",
        "at least 1"
    );
    let most = "at most 68719476736";
    refused!(window().with_window(usize::MAX), TooLarge, "window", most);
    let typo = || Rules::from(rule()).on("outptu", Rule::frozen());
    refused!(Momentum::<f32>::new(layout, typo()), UnknownBlock, "outptu");
    refused!(SignSgd::new(layout, typo()), UnknownBlock, "outptu");
    refused!(AdamW::<f32>::new(layout, typo()), UnknownBlock, "outptu");
}

#[test]
fn criteria_that_are_none() {
    let half = [
        "a target accuracy of 0.5 is not in (0.5, 1]",
        "choose one above",
    ];
    refused!(RunningAccuracy::new(0.5, 3), Accuracy, half[0], half[1]);
    refused!(RunningAccuracy::new(f64::NAN, 3), Accuracy, "NaN", half[1]);
    let window = "the window of a criterion, in batches, is";
    let zero = &format!("{window} 0; use at least 1");
    refused!(RunningAccuracy::new(0.75, 0), Zero, zero);
    refused!(RunningLoss::new(0.1, 0), Zero, zero);
    let most = &format!("{window} {}; use at most 1048576", usize::MAX);
    refused!(RunningAccuracy::new(0.75, usize::MAX), TooLarge, most);
    refused!(RunningLoss::new(0.1, usize::MAX), TooLarge, most);
    let (seeds, parity) = (Seeds::from(1), Parity::new(10, &[1, 2]).unwrap());
    for loss in [-0.1, f64::NAN, f64::INFINITY] {
        let named = &format!("the loss of a criterion = {loss} is not a finite number >= 0");
        refused!(RunningLoss::new(loss, 3), Negative, named);
        let on_validation = ValidationLoss::<f32, _, _>::new(&mlp(), Hinge, loss, &parity, &seeds);
        refused!(on_validation, Negative, named);
    }
    let other = Parity::new(12, &[1, 2]).unwrap();
    refused!(
        ValidationLoss::<f32, _, _>::new(&mlp(), Hinge, 0.1, &other, &seeds),
        Mismatch,
        "is 12 where 10 is needed"
    );
}

#[test]
fn schedules_that_are_none() {
    let repair = "sort them and start at 0";
    refused!(Schedule::table([(0, 0.1); 0]), ScheduleSteps, "[]", repair);
    refused!(Schedule::table([(1, 0.1)]), ScheduleSteps, "[1]", repair);
    refused!(
        Schedule::table([(0, 0.1), (0, 0.2)]),
        ScheduleSteps,
        "[0, 0]",
        repair
    );
    refused!(
        Schedule::table([(0, 0.1), (9, 0.2), (5, 0.3)]),
        ScheduleSteps,
        "[0, 9, 5]",
        repair
    );
    let rule = Rule::rate(Schedule::Table(vec![]));
    refused!(Sgd::new(mlp().layout(), rule), ScheduleSteps, "[]", repair);

    let none = ["the number of steps of the schedule is 0", "at least 1"];
    refused!(Schedule::cosine(0.1, 0.0, 0), Zero, none[0], none[1]);
    refused!(Schedule::from_fn(0, |_| 0.1), Zero, none[0], none[1]);
    for value in [-0.1, f64::NAN, f64::INFINITY] {
        let named = &format!("an entry of the schedule = {value} ");
        refused!(Schedule::cosine(value, 0.1, 9), Negative, named, ">= 0");
        refused!(Schedule::cosine(0.1, value, 9), Negative, named, ">= 0");
        refused!(Schedule::inverse_time(value, 9.0), Negative, named, ">= 0");
        let late = |t| if t == 3 { value } else { 0.1 };
        refused!(Schedule::from_fn(9, late), Negative, named, ">= 0");
    }
    for timescale in [-1.0, 0.0, f64::NAN, f64::INFINITY] {
        let named = &format!("the timescale of the schedule = {timescale} ");
        let schedule = Schedule::inverse_time(0.1, timescale);
        refused!(schedule, NotPositive, named, "> 0");
        // A rule looks again, because the variants are public.
        let first = 0.1;
        let rule = Rule::rate(0.1).with_decay(Schedule::InverseTime { first, timescale });
        refused!(Sgd::new(mlp().layout(), rule), NotPositive, named, "> 0");
    }
    let (first, last) = (0.1, -0.1);
    for (steps, what) in [
        (0, "steps of the schedule is 0"),
        (1, "the learning rate = -0.1"),
    ] {
        let rule = Rule::rate(Schedule::Cosine { first, last, steps });
        let error = Sgd::new(mlp().layout(), rule).unwrap_err().to_string();
        assert!(error.contains(what), "{error}");
    }
}

#[test]
fn an_optimizer_of_another_model() {
    for width in [2, 8] {
        let other = Mlp::new(10, width, Relu).unwrap();
        let shape = format!("[{width}, 10]");
        let distribution = ParityDistribution::new(10, &[1]).unwrap();
        let stream = || Online::new(distribution.clone(), &Seeds::from(1));
        let sgd = Sgd::new(other.layout(), Rule::rate(0.1)).unwrap();
        refused!(
            Trainer::new(mlp(), Hinge, stream(), sgd, theta(&mlp()), 4),
            ForeignParams,
            &shape,
            "build optimizers"
        );
        let adam = Adam::new(other.layout(), Rule::rate(0.1)).unwrap();
        refused!(
            Trainer::new(mlp(), Hinge, stream(), adam, theta(&mlp()), 4),
            ForeignParams,
            &shape,
            "build optimizers"
        );
        let layout = other.layout();
        let rule = || Rule::rate(0.1);
        let sgd = Sgd::new(mlp().layout(), rule()).unwrap();
        let others: [Box<dyn Optimizer<f32>>; 4] = [
            Box::new(Momentum::new(layout, rule()).unwrap()),
            Box::new(SignSgd::new(layout, rule()).unwrap()),
            Box::new(AdamW::new(layout, rule()).unwrap()),
            Box::new(Filtered::new(GrokfastEma::new(layout), sgd)),
        ];
        for other in others {
            refused!(
                Trainer::new(mlp(), Hinge, stream(), other, theta(&mlp()), 4),
                ForeignParams,
                &shape,
                "build optimizers"
            );
        }
    }
}
