//! Same seed, same bits: whatever runs beside, whoever looks on, however the steps are portioned.

use rayon::prelude::*;
use sparse_parity::activation::ActivationKind;
use sparse_parity::prelude::*;
use sparse_parity_examples::limit::Limit;
use sparse_parity_examples::runs::{bits, parity, trainer};

type Run<F> = Trainer<F, Mlp<Relu>, Hinge, Online<ParityDistribution>, Sgd>;

/// A (12, 2)-parity with 5 % noise; these runs are solved after 60 to 200 steps.
fn start<F: Real>(seed: u64) -> Run<F> {
    let seeds = Seeds::from(seed);
    let distribution = ParityDistribution::from(parity(12, 2, &seeds));
    let distribution = distribution.with_label_noise(0.05).unwrap();
    let model = Mlp::new(12, 20, Relu).unwrap();
    let sgd = Sgd::new(model.layout(), Rule::rate(0.1).with_decay(1e-4)).unwrap();
    trainer(
        model,
        Hinge,
        Online::new(distribution, &seeds),
        sgd,
        32,
        &seeds,
    )
}

fn solved<F: Real>(seed: u64) -> Convergence<F, Mlp<Relu>, Parity> {
    let seeds = Seeds::from(seed);
    Convergence::new(start::<F>(seed).model(), &parity(12, 2, &seeds), &seeds).unwrap()
}

/// The parameters after 200 steps that nobody looked at.
fn undisturbed<F: Real>(seed: u64) -> Vec<u64> {
    let mut run = start::<F>(seed);
    assert_eq!(run.run(200, ()), Stop::Budget);
    bits(run.theta())
}

#[test]
fn two_runs_with_the_same_seeds_have_the_same_bits() {
    assert_eq!(undisturbed::<f32>(1), undisturbed::<f32>(1));
    assert_eq!(undisturbed::<f64>(1), undisturbed::<f64>(1));
    assert_ne!(undisturbed::<f64>(1), undisturbed::<f64>(2));
}

#[test]
fn each_seed_moves_what_it_is_for() {
    let after = |init, train, noise, eval| {
        let seeds = Seeds {
            init,
            train,
            noise,
            eval,
            ..Seeds::from(1)
        };
        let distribution = ParityDistribution::from(parity(12, 2, &seeds));
        let stream = Online::new(distribution.with_label_noise(0.05).unwrap(), &seeds);
        let model = Mlp::new(12, 20, Relu).unwrap();
        let sgd = Sgd::new(model.layout(), Rule::rate(0.1)).unwrap();
        let mut run = trainer::<f64, _, _, _, _>(model, Hinge, stream, sgd, 32, &seeds);
        run.run(20, ());
        bits(run.theta())
    };
    let base = after(1, 1, 1, 1);
    assert_eq!(base, after(1, 1, 1, 2));
    assert_ne!(base, after(2, 1, 1, 1));
    assert_ne!(base, after(1, 2, 1, 1));
    assert_ne!(base, after(1, 1, 2, 1));
}

#[test]
fn many_runs_at_once_have_the_bits_of_runs_one_by_one() {
    let _limit = Limit::of_test();
    let serial: Vec<_> = (0..8).map(undisturbed::<f32>).collect();
    for threads in [2, 5] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let parallel: Vec<_> = pool
            .unwrap()
            .install(|| (0..8).into_par_iter().map(undisturbed::<f32>).collect());
        assert_eq!(parallel, serial);
    }
    std::thread::scope(|scope| {
        let runs: Vec<_> = (0..8)
            .map(|seed| scope.spawn(move || undisturbed::<f32>(seed)))
            .collect();
        for (run, expected) in runs.into_iter().zip(&serial) {
            assert_eq!(run.join().unwrap(), *expected);
        }
    });
}

#[test]
fn a_run_that_is_looked_at_has_the_bits_of_one_that_is_not() {
    let seeds = Seeds::from(3);
    let expected = undisturbed::<f32>(3);
    let mut run = start::<f32>(3);
    let every = || Interval::every(1).unwrap();
    let clean = ErrorRate::clean(run.model(), &parity(12, 2, &seeds), &seeds).unwrap();
    let mut recorder = Recorder::new(every())
        .with(BatchLoss)
        .with(BatchError)
        .with(WeightMovement::new(run.theta(), "hidden.weight").unwrap())
        .with(clean);
    let mut trace = WeightTrace::new(run.model(), "hidden.weight", every()).unwrap();
    let watcher = (&mut recorder, (&mut trace, Unmoved(solved::<f32>(3))));
    assert_eq!(run.run(200, watcher), Stop::Budget);
    assert_eq!(bits(run.theta()), expected);
    // θ_0, …, θ_200 were all seen.
    assert_eq!(recorder.table().rows().len(), 201);
    assert_eq!(trace.steps(), (0..=200).collect::<Vec<_>>());
}

/// An observer that looks at everything and never ends the run.
struct Unmoved<O>(O);

impl<F: Real, M: Model<F>, O: Observer<F, M>> Observer<F, M> for Unmoved<O> {
    fn observe(&mut self, at: &Snapshot<'_, F, M>) -> std::ops::ControlFlow<Stop> {
        let _ = self.0.observe(at);
        std::ops::ControlFlow::Continue(())
    }
}

#[test]
fn a_run_in_portions_has_the_bits_of_a_run_in_one_go() {
    let expected = undisturbed::<f64>(4);
    for portions in [[100, 100, 0], [0, 1, 199], [50, 0, 150], [199, 1, 0]] {
        let mut run = start::<f64>(4);
        for steps in portions {
            run.run(steps, ());
        }
        assert_eq!((run.steps(), bits(run.theta())), (200, expected.clone()));
    }
    let mut run = start::<f64>(4);
    while run.steps() < 200 {
        assert!(run.step(&mut ()).is_continue());
    }
    assert_eq!(bits(run.theta()), expected);
}

#[test]
fn a_run_that_stopped_goes_on_as_if_it_had_not() {
    for seed in 0..5 {
        let (mut run, mut solved) = (start::<f32>(seed), solved::<f32>(seed));
        let stop = run.run(200, &mut solved);
        let Stop::Solved { step } = stop else {
            panic!("seed {seed}: {stop:?}")
        };
        assert_eq!(run.steps(), step);
        // The criterion is still met at the same iterate, and looking again changes nothing.
        assert_eq!(run.run(200, &mut solved), stop);
        assert_eq!(run.run(200 - step, ()), Stop::Budget);
        assert_eq!(bits(run.theta()), undisturbed::<f32>(seed));
    }
}

/// 64-bit FNV-1a of all bits of the parameters after 100 steps.
fn digest<F, M, S, O>(model: M, stream: S, optimizer: O, batch: usize) -> u64
where
    F: Real,
    M: Model<F>,
    S: BatchStream<F>,
    O: Optimizer<F>,
{
    let mut run = trainer(
        model,
        CrossEntropy,
        stream,
        optimizer,
        batch,
        &Seeds::from(1),
    );
    run.run(100, ());
    assert!(run.theta().max_norm().is_finite());
    let bytes = bits(run.theta()).into_iter().flat_map(u64::to_le_bytes);
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// A new number here means other results for a fixed seed: mark it Value-changing in CHANGELOG.md.
#[test]
fn the_parameters_of_a_seed_never_change() {
    let seeds = &Seeds::from(1);
    let distribution = || ParityDistribution::from(parity(12, 2, seeds));
    let noisy = || distribution().with_label_noise(0.1).unwrap();
    let rule = || Rule::rate(0.05).with_decay(0.001);

    let relu = || Mlp::new(12, 21, Relu).unwrap();
    let sgd = |model: &dyn Architecture| Sgd::new(model.layout(), rule()).unwrap();
    let online = || Online::new(noisy(), seeds);
    let adam = Adam::new(relu().layout(), rule().by(Decay::Scaled)).unwrap();
    let sine = Mlp::new(12, 3, Sine).unwrap().with_output_bias();
    let sine = sine.with_init(Init::Gaussian).unwrap();
    let cube = Mlp::new(12, 5, Power::new(3).unwrap()).unwrap();
    let cube = cube.with_init(Init::Xavier).unwrap().without_hidden_bias();
    let polynet = || PolyNet::new(12, 2).unwrap();
    let signs = polynet().with_init(Init::Bernoulli).unwrap();
    let epochs = Epochs::draw(&noisy(), 50, seeds).unwrap();
    let population = Population::new(parity(12, 2, seeds)).unwrap();
    let random = Online::new(RandomLabels::new(12).unwrap(), seeds);

    let found = [
        digest::<f32, _, _, _>(relu(), online(), sgd(&relu()), 32),
        digest::<f64, _, _, _>(relu(), online(), sgd(&relu()), 32),
        digest::<f64, _, _, _>(relu(), online(), adam, 1),
        digest::<f32, _, _, _>(sine.clone(), epochs, sgd(&sine), 16),
        digest::<f64, _, _, _>(cube.clone(), population, sgd(&cube), 100),
        digest::<f64, _, _, _>(polynet(), random, sgd(&polynet()), 7),
        digest::<f32, _, _, _>(signs.clone(), online(), sgd(&signs), 7),
    ];
    let pinned: [u64; 7] = [
        0xc5a7_1c54_ebc7_6f33,
        0x8090_9267_3975_a7c8,
        0x89b2_83fa_36d6_cc3a,
        0x93da_dd60_9bfe_a3fd,
        0x794b_c8d0_408f_1292,
        0xd04f_ec22_851b_12e3,
        0x64b8_1dd7_bef7_7aaa,
    ];
    assert_eq!(found, pinned, "{found:#018x?}");
}

/// The noisy parity of seed 1.
fn noisy_parity() -> Online<ParityDistribution> {
    let seeds = Seeds::from(1);
    let distribution = ParityDistribution::from(parity(12, 3, &seeds));
    Online::new(distribution.with_label_noise(0.1).unwrap(), &seeds)
}

/// The digest of a network that learns the noisy parity by SGD.
fn network<F: Real>(model: impl Model<F>) -> u64 {
    let rule = Rule::rate(0.05).with_decay(0.001);
    let sgd = Sgd::new(model.layout(), rule).unwrap();
    digest::<F, _, _, _>(model, noisy_parity(), sgd, 32)
}

fn networks<F: Real>() -> [(&'static str, u64); 10] {
    let transformer = Transformer::new(12, 8, 2).unwrap();
    let residual = transformer.clone().with_mlp_width(9).unwrap();
    let normalized = residual.clone().with_layer_norm().unwrap();
    let normalized = normalized.with_activation(ActivationKind::Gelu).unwrap();
    let normalized = normalized.without_scaled_scores().with_residual();
    let deep = DeepMlp::new(12, &[7, 5, 1], Relu).unwrap();
    let zigzag = Zigzag::new(3).unwrap();
    let infinite = InfiniteZigzag::new(3).unwrap();
    let oscillating = OscillatingPolynomial::new(3).unwrap();
    let sine = Scaled::inverse_sqrt(Sine, 12).unwrap();
    [
        ("Transformer", network::<F>(transformer)),
        ("with residual", network::<F>(residual.with_residual())),
        ("DeepMlp", network::<F>(deep.with_output_bias())),
        (
            "disjoint",
            network::<F>(DisjointPolyNet::new(12, 3).unwrap()),
        ),
        ("zigzag", network::<F>(gaussian(zigzag))),
        ("clamped", network::<F>(gaussian(zigzag.clamped()))),
        ("infinite zigzag", network::<F>(gaussian(infinite))),
        ("oscillating", network::<F>(gaussian(oscillating))),
        ("scaled sine", network::<F>(gaussian(sine))),
        ("normalised", network::<F>(normalized)),
    ]
}

/// A network whose pre-activations go beyond the knots of a 3-zigzag.
fn gaussian<A: Activation>(activation: A) -> Mlp<A> {
    let model = Mlp::new(12, 5, activation).unwrap();
    model.with_init(Init::Gaussian).unwrap()
}

/// The digest of a ReLU network that learns from `stream` by `optimizer`.
fn relu<F: Real>(stream: impl BatchStream<F>, optimizer: impl Optimizer<F>) -> u64 {
    digest::<F, _, _, _>(Mlp::new(12, 21, Relu).unwrap(), stream, optimizer, 32)
}

fn trainings<F: Real>() -> [(&'static str, u64); 11] {
    let seeds = &Seeds::from(1);
    let layout = Mlp::new(12, 21, Relu).unwrap().layout().clone();
    let sgd = |rate| Sgd::new(&layout, Rule::rate(rate)).unwrap();
    let cosine = Schedule::cosine(0.1, 0.01, 60).unwrap();
    let inverse = Schedule::inverse_time(0.1, 30.0).unwrap();

    let biased = |p| Labelled::new(Biased::new(12, p).unwrap(), parity(12, 3, seeds)).unwrap();
    let curriculum = Curriculum::new(biased(0.1), 40, biased(0.5), seeds).unwrap();
    let biased = Online::new(biased(0.3), seeds);
    let tasks = Multitask::random(4, 8, 2, &mut seeds.stream(Purpose::Support)).unwrap();
    let tasks = Labelled::new(tasks.zipf(0.4).unwrap(), tasks).unwrap();
    let tasks = Online::new(tasks, seeds);

    let heavy = Momentum::new(&layout, Rule::rate(0.01).with_decay(0.001)).unwrap();
    let nesterov = heavy.clone().nesterov();
    let coupled = Rule::rate(0.001).with_decay(0.01).by(Decay::Coupled);
    let signs = SignSgd::new(&layout, coupled).unwrap();
    let signs = signs.with_threshold(0.005).unwrap();
    let adamw = AdamW::new(&layout, Rule::rate(0.005).with_decay(0.1)).unwrap();
    let ema = GrokfastEma::new(&layout).with_alpha(0.9).unwrap();
    let ema = Filtered::new(ema, sgd(0.05.into()));
    let ma = GrokfastMa::new(&layout).unwrap().with_window(20).unwrap();
    let ma = Filtered::new(ma, sgd(0.05.into()));
    let polar = Filtered::new(Egalitarian::new(), sgd(0.01.into()));
    let rows = Filtered::new(Egalitarian::by_rows(), sgd(0.01.into()));
    [
        ("biased, cosine", relu::<F>(biased, sgd(cosine))),
        ("curriculum, 1/t", relu::<F>(curriculum, sgd(inverse))),
        ("multitask", relu::<F>(tasks, sgd(0.1.into()))),
        ("momentum", relu::<F>(noisy_parity(), heavy)),
        ("Nesterov", relu::<F>(noisy_parity(), nesterov)),
        ("SignSgd", relu::<F>(noisy_parity(), signs)),
        ("AdamW", relu::<F>(noisy_parity(), adamw)),
        ("GrokfastEma", relu::<F>(noisy_parity(), ema)),
        ("GrokfastMa", relu::<F>(noisy_parity(), ma)),
        ("Egalitarian", relu::<F>(noisy_parity(), polar)),
        ("Egalitarian by rows", relu::<F>(noisy_parity(), rows)),
    ]
}

/// Names the runs whose digests are new; here, too, they mean other results for a fixed seed.
fn assert_pinned<const N: usize>(found: [(&str, u64); N], pinned: [u64; N]) {
    let changed = found.iter().zip(pinned).filter(|(run, pin)| run.1 != *pin);
    let changed: Vec<_> = changed.map(|(run, _)| run).collect();
    assert!(changed.is_empty(), "{changed:#018x?}");
}

#[test]
fn the_parameters_of_other_networks_never_change() {
    assert_pinned(
        networks::<f32>(),
        [
            0x784f_1bc8_6300_1a0c,
            0xdfa4_6c4e_ea2b_d93c,
            0xa9fc_201a_762c_d8c1,
            0xc29f_257e_fb81_ca31,
            0x23a0_c123_0bcd_9b89,
            0xaf12_0bc5_6914_270c,
            0x3f25_0485_7550_5a41,
            0x1ae8_890c_1daa_8fc6,
            0x826c_0a2c_7e03_2326,
            0x86b5_04e6_7579_1e9c,
        ],
    );
    assert_pinned(
        networks::<f64>(),
        [
            0x9d3a_d669_8046_74e4,
            0xd868_ea60_277e_bf23,
            0x225a_fecc_189c_d032,
            0x7df6_3b4b_3192_2ae0,
            0xf734_9174_0c0e_c735,
            0x87a6_a786_4c55_fe80,
            0x274f_fb18_3eea_b8c3,
            0x7d3b_d1ff_fee5_d5e6,
            0x43eb_c4eb_1af0_6a2c,
            0x55c3_ecd6_a3a9_3deb,
        ],
    );
}

#[test]
fn the_parameters_of_other_streams_optimizers_and_filters_never_change() {
    assert_pinned(
        trainings::<f32>(),
        [
            0x3623_f7f5_4cd6_987d,
            0xfa7d_d14e_29df_6d92,
            0x18bf_0493_1966_a5ef,
            0xa5b4_5582_b724_9294,
            0x4f39_aa28_577a_bd66,
            0xb9b9_d886_70bd_4748,
            0x07f9_9479_eca2_dc24,
            0xbcea_beff_e01d_e357,
            0x5c48_9432_34f2_fe26,
            0x5cdc_2bfc_f089_51c7,
            0x7d7e_4844_f6d3_5601,
        ],
    );
    assert_pinned(
        trainings::<f64>(),
        [
            0x9d23_ea13_4a0f_027c,
            0x6fbb_c4ed_55fb_8327,
            0x6b7e_54a5_2736_f44a,
            0x41f2_a8dc_bf79_d2de,
            0xe808_ff36_64d5_3b08,
            0x7a5f_b61e_e605_b348,
            0x6794_7c29_e958_2488,
            0x197d_f4b8_74c0_a54e,
            0xa82a_31f4_cd80_0fbe,
            0xcbf2_a0f9_ff94_c6c8,
            0x9e93_e6a3_e594_cb95,
        ],
    );
}
