//! Laws of the solvers that ask: every one finds the support, wherever it lies, and refuses what it cannot do before it asks.

use sparse_parity::Error;
use sparse_parity::access::{
    Access, Answers, Fresh, LazyAdversary, Ledger, MembershipQueries, Queries, RandomExamples,
    Stat, StatisticalQueries,
};
use sparse_parity::data::{Parity, ParityDistribution, Target};
use sparse_parity::seeds::{LabRng, Purpose, Seeds};
use sparse_parity::solver::{
    Bisection, GoldreichLevin, Influence, Noise, OneGradient, Problem, Report, Solver, SqGradient,
    SqSearch, Syndromes, Uniqueness, Verdict,
};

type Asking = Box<dyn Solver<dyn MembershipQueries>>;
type Statistical = Box<dyn Solver<dyn StatisticalQueries>>;

fn asking() -> Vec<Asking> {
    vec![
        Box::new(Bisection::default()),
        Box::new(Bisection { confirm: true }),
        Box::new(Syndromes),
        Box::new(Influence),
        Box::new(GoldreichLevin),
    ]
}

fn statistical() -> Vec<Statistical> {
    vec![Box::new(SqSearch), Box::new(SqGradient::default())]
}

fn rng(seed: u64) -> LabRng {
    Seeds::from(seed).stream(Purpose::Solver)
}

fn parity(n: usize, k: usize, seed: u64) -> Parity {
    Parity::random(n, k, &mut Seeds::from(seed).stream(Purpose::Support)).unwrap()
}

fn problem(n: usize, k: usize, p: f64) -> Problem {
    let problem = Problem::new(n, k).unwrap();
    problem.with_noise(Noise::of(p).unwrap()).unwrap()
}

/// Queries about a parity whose labels are flipped, anew or for good.
fn oracles(parity: &Parity, p: f64, seed: u64) -> [Queries<Parity>; 2] {
    let clean = || Queries::new(parity.clone());
    let seeds = Seeds::from(seed);
    [
        clean().with_redrawn_noise(p, &seeds).unwrap(),
        clean().with_persistent_noise(p, &seeds).unwrap(),
    ]
}

/// The solvers with a support each, by the same coins.
fn ask(
    solver: &Asking,
    problem: &Problem,
    oracle: &mut (dyn MembershipQueries + 'static),
) -> Report {
    let name = solver.name();
    let report = solver.solve(problem, oracle, &mut rng(7));
    report.unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn every_solver_that_asks_finds_the_support_at_every_size() {
    for n in [5, 20, 63, 64, 65, 127, 128, 130, 200] {
        for (k, p) in [(1, 0.0), (3, 0.0), (3, 0.15)] {
            let parity = parity(n, k, n as u64);
            for solver in asking() {
                for mut oracle in oracles(&parity, p, 3) {
                    // Of so few inputs persistent noise spoils too many.
                    if p > 0.0 && n < 20 && oracle.is_persistent() {
                        continue;
                    }
                    let report = ask(&solver, &problem(n, k, p), &mut oracle);
                    let found = report.verdict.support();
                    let name = &report.solver;
                    assert_eq!(found, Some(parity.support()), "{name} ({n}, {k}) {p}");
                    assert_eq!(&report.ledger, oracle.ledger());
                    let counts = &report.ledger;
                    assert_eq!(
                        (counts.examples, counts.statistical, counts.words),
                        (0, 0, 0)
                    );
                    // A search ends sooner or later than in the mean, and plans are for noise that is redrawn.
                    let ratio = counts.queries as f64 / report.plan.queries;
                    let is_reduced = p > 0.0 && oracle.is_persistent();
                    let is_fixed = !name.starts_with("bisection") && !is_reduced;
                    assert!(!is_fixed || ratio == 1.0, "{name}: {ratio}");
                    let most = if is_reduced { 10.0 } else { 3.0 };
                    assert!(
                        ratio > 0.2 && ratio < most,
                        "{name} ({n}, {k}) {p}: {ratio}"
                    );
                }
            }
        }
    }
}

#[test]
fn statistical_queries_find_the_support_at_every_size() {
    for n in [5, 20, 63, 64, 65, 127, 128, 130, 200] {
        for (k, p) in [(1, 0.0), (2, 0.0), (2, 0.15)] {
            let parity = parity(n, k, n as u64);
            for (solver, answers) in statistical().iter().flat_map(|solver| {
                [Answers::Exact, Answers::Rounded, Answers::Adversary].map(|a| (solver, a))
            }) {
                let mut oracle = Stat::new(parity.clone(), answers).with_noise(p).unwrap();
                let report = solver
                    .solve(&problem(n, k, p), &mut oracle, &mut rng(1))
                    .unwrap();
                let found = report.verdict.support();
                assert_eq!(
                    found,
                    Some(parity.support()),
                    "{} ({n}, {k}) {p}",
                    report.solver
                );
                assert_eq!(&report.ledger, oracle.ledger());
                assert_eq!(report.ledger.queries + report.ledger.examples, 0);
                let bound = sparse_parity::theory::statistical_query::queries_to_identify;
                let least = bound(n, k, report.ledger.finest.unwrap()).unwrap();
                // The bound is for all supports; the mean one takes half of it or more.
                assert!(report.ledger.statistical as f64 > 0.0 && least > 0.0);
            }
        }
    }
}

#[test]
fn no_learner_beats_the_bound_against_the_lazy_adversary() {
    for (n, k) in [(9, 2), (11, 2), (12, 3), (13, 4)] {
        for solver in statistical() {
            let mut oracle = LazyAdversary::new(n, k, 0.0).unwrap();
            let report = solver
                .solve(&problem(n, k, 0.0), &mut oracle, &mut rng(1))
                .unwrap();
            let Ledger {
                statistical,
                finest,
                ..
            } = report.ledger;
            let bound = sparse_parity::theory::statistical_query::queries_to_identify;
            let least = bound(n, k, finest.unwrap()).unwrap();
            assert!(
                statistical as f64 > least,
                "{} ({n}, {k}): {statistical} {least}",
                report.solver
            );
            assert_eq!(
                report.verdict.support(),
                oracle.support(),
                "{}",
                report.solver
            );
        }
    }
}

#[test]
fn permuting_the_columns_permutes_the_answer() {
    let (n, k) = (70, 3);
    for seed in 0..5 {
        let parity = parity(n, k, seed);
        let place = |i: usize| (11 * i + seed as usize) % n;
        let places: Vec<_> = parity.support().iter().map(|&i| place(i)).collect();
        let moved = Parity::new(n, &places).unwrap();
        for solver in asking() {
            let found = [&parity, &moved].map(|target| {
                let mut oracle = Queries::new(target.clone());
                let report = ask(&solver, &problem(n, k, 0.0), &mut oracle);
                report.verdict.support().unwrap().to_vec()
            });
            let mut expected: Vec<_> = found[0].iter().map(|&i| place(i)).collect();
            expected.sort_unstable();
            assert_eq!(found[1], expected, "{}", solver.name());
        }
    }
}

#[test]
fn k_need_not_be_told_to_those_who_ask() {
    for (n, k) in [(20, 1), (20, 5), (65, 4), (130, 2)] {
        let parity = parity(n, k, 5);
        let unknown = Problem::with_degrees(n, 1..=6).unwrap();
        for solver in asking() {
            let report = ask(&solver, &unknown, &mut Queries::new(parity.clone()));
            let Verdict::Found(fit, uniqueness) = &report.verdict else {
                panic!("{}: {:?}", report.solver, report.verdict);
            };
            assert_eq!(fit.support, parity.support(), "{}", report.solver);
            assert_ne!(*uniqueness, Uniqueness::Open);
            // Another k than the true one is not made to fit.
            let wrong = Problem::with_degrees(n, 7..=8).unwrap();
            let report = solver.solve(&wrong, &mut Queries::new(parity.clone()), &mut rng(2));
            assert_eq!(report.unwrap().verdict.support(), None, "{}", solver.name());
        }
    }
    let unknown = Problem::with_degrees(20, 1..=3).unwrap();
    let parity = parity(20, 2, 5);
    let mut oracle = Stat::new(parity.clone(), Answers::Exact);
    let report = SqSearch.solve(&unknown, &mut oracle, &mut rng(1)).unwrap();
    assert_eq!(report.verdict.support(), Some(parity.support()));
    let error = SqGradient::default()
        .solve(&unknown, &mut oracle, &mut rng(1))
        .unwrap_err();
    assert!(matches!(error, Error::Conflict { .. }), "{error}");
}

#[test]
fn equal_seeds_ask_the_same() {
    let (parity, problem) = (parity(100, 4, 1), problem(100, 4, 0.1));
    for solver in asking() {
        let run = || {
            let [mut oracle, _] = oracles(&parity, 0.1, 9);
            solver.solve(&problem, &mut oracle, &mut rng(4)).unwrap()
        };
        assert_eq!(run(), run());
    }
}

/// Minus a parity, which is none.
#[derive(Debug)]
struct Flipped(Parity);

impl Target for Flipped {
    fn dim(&self) -> usize {
        self.0.n()
    }
    fn value(&self, x: &sparse_parity::signs::Signs, row: usize) -> f64 {
        -self.0.value(x, row)
    }
    fn support(&self) -> Vec<usize> {
        Target::support(&self.0)
    }
}

#[test]
fn flipped_labels_fit_no_parity_where_inputs_are_random() {
    let confirming: [Asking; 3] = [
        Box::new(Bisection { confirm: true }),
        Box::new(Influence),
        Box::new(GoldreichLevin),
    ];
    for n in [20, 64, 130] {
        for solver in &confirming {
            let flipped = Flipped(parity(n, 3, 2));
            let report = ask(solver, &problem(n, 3, 0.0), &mut Queries::new(flipped));
            assert_eq!(report.verdict.support(), None, "{}", report.solver);
        }
        // The others rely on the promise, and end all the same.
        for solver in asking() {
            let flipped = Flipped(parity(n, 3, 2));
            ask(&solver, &problem(n, 3, 0.0), &mut Queries::new(flipped));
        }
    }
}

#[test]
fn bad_input_is_refused_before_anything_is_asked() {
    assert!(matches!(
        Problem::new(20, 0),
        Err(Error::Degree { k: 0, n: 20 })
    ));
    assert!(matches!(
        Problem::new(20, 21),
        Err(Error::Degree { k: 21, n: 20 })
    ));
    for p in [0.5, 0.7, -0.1, f64::NAN] {
        assert!(matches!(
            Problem::new(20, 3).unwrap().with_noise(Noise::Known(p)),
            Err(Error::Noise { .. })
        ));
    }
    let is_refused =
        |error: &Error| matches!(error, Error::Mismatch { .. } | Error::Conflict { .. });
    // An oracle of another n, and one with more noise than the problem says.
    for (n, p) in [(21, 0.0), (20, 0.1)] {
        for solver in asking() {
            let [mut oracle, _] = oracles(&parity(n, 3, 1), p, 1);
            let error = solver
                .solve(&problem(20, 3, 0.0), &mut oracle, &mut rng(1))
                .unwrap_err();
            assert!(is_refused(&error), "{}: {error}", solver.name());
            assert_eq!(oracle.ledger(), &Ledger::default());
        }
        for solver in statistical() {
            let mut oracle = Stat::new(parity(n, 2, 1), Answers::Exact)
                .with_noise(p)
                .unwrap();
            let error = solver
                .solve(&problem(20, 2, 0.0), &mut oracle, &mut rng(1))
                .unwrap_err();
            assert!(is_refused(&error), "{}: {error}", solver.name());
            assert_eq!(oracle.ledger(), &Ledger::default());
        }
        let law = ParityDistribution::new(n, &[1, 3]).unwrap();
        let mut oracle = Fresh::new(law, &Seeds::from(1)).with_noise(p).unwrap();
        let gradient: Box<dyn Solver<dyn RandomExamples>> = Box::new(OneGradient::default());
        let error = gradient
            .solve(&problem(20, 2, 0.0), &mut oracle, &mut rng(1))
            .unwrap_err();
        assert!(is_refused(&error), "{error}");
        assert_eq!(oracle.ledger().examples, 0);
    }
}

#[test]
fn what_is_beyond_the_limits_is_refused() {
    let mut tight = problem(1000, 6, 0.0);
    tight.limits.bytes = 1;
    for solver in asking() {
        let mut oracle = Queries::new(parity(1000, 6, 1));
        let error = solver.solve(&tight, &mut oracle, &mut rng(1)).unwrap_err();
        assert!(matches!(error, Error::Room { limit: 1, .. }), "{error}");
        assert_eq!(oracle.ledger().queries, 0);
    }
    tight.limits.bytes = 1 << 30;
    tight.limits.words = 1e6;
    let mut oracle = Stat::new(parity(1000, 6, 1), Answers::Exact);
    let error = SqSearch
        .solve(&tight, &mut oracle, &mut rng(1))
        .unwrap_err();
    assert!(matches!(error, Error::TooLong { .. }), "{error}");
    let law = ParityDistribution::new(50, &[1, 3]).unwrap();
    let mut oracle = Fresh::new(law, &Seeds::from(1));
    let mut tight = problem(50, 3, 0.0);
    tight.limits.words = 1e5;
    let error = OneGradient::default()
        .solve(&tight, &mut oracle, &mut rng(1))
        .unwrap_err();
    assert!(matches!(error, Error::TooLong { .. }), "{error}");
    assert_eq!(oracle.ledger().examples, 0);
}
