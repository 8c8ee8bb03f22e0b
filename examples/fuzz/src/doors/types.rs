//! Every type that is read from a file.

use crate::{Answer, Door};
use sparse_parity::access::{Answers, Ledger};
use sparse_parity::activation::{
    ActivationKind, Gelu, InfiniteZigzag, OscillatingPolynomial, Power, Relu, Scaled, Silu, Sine,
    Softplus, Tanh, Zigzag,
};
use sparse_parity::contest::{Contest, Contestant, Contested, Ending, Seconds};
use sparse_parity::data::{
    ActiveInputs, Batch, Biased, Conjunction, Curriculum, DataRng, Disjunction, Epochs, Junta,
    Labelled, Majority, Mixture, Multitask, MultitaskInputs, Online, Parity, ParityDistribution,
    Polynomial, Population, RandomLabels, Staircase, Then, Uniform,
};
use sparse_parity::experiment::Experiment;
use sparse_parity::loss::{Correlation, CrossEntropy, Hinge, Square, StableMax};
use sparse_parity::measure::{
    BatchLoss, Convergence, Criteria, ErrorRate, Interval, Patience, Recorder, RunningAccuracy,
    RunningLoss, Table, ValidationLoss, WeightTrace,
};
use sparse_parity::model::{
    Biases, DeepMlpSettings, DisjointPolyNetSettings, Mlp, MlpSettings, PolyNetSettings,
    TransformerSettings,
};
use sparse_parity::optim::{
    Adam, AdamW, BlockRule, ClipNorm, Decay, Egalitarian, Filtered, GrokfastEma, GrokfastMa,
    Momentum, Rule, Rules, Schedule, ScheduleEntry, Sgd, SignSgd,
};
use sparse_parity::params::{Init, InitialDistribution, Layout, Params};
use sparse_parity::seeds::Seeds;
use sparse_parity::signs::Signs;
use sparse_parity::solver::{
    AccessKind, Amplified, Bisection, Bkw, Exhaustive, Fit, FourLists, Limits, MeetInTheMiddle,
    Noise, NoisyMeet, OneGradient, Plan, Problem, RandomSearch, Reduction, Report, SampleSize,
    SolverKind, SqGradient, SubsetElimination, Uniqueness, Verdict,
};
use sparse_parity::stats::Time;
use sparse_parity::sweep::{Cell, Key, Seeding, Sweep};
use sparse_parity::theory::drift::Drift;
use sparse_parity::theory::gap::FourierGap;
use sparse_parity::theory::gradient::{Method, NeuronGradient, SecondMoment};
use sparse_parity::train::{Persist, Stop};
use sparse_parity::trial::{
    Accumulated, Accumulation, BlockInit, CriterionKind, DistributionKind, FilterKind, FirstPhase,
    FlowRun, Learner, LossKind, MeasureKind, OptimizerKind, Outcome, PopulationOutcome,
    PopulationRun, Recorded, RecordedTrial, Recording, Status, TargetKind, Theorem4,
    Theorem4Outcome, Trace, Trial, ValidationLaw,
};
use std::sync::atomic::AtomicBool;

/// The most bytes of a run that is begun.
const SMALL: u64 = 1 << 22;

macro_rules! types {
    ($($name:literal $type:ty),* $(,)?) => { vec![$(Door::of_type::<$type>($name)),*] };
}

pub(super) fn doors() -> Vec<Door> {
    let mut doors = types![
        "AccessKind" AccessKind, "Accumulated" Accumulated, "ActivationKind" ActivationKind, "ActiveInputs" ActiveInputs, "Adam" Adam<f32>,
        "AdamW" AdamW<f32>, "Amplified" Amplified, "Answers" Answers, "Batch" Batch<f32>, "Biased" Biased, "Biases" Biases, "Bisection" Bisection,
        "Bkw" Bkw, "BlockInit" BlockInit, "BlockRule" BlockRule, "ClipNorm" ClipNorm, "Conjunction" Conjunction,
        "Contestant" Contestant, "Contested" Contested, "Correlation" Correlation, "CriterionKind" CriterionKind,
        "CrossEntropy" CrossEntropy, "Curriculum" Curriculum<ParityDistribution, ParityDistribution>, "DataRng" DataRng,
        "Decay" Decay, "DeepMlpSettings" DeepMlpSettings<ActivationKind>,
        "DisjointPolyNetSettings" DisjointPolyNetSettings, "Disjunction" Disjunction,
        "DistributionKind" DistributionKind, "Drift" Drift, "Egalitarian" Egalitarian, "Ending" Ending, "Epochs" Epochs<f32>,
        "Exhaustive" Exhaustive, "FilterKind" FilterKind, "Filtered" Filtered<f32, ClipNorm, Sgd>, "FirstPhase" FirstPhase,
        "Fit" Fit, "FourLists" FourLists, "FourierGap" FourierGap, "Gelu" Gelu, "GrokfastEma" GrokfastEma<f32>, "GrokfastMa" GrokfastMa<f32>,
        "Hinge" Hinge, "InfiniteZigzag" InfiniteZigzag, "Init" Init, "InitialDistribution" InitialDistribution,
        "Interval" Interval, "Junta" Junta, "Key" Key, "Labelled" Labelled<Uniform, Parity>, "Layout" Layout,
        "Learner" Learner, "Ledger" Ledger, "Limits" Limits, "LossKind" LossKind, "Majority" Majority,
        "MeasureKind" MeasureKind, "MeetInTheMiddle" MeetInTheMiddle, "Method" Method, "Mixture" Mixture<Uniform, Uniform>, "MlpSettings" MlpSettings<ActivationKind>,
        "Momentum" Momentum<f32>, "Multitask" Multitask, "MultitaskInputs" MultitaskInputs,
        "NeuronGradient" NeuronGradient, "Noise" Noise, "NoisyMeet" NoisyMeet, "RandomSearch" RandomSearch, "OneGradient" OneGradient, "Online" Online<ParityDistribution>,
        "OptimizerKind" OptimizerKind, "OscillatingPolynomial" OscillatingPolynomial, "Outcome" Outcome,
        "Params" Params<f32>, "Parity" Parity, "ParityDistribution" ParityDistribution, "Plan" Plan,
        "PolyNetSettings" PolyNetSettings, "Polynomial" Polynomial, "Population" Population<Parity>, "PopulationOutcome" PopulationOutcome,
        "Power" Power, "RandomLabels" RandomLabels, "Recorded" Recorded, "Recording" Recording, "Reduction" Reduction,
        "Relu" Relu, "Report" Report, "Rule" Rule, "Rules" Rules, "SampleSize" SampleSize, "Scaled" Scaled<Sine>,
        "Schedule" Schedule, "ScheduleEntry" ScheduleEntry, "SecondMoment" SecondMoment, "Seconds" Seconds, "Seeds" Seeds,
        "Sgd" Sgd, "SignSgd" SignSgd, "Signs" Signs, "Silu" Silu, "Sine" Sine, "Softplus" Softplus,
        "SqGradient" SqGradient, "Square" Square, "StableMax" StableMax, "Staircase" Staircase, "Status" Status, "Stop" Stop,
        "SubsetElimination" SubsetElimination, "Table" Table, "Tanh" Tanh, "TargetKind" TargetKind,
        "Theorem4Outcome" Theorem4Outcome, "Then" Then<Curriculum<ParityDistribution, ParityDistribution>, ParityDistribution>, "Time" Time, "Trace" Trace, "TransformerSettings" TransformerSettings,
        "Uniform" Uniform, "Uniqueness" Uniqueness, "ValidationLaw" ValidationLaw, "Verdict" Verdict, "Zigzag" Zigzag,
    ];
    doors.extend([
        experiment::<Trial>("Trial"),
        experiment::<RecordedTrial>("RecordedTrial"),
        experiment::<Theorem4>("Theorem4"),
        experiment::<PopulationRun>("PopulationRun"),
        experiment::<FlowRun>("FlowRun"),
        experiment::<Accumulation>("Accumulation"),
        experiment::<Contest>("Contest"),
        Door::checked("SolverKind", planned),
        Door::checked("Seeding", seeds_of),
        Door::of_type::<Cell<Trial>>("Cell"),
    ]);
    doors.extend(states());
    doors
}

/// Settings of a run, which is begun if it is small, and given up before its first update.
fn experiment<E: Experiment>(name: &'static str) -> Door {
    Door::checked::<E>(name, |settings| {
        let _ = (Key::of(settings), settings.label(), settings.budget());
        if settings.memory().is_ok_and(|bytes| bytes < SMALL) {
            let _ = settings.run_until(&Seeds::from(1), &AtomicBool::new(true));
        }
    })
}

/// The state of an observer, which takes it up.
fn state<P: Persist + 'static>(
    name: &'static str,
    observer: fn() -> sparse_parity::Result<P>,
) -> Door {
    Door::new(name, move |input| {
        let state: P::State = match serde_json::from_slice(input) {
            Ok(state) => state,
            Err(error) => return Answer::Refused(error.to_string()),
        };
        let mut observer = observer().expect("the observer can be made");
        let answer = Answer::of(observer.restore(state));
        let _ = (observer.state(), observer.identity());
        answer
    })
}

/// The doors to the states that observers save.
fn states() -> Vec<Door> {
    fn model() -> sparse_parity::Result<Mlp<Relu>> {
        Mlp::new(4, 2, Relu)
    }
    fn parity() -> sparse_parity::Result<Parity> {
        Parity::new(4, &[0, 1])
    }
    fn every() -> sparse_parity::Result<Interval> {
        Interval::every(3)
    }
    fn examples() -> sparse_parity::Result<Batch<f32>> {
        Batch::draw(
            &ParityDistribution::from(parity()?),
            3,
            &mut DataRng::from(&Seeds::from(1)),
        )
    }
    vec![
        state("ConvergenceState", || {
            Convergence::on(&model()?, &parity()?, examples()?)
        }),
        state("CriteriaState", || {
            Ok(Criteria::new([
                RunningLoss::new(0.1, 2)?,
                RunningLoss::new(0.2, 3)?,
            ]))
        }),
        state("PatienceState", || {
            let error = ErrorRate::on("error", &model()?, examples()?)?;
            Ok(Patience::new(error, every()?, 2))
        }),
        state("RecorderState", || {
            Ok(Recorder::<f32, Mlp<Relu>>::new(every()?).with(BatchLoss))
        }),
        state("RunningAccuracyState", || RunningAccuracy::new(0.9, 3)),
        state("RunningLossState", || RunningLoss::new(0.1, 3)),
        state("ValidationLossState", || {
            ValidationLoss::on(&model()?, Hinge, 0.1, examples()?)
        }),
        state("WeightTraceState", || {
            WeightTrace::<f32>::new(&model()?, "hidden.weight", every()?)
        }),
    ]
}

fn planned(kind: &SolverKind) {
    let problem = Problem::new(20, 3).expect("a problem");
    let _ = (kind.plan(&problem), kind.boxed());
}

/// The runs of a cell.
fn seeds_of(seeding: &Seeding) {
    let cell = Cell {
        experiment: Trial::new(10, 2),
        seeding: *seeding,
    };
    if let Ok(sweep) = Sweep::new([cell.clone()])
        && !sweep.is_empty()
    {
        for run in [0, sweep.len() - 1] {
            assert_eq!(cell.seeding.place(&cell.seeding.seeds(run)), Some(run));
        }
    }
}
