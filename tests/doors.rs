//! Every type that is read from a file either refuses what its constructor refuses, or has no invariant.
//!
//! The test parses the library, as that of the floors does: a type with `Deserialize` that stands in neither list fails it.

use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use sparse_parity::data::{
    ActiveInputs, Biased, Conjunction, DataRng, Disjunction, Junta, Majority, Multitask,
    MultitaskInputs, Parity, Phases as _, RandomLabels, Staircase, Uniform,
};
use sparse_parity::measure::{Interval, Table};
use sparse_parity::params::{InitialDistribution, Layout};
use sparse_parity::prelude::*;
use sparse_parity::sweep::Key;
use sparse_parity_examples::readable::readable;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Types whose values are all good, by the folder or file that defines them, and why.
const FREE: [(&str, &str, &[&str]); 16] = [
    (
        "src/access",
        "any counts, and modes of an oracle",
        &["Answers", "Ledger"],
    ),
    (
        "src/contest",
        "settings and outcomes: a run refuses settings that are none",
        &["Contest", "Contestant", "Contested", "Ending", "Seconds"],
    ),
    (
        "src/solver",
        "settings, which a plan validates, and results, of which nothing is computed further",
        &[
            "AccessKind",
            "Amplified",
            "Bisection",
            "Bkw",
            "Exhaustive",
            "Fit",
            "FourLists",
            "Limits",
            "MeetInTheMiddle",
            "Noise",
            "NoisyMeet",
            "OneGradient",
            "Plan",
            "RandomSearch",
            "Reduction",
            "Report",
            "SampleSize",
            "SolverKind",
            "SqGradient",
            "SubsetElimination",
            "Uniqueness",
            "Verdict",
        ],
    ),
    (
        "src/trial",
        "settings and outcomes: a run refuses settings that are none, and a sweep outcomes that are impossible",
        &[
            "Accumulated",
            "Accumulation",
            "BlockInit",
            "CriterionKind",
            "DistributionKind",
            "FilterKind",
            "FirstPhase",
            "FlowRun",
            "Learner",
            "LossKind",
            "OptimizerKind",
            "Outcome",
            "PopulationOutcome",
            "PopulationRun",
            "Recorded",
            "RecordedTrial",
            "Status",
            "TargetKind",
            "Theorem4",
            "Theorem4Outcome",
            "Trace",
            "Trial",
            "ValidationLaw",
        ],
    ),
    (
        "src/model",
        "settings, which the constructor of the network validates",
        &[
            "Biases",
            "DeepMlpSettings",
            "DisjointPolyNetSettings",
            "MlpSettings",
            "PolyNetSettings",
            "TransformerSettings",
        ],
    ),
    (
        "src/activation",
        "a function without a parameter, or a choice of one that is validated itself",
        &[
            "ActivationKind",
            "Gelu",
            "Relu",
            "Silu",
            "Sine",
            "Softplus",
            "Tanh",
            "Zigzag",
        ],
    ),
    (
        "src/loss",
        "no parameter",
        &[
            "Correlation",
            "CrossEntropy",
            "Hinge",
            "Square",
            "StableMax",
        ],
    ),
    (
        "src/optim",
        "schedules are validated, and names and ranges where they meet a layout",
        &[
            "BlockRule",
            "Decay",
            "Egalitarian",
            "Filtered",
            "Rule",
            "Rules",
            "ScheduleEntry",
        ],
    ),
    (
        "src/params",
        "a layout validates the distributions of its blocks",
        &["Entry", "Init", "InitialDistribution"],
    ),
    (
        "src/data",
        "any state of a generator, and parts that are validated",
        &["DataRng", "Online"],
    ),
    ("src/seeds.rs", "any numbers", &["Seeds"]),
    ("src/stats", "any number", &["Time"]),
    ("src/train", "any number", &["Stop"]),
    (
        "src/measure",
        "what an observer saves, and compares with itself when it takes it up; what is recorded, which a run checks",
        &[
            "Clock",
            "ConvergenceState",
            "CriteriaState",
            "MeasureKind",
            "PatienceState",
            "RecorderState",
            "Recording",
            "RunningState",
            "ValidationLossState",
            "WeightTraceState",
            "Window",
        ],
    ),
    (
        "src/theory",
        "results, of which nothing is computed further",
        &[
            "Drift",
            "FourierGap",
            "Method",
            "NeuronGradient",
            "SecondMoment",
        ],
    ),
    (
        "src/sweep",
        "cells and seedings, which a sweep validates",
        &["Cell", "Seeding"],
    ),
];

/// Types that are private to the reading of others.
const PRIVATE: [&str; 12] = [
    "Aligned",
    "Curve",
    "Fields",
    "File",
    "Form",
    "Kind",
    "Line",
    "NumberOrSchedule",
    "Single",
    "Stored",
    "NoPart",
    "StoredThen",
];

/// A value that is read, and changes of it that are refused.
struct Door {
    name: &'static str,
    is_refused: Box<dyn Fn(&Value) -> bool>,
    good: Value,
    /// A pointer into the value, and what stands there in its place.
    bad: Vec<(&'static str, Value)>,
}

fn door<T: DeserializeOwned + serde::Serialize + 'static>(
    name: &'static str,
    good: &T,
    bad: Vec<(&'static str, Value)>,
) -> Door {
    let read = |value: &Value| serde_json::from_str::<T>(&value.to_string());
    Door {
        name,
        is_refused: Box::new(move |value| read(value).is_err()),
        good: serde_json::to_value(good).unwrap(),
        bad,
    }
}

fn layout() -> Arc<Layout> {
    Mlp::new(4, 2, Relu).unwrap().layout().clone()
}

fn doors() -> Vec<Door> {
    let (layout, seeds) = (layout(), Seeds::from(1));
    let theta = Params::<f32>::draw(&layout, &mut seeds.stream(Purpose::Init));
    let rule = || Rule::rate(0.1).with_decay(0.01);
    let parity = || Parity::new(9, &[1, 4]).unwrap();
    let online = ParityDistribution::from(parity());
    let batch = Batch::<f32>::draw(&online, 3, &mut DataRng::from(&seeds)).unwrap();
    let epochs = Epochs::new(batch.clone(), &seeds).unwrap();
    let curriculum = Curriculum::new(online.clone(), 5, online.clone(), &seeds).unwrap();
    let labelled = Labelled::new(Uniform::new(9).unwrap(), parity()).unwrap();
    let moved = || {
        vec![
            ("/moving/0/range/end", json!(3)),
            ("/moving/0/rule/rate/constant", json!(-1e300)),
        ]
    };
    let of = |more: Vec<(&'static str, Value)>| [moved(), more].concat();
    let support = || {
        vec![
            ("/n", json!(0)),
            ("/n", json!(3)),
            ("/support", json!([])),
            ("/support/0", json!(4)),
        ]
    };
    let table: Table =
        serde_json::from_str(r#"{"columns":["step","a"],"rows":[[0.0,1.0]]}"#).unwrap();
    let scaled = Scaled::new(Sine, 2.0).unwrap();
    vec![
        door(
            "Interval",
            &Interval::every(3).unwrap(),
            vec![
                ("", json!({"Every": 0})),
                ("", json!({"Factor": 0.5})),
                ("", json!({"Factor": 1e300})),
            ],
        ),
        door(
            "Table",
            &table,
            vec![("/rows/0", json!([0.0])), ("/columns", json!([]))],
        ),
        door(
            "ClipNorm",
            &ClipNorm::new(2.0).unwrap(),
            vec![("/norm", json!(0)), ("/norm", json!(-1))],
        ),
        door(
            "Params",
            &theta,
            vec![
                ("/values", json!([0.5])),
                ("/layout/entries/0/range/end", json!(1)),
                ("/layout/entries/1/name", json!("hidden.weight")),
            ],
        ),
        door(
            "Layout",
            &*layout,
            vec![
                ("/entries/0/range/start", json!(1)),
                ("/entries/1/range/end", json!(1_u64 << 60)),
                ("/entries/0/shape", json!([u64::MAX, u64::MAX])),
                ("/entries/0/law", json!({"OneOf": []})),
                (
                    "/entries/0/law",
                    json!({"Paired": [{"Paired": [{"Constant": 1.0}, 1.0]}, 1.0]}),
                ),
            ],
        ),
        door(
            "Schedule",
            &Schedule::Constant(0.1),
            vec![
                ("/constant", json!(-0.1)),
                ("", json!({"table": [[5, 0.1]]})),
                (
                    "",
                    json!({"cosine": {"first": 0.1, "last": 0.0, "steps": 0}}),
                ),
                (
                    "",
                    json!({"inverse-time": {"first": 0.1, "timescale": 0.0}}),
                ),
            ],
        ),
        door("Sgd", &Sgd::new(&layout, rule()).unwrap(), moved()),
        door(
            "SignSgd",
            &SignSgd::new(&layout, rule()).unwrap(),
            of(vec![("/threshold", json!(-1.0))]),
        ),
        door(
            "Momentum",
            &Momentum::<f32>::new(&layout, rule()).unwrap(),
            of(vec![("/mu", json!(1.0)), ("/velocity/values", json!([]))]),
        ),
        door(
            "Adam",
            &Adam::<f32>::new(&layout, rule()).unwrap(),
            of(vec![
                ("/betas", json!([2.0, 2.0])),
                ("/epsilon", json!(0.0)),
                ("/beta_powers/1", json!(1.5)),
                ("/square/values", json!([1.0])),
                ("/square", json!({"layout": {"entries": []}, "values": []})),
            ]),
        ),
        door(
            "AdamW",
            &AdamW::<f32>::new(&layout, rule()).unwrap(),
            of(vec![
                ("/moving/0/rule/convention", json!("direct")),
                ("/betas/0", json!(-0.1)),
            ]),
        ),
        door(
            "GrokfastEma",
            &GrokfastEma::<f32>::new(&layout),
            vec![
                ("/alpha", json!(1.0)),
                ("/lambda", json!(-1.0)),
                ("/mean/values", json!([])),
            ],
        ),
        door(
            "GrokfastMa",
            &GrokfastMa::<f32>::new(&layout)
                .unwrap()
                .with_window(2)
                .unwrap(),
            vec![
                ("/window", json!(0)),
                ("/window", json!(1_u64 << 60)),
                ("/place", json!(2)),
                ("/older", json!([1.0])),
                ("/lambda", json!(-1.0)),
            ],
        ),
        door(
            "Signs",
            &batch.x,
            vec![
                ("/rows", json!(0)),
                ("/rows", json!(1_u64 << 40)),
                ("/dim", json!(1_u64 << 63)),
                ("/bits", json!([])),
            ],
        ),
        door(
            "Batch",
            &batch,
            vec![
                ("/y", json!({"v": 1, "dim": [0], "data": []})),
                ("/y/data/0", json!(null)),
            ],
        ),
        door(
            "Epochs",
            &epochs,
            vec![
                ("/order/0", json!(2)),
                ("/order", json!([])),
                ("/next", json!(4)),
                ("/examples/y/dim", json!([2])),
            ],
        ),
        door(
            "Population",
            &Population::new(parity()).unwrap(),
            vec![("/target/n", json!(64))],
        ),
        door(
            "Curriculum",
            &curriculum,
            vec![
                ("/second/parity/n", json!(10)),
                ("/first/noise", json!(0.5)),
            ],
        ),
        door(
            "Then",
            &curriculum.clone().then(3, online.clone()).unwrap(),
            vec![
                ("/last/parity/n", json!(10)),
                ("/before/first/noise", json!(0.5)),
            ],
        ),
        door(
            "Mixture",
            &Mixture::new(Uniform::new(9).unwrap(), 0.5, Uniform::new(9).unwrap()).unwrap(),
            vec![
                ("/share", json!(1.5)),
                ("/share", json!(-0.1)),
                ("/second", json!(10)),
            ],
        ),
        door(
            "Polynomial",
            &Polynomial::new(9, &[(vec![1, 4], 1.0), (vec![2], 0.5)]).unwrap(),
            vec![
                ("/n", json!(4)),
                ("/terms", json!([])),
                ("/terms/0/0", json!([2])),
                ("/terms/0/1", json!(0.0)),
            ],
        ),
        door(
            "Labelled",
            &labelled,
            vec![
                ("/inputs", json!(10)),
                ("/noise", json!(0.5)),
                ("/target/n", json!(3)),
            ],
        ),
        door(
            "ParityDistribution",
            &online,
            vec![("/noise", json!(-0.1)), ("/parity/support", json!([9]))],
        ),
        door(
            "RandomLabels",
            &RandomLabels::new(3).unwrap(),
            vec![("", json!(0))],
        ),
        door("Uniform", &Uniform::new(3).unwrap(), vec![("", json!(0))]),
        door(
            "Biased",
            &Biased::new(3, 0.25).unwrap(),
            vec![("/0", json!(1.0)), ("", json!([]))],
        ),
        door(
            "MultitaskInputs",
            &MultitaskInputs::new(5, &[1.0, 2.0]).unwrap(),
            vec![
                ("/n", json!(0)),
                ("/weights/0", json!(-1.0)),
                ("/weights", json!([])),
            ],
        ),
        door(
            "ActiveInputs",
            &ActiveInputs::new(3, 5, &[0, 2]).unwrap(),
            vec![
                ("/n", json!(0)),
                ("/tasks", json!(2)),
                ("/active", json!([])),
                ("/active/1", json!(0)),
            ],
        ),
        door("Parity", &parity(), support()),
        door("Support", &parity(), support()),
        door(
            "Conjunction",
            &Conjunction::new(9, &[1, 4]).unwrap(),
            support(),
        ),
        door(
            "Disjunction",
            &Disjunction::new(9, &[1, 4]).unwrap(),
            support(),
        ),
        door(
            "Majority",
            &Majority::new(9, &[1, 4, 5]).unwrap(),
            [support(), vec![("/support", json!([1, 2]))]].concat(),
        ),
        door(
            "Junta",
            &Junta::new(9, &[1, 4], &[1, 1, -1, 1]).unwrap(),
            vec![
                ("/table", json!([1])),
                ("/table/0", json!(0)),
                ("/coordinates/0", json!(9)),
            ],
        ),
        door(
            "Staircase",
            &Staircase::new(9, &[1, 4]).unwrap(),
            vec![("/coordinates/0", json!(9)), ("/n", json!(0))],
        ),
        door(
            "Multitask",
            &Multitask::new(vec![parity(), parity()]).unwrap(),
            vec![("", json!([])), ("/0/n", json!(10))],
        ),
        door(
            "Scaled",
            &scaled,
            vec![("/factor", json!(0.0)), ("/factor", json!(-1.0))],
        ),
        door(
            "Power",
            &Power::new(2).unwrap(),
            vec![("", json!(0)), ("", json!(65))],
        ),
        door(
            "InfiniteZigzag",
            &InfiniteZigzag::new(2).unwrap(),
            vec![("", json!(0)), ("", json!(1_u64 << 40))],
        ),
        door(
            "OscillatingPolynomial",
            &OscillatingPolynomial::new(2).unwrap(),
            vec![("", json!(0)), ("", json!(17))],
        ),
        door(
            "Key",
            &Key::of(&sparse_parity::trial::Trial::default()),
            vec![("", json!("none")), ("", json!(""))],
        ),
    ]
}

#[test]
fn what_a_constructor_refuses_is_not_read_from_a_file() {
    for Door {
        name,
        is_refused,
        good,
        bad,
    } in doors()
    {
        assert!(!is_refused(&good), "{name}: {good}");
        assert!(!bad.is_empty(), "{name}");
        for (place, value) in bad {
            let mut changed = good.clone();
            let at = changed.pointer_mut(place);
            *at.unwrap_or_else(|| panic!("{name} has no {place}: {good}")) = value;
            assert!(is_refused(&changed), "{name}: {changed}");
        }
    }
}

#[test]
fn a_size_without_its_numbers_takes_no_memory() {
    // Of 2²⁷ coordinates, a support keeps those that it has, and more are refused.
    let parity: Parity = serde_json::from_str(r#"{"n":134217728,"support":[1]}"#).unwrap();
    assert_eq!((parity.n(), parity.k()), (1 << 27, 1));
    assert!(serde_json::from_str::<Parity>(r#"{"n":68719476736,"support":[1]}"#).is_err());
    let signs = r#"{"rows":262144,"dim":262144,"bits":[0]}"#;
    assert!(serde_json::from_str::<Signs>(signs).is_err());
    assert!(Signs::ones(1 << 36, 1).is_err(), "a word for each row");
    assert!(Biased::new(1 << 35, 0.1).is_err());
}

#[test]
fn the_memory_of_a_trial_is_known_before_it_is_there() {
    use sparse_parity::trial::{FilterKind, Learner, MlpSettings, OptimizerKind, Trial};
    let width = 1_000_000_000;
    let learner = Learner::Mlp(MlpSettings {
        width,
        ..MlpSettings::default()
    });
    let filters = [
        None,
        Some(FilterKind::GrokfastEma {
            alpha: 0.9,
            lambda: 2.0,
        }),
        Some(FilterKind::GrokfastMa {
            window: 1 << 50,
            lambda: 2.0,
        }),
    ];
    for filter in filters {
        for optimizer in [OptimizerKind::Adam, OptimizerKind::AdamW] {
            let learner = learner.clone();
            let trial = Trial {
                learner,
                optimizer,
                filter,
                ..Trial::default()
            };
            assert!(trial.memory().unwrap() > 4 * 50 * width as u64);
            let bad = Trial {
                rate: (-1.0).into(),
                ..trial.clone()
            };
            assert!(bad.memory().is_err());
            let bad = Trial {
                filter: Some(FilterKind::GrokfastMa {
                    window: 0,
                    lambda: 2.0,
                }),
                ..trial
            };
            assert!(bad.memory().is_err());
        }
    }
}

#[test]
fn labels_that_are_none_are_named_with_their_row() {
    let x = Signs::cube(4).unwrap();
    let bits: Vec<f32> = (0..16)
        .map(|row| ((row & 1) ^ (row >> 1 & 1)) as f32)
        .collect();
    let given = |y: Vec<f32>| Batch {
        x: x.clone(),
        y: y.into(),
    };
    let told = |batch| Epochs::new(batch, &Seeds::from(1)).unwrap_err().to_string();
    let first = told(given(bits.clone()));
    assert!(
        first.contains("row 0 is 0") && first.contains("1 - 2y"),
        "{first}"
    );
    let classes: Vec<f32> = (0..16).map(|row| (row % 4) as f32).collect();
    assert!(told(given(classes)).contains("row 0 is 0"));
    let mut labels: Vec<f32> = bits.iter().map(|y| 1.0 - 2.0 * y).collect();
    assert!(Epochs::new(given(labels.clone()), &Seeds::from(1)).is_ok());
    labels[5] = f32::NAN;
    assert!(told(given(labels.clone())).contains("row 5 is NaN"));
    assert!(Epochs::with_real_labels(given(labels.clone()), &Seeds::from(1)).is_err());
    labels[5] = 0.5;
    assert!(told(given(labels.clone())).contains("row 5 is 0.5"));
    assert!(Epochs::with_real_labels(given(labels.clone()), &Seeds::from(1)).is_ok());

    let (model, parity) = (
        Mlp::new(4, 2, Relu).unwrap(),
        Parity::new(4, &[0, 1]).unwrap(),
    );
    let refused = |batch: Batch<f32>| {
        [
            Convergence::on(&model, &parity, batch.clone()).map(drop),
            ErrorRate::on("error", &model, batch.clone()).map(drop),
            ValidationLoss::on(&model, Hinge, 0.1, batch).map(drop),
        ]
        .map(|result| result.map_or_else(|error| error.to_string(), |()| String::new()))
    };
    for told in refused(given(bits)) {
        assert!(told.contains("row 0 is 0"), "{told}");
    }
    labels[5] = f32::INFINITY;
    for told in refused(given(labels.clone())) {
        assert!(told.contains("row 5 is inf"), "{told}");
    }
    // Those of the target are good, whatever they are.
    let stairs = Staircase::new(4, &[0, 1]).unwrap();
    let rng = &mut Seeds::from(1).stream(Purpose::Eval);
    let examples = Batch::<f32>::clean(&Uniform::new(4).unwrap(), &stairs, 50, rng).unwrap();
    assert!(examples.y.iter().any(|y| *y == 0.0));
    assert!(Convergence::on(&model, &stairs, examples.clone()).is_ok());
    assert!(ErrorRate::on("error", &model, examples).is_ok());
}

/// Gives what it has, whatever it is handed.
struct Frozen(Batch<f32>);

impl BatchStream<f32> for Frozen {
    fn dim(&self) -> usize {
        10
    }
    fn fill(&mut self, batch: &mut Batch<f32>) {
        batch.clone_from(&self.0);
    }
}

#[test]
#[should_panic(
    expected = "5 inputs with n = 10 coordinates and 5 labels, and the run has batches of B = 8 with n = 10"
)]
fn a_stream_that_gives_other_shapes_is_told_n_and_b() {
    let (seeds, model) = (Seeds::from(1), Mlp::new(10, 4, Relu).unwrap());
    let sgd = Sgd::new(model.layout(), Rule::rate(0.1)).unwrap();
    let theta = Params::draw(model.layout(), &mut seeds.stream(Purpose::Init));
    let frozen = Frozen(Batch::new(5, 10).unwrap());
    Trainer::new(model, Hinge, frozen, sgd, theta, 8)
        .unwrap()
        .run(1, ());
}

#[test]
fn every_type_that_is_read_is_checked_or_free_of_invariants() {
    let found = readable();
    let checked: BTreeSet<&str> = doors().iter().map(|door| door.name).collect();
    let mut unused: BTreeSet<&str> = checked.iter().chain(&PRIVATE).copied().collect();
    unused.extend(FREE.iter().flat_map(|(.., names)| *names));
    let mut forgotten = Vec::new();
    for (name, files) in &found {
        unused.remove(name.as_str());
        for file in files {
            let is_free = FREE
                .iter()
                .any(|(place, _, names)| file.starts_with(place) && names.contains(&name.as_str()));
            if !(is_free || checked.contains(name.as_str()) || PRIVATE.contains(&name.as_str())) {
                forgotten.push(format!("{name} in {file}"));
            }
        }
    }
    assert!(found.len() > 80, "{}", found.len());
    assert!(
        forgotten.is_empty(),
        "give each a door with a bad value, or say why it has no invariant:\n{}",
        forgotten.join("\n")
    );
    assert!(
        unused.is_empty(),
        "there are no such types any more: {unused:?}"
    );
}

#[test]
fn a_pair_of_pairs_is_no_distribution() {
    let mut nested = r#"{"Constant":1.0}"#.to_string();
    for _ in 0..3 {
        nested = format!(r#"{{"Paired":[{nested},1.0]}}"#);
    }
    assert!(serde_json::from_str::<InitialDistribution>(&nested).is_err());
}
