//! A checkpoint that does not fit is refused with a helpful error, and the run stays as it was.

use sparse_parity::Error;
use sparse_parity::prelude::*;
use sparse_parity_examples::runs::{bits, parity, trainer};
use std::fs;
use std::path::Path;

type Run<F, M, O> = Trainer<F, M, Hinge, Online<ParityDistribution>, O>;
type Small = Run<f32, Mlp<Relu>, Sgd>;

fn start<F: Real, M: Model<F>, O: Optimizer<F>>(
    model: M,
    optimizer: impl FnOnce(&M) -> O,
    batch: usize,
) -> Run<F, M, O> {
    let seeds = Seeds::from(1);
    let distribution = ParityDistribution::from(parity(model.dim(), 2, &seeds));
    let optimizer = optimizer(&model);
    trainer(
        model,
        Hinge,
        Online::new(distribution, &seeds),
        optimizer,
        batch,
        &seeds,
    )
}

fn sgd(model: &impl Architecture) -> Sgd {
    Sgd::new(model.layout(), Rule::rate(0.1)).unwrap()
}

/// A run of few parameters, so that every bit of its file can be tried.
fn small() -> Small {
    start(Mlp::new(6, 2, Relu).unwrap(), sgd, 3)
}

/// A file of the small run after 5 steps, in a folder of its own.
fn saved() -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.ckpt");
    let mut run = small();
    run.run(5, ());
    run.save(&path, &()).unwrap();
    (folder, path)
}

/// What a state must keep when a file is refused: steps, parameters, and how the run goes on.
fn future(run: &mut Small) -> (u64, Vec<u64>, Vec<u64>) {
    let (steps, now) = (run.steps(), bits(run.theta()));
    run.run(10, ());
    (steps, now, bits(run.theta()))
}

/// The run after two steps, which is not the saved one.
fn elsewhere() -> Small {
    let mut run = small();
    run.run(2, ());
    run
}

/// The text of the error with which the small run refuses a file, left as it was.
fn refusal(path: &Path) -> String {
    let mut run = elsewhere();
    let error = run.resume(path, &mut ()).unwrap_err();
    assert!(matches!(error, Error::Checkpoint { .. }), "{error:?}");
    assert_eq!(future(&mut run), future(&mut elsewhere()));
    named(&error, path)
}

fn named(error: &Error, path: &Path) -> String {
    let text = error.to_string();
    assert!(text.contains(&path.display().to_string()), "{text}");
    text
}

#[test]
fn a_whole_checkpoint_is_taken_up() {
    let (_folder, path) = saved();
    let (mut run, mut again) = (small(), elsewhere());
    run.run(5, ());
    again.resume(&path, &mut ()).unwrap();
    assert_eq!(future(&mut run), future(&mut again));
}

#[test]
fn a_checkpoint_cut_off_anywhere_is_refused() {
    let (_folder, path) = saved();
    let whole = fs::read(&path).unwrap();
    for length in 0..whole.len() {
        fs::write(&path, &whole[..length]).unwrap();
        let text = refusal(&path);
        assert!(
            text.contains("damaged") && text.contains("start again"),
            "{text}"
        );
    }
}

#[test]
fn a_checkpoint_with_a_flipped_bit_is_refused() {
    let (_folder, path) = saved();
    let whole = fs::read(&path).unwrap();
    let mut run = small();
    for place in 0..whole.len() {
        let mut damaged = whole.clone();
        damaged[place] ^= 1 << (place % 8);
        fs::write(&path, &damaged).unwrap();
        let error = run.resume(&path, &mut ()).unwrap_err();
        assert!(
            matches!(error, Error::Checkpoint { .. }),
            "byte {place}: {error:?}"
        );
    }
    assert_eq!(future(&mut run), future(&mut small()));
}

#[test]
fn a_file_of_something_else_is_refused() {
    let (_folder, path) = saved();
    for content in [&b"{\"seed\": 1}"[..], &[0xff; 64], &[0; 64], "τ".as_bytes()] {
        fs::write(&path, content).unwrap();
        assert!(refusal(&path).contains("no checkpoint"));
    }
}

#[test]
fn a_checkpoint_with_something_behind_it_is_refused() {
    let (_folder, path) = saved();
    let mut bytes = fs::read(&path).unwrap();
    bytes.extend_from_slice(b"more");
    fs::write(&path, &bytes).unwrap();
    assert!(refusal(&path).contains("damaged"));
}

#[test]
fn a_checkpoint_of_another_version_is_refused() {
    let (_folder, path) = saved();
    let mut bytes = fs::read(&path).unwrap();
    let version = concat!("sparse-parity ", env!("CARGO_PKG_VERSION"));
    let place = bytes
        .windows(version.len())
        .position(|part| part == version.as_bytes());
    bytes[place.unwrap() + "sparse-parity ".len()] = b'9';
    let body = bytes.len() - 4;
    let checksum = crc::Crc::<u32>::new(&crc::CRC_32_ISO_HDLC).checksum(&bytes[..body]);
    bytes[body..].copy_from_slice(&checksum.to_le_bytes());
    fs::write(&path, &bytes).unwrap();
    let text = refusal(&path);
    assert!(
        text.contains("sparse-parity 9") && text.contains(version),
        "{text}"
    );
}

/// Asserts that `run` refuses the file of the small run, names what differs, and stays as it was.
fn assert_foreign<F, M, O>(mut run: Run<F, M, O>, path: &Path, saved: &str, own: &str)
where
    F: Real,
    M: Model<F>,
    O: Optimizer<F> + serde::Serialize + serde::de::DeserializeOwned + Clone,
{
    run.run(2, ());
    let before = (run.steps(), bits(run.theta()));
    let error = run.resume(path, &mut ()).unwrap_err();
    assert!(matches!(error, Error::Checkpoint { .. }), "{error:?}");
    let text = named(&error, path);
    assert!(text.contains(saved) && text.contains(own), "{text}");
    assert!(text.contains("rebuild the saved run"), "{text}");
    assert_eq!((run.steps(), bits(run.theta())), before);
}

#[test]
fn a_checkpoint_of_another_kind_of_run_is_refused() {
    let (_folder, path) = saved();
    let mlp = |n, width| Mlp::new(n, width, Relu).unwrap();
    let adam = |model: &Mlp<Relu>| Adam::<f32>::new(model.layout(), Rule::rate(0.1)).unwrap();
    assert_foreign::<f32, _, _>(start(mlp(6, 3), sgd, 3), &path, "width: 2", "width: 3");
    assert_foreign::<f32, _, _>(start(mlp(7, 2), sgd, 3), &path, "n=6", "n=7");
    assert_foreign::<f32, _, _>(start(mlp(6, 2), sgd, 4), &path, "B=3", "B=4");
    assert_foreign::<f64, _, _>(start(mlp(6, 2), sgd, 3), &path, "f32", "f64");
    assert_foreign::<f32, _, _>(start(mlp(6, 2), adam, 3), &path, "Sgd", "Adam");
    let gaussian = mlp(6, 2).with_init(Init::Gaussian).unwrap();
    assert_foreign::<f32, _, _>(start(gaussian, sgd, 3), &path, "Uniform", "Gaussian");
    let bare = mlp(6, 2).without_hidden_bias();
    assert_foreign::<f32, _, _>(
        start(bare, sgd, 3),
        &path,
        "biases: Trained",
        "biases: None",
    );
    let sine = Mlp::new(6, 2, Sine).unwrap();
    assert_foreign::<f32, _, _>(start(sine, sgd, 3), &path, "Relu", "Sine");
    let polynet = PolyNet::new(6, 2).unwrap();
    assert_foreign::<f32, _, _>(start(polynet, sgd, 3), &path, "Mlp", "PolyNet");
}

#[test]
fn a_checkpoint_of_another_loss_is_refused() {
    let (_folder, path) = saved();
    let (seeds, model) = (Seeds::from(1), Mlp::new(6, 2, Relu).unwrap());
    let distribution = ParityDistribution::from(parity(6, 2, &seeds));
    let optimizer = sgd(&model);
    let mut run = trainer::<f32, _, _, _, _>(
        model,
        Square,
        Online::new(distribution, &seeds),
        optimizer,
        3,
        &seeds,
    );
    let text = run.resume(&path, &mut ()).unwrap_err().to_string();
    assert!(text.contains("Hinge") && text.contains("Square"), "{text}");
}

#[test]
fn paths_that_cannot_be_read_or_written_are_errors_with_the_path() {
    let (folder, _path) = saved();
    let mut run = elsewhere();
    let missing = folder.path().join("missing.ckpt");
    let nowhere = folder.path().join("no such folder").join("run.ckpt");
    for path in [&missing, &nowhere, &folder.path().to_owned()] {
        let error = run.resume(path, &mut ()).unwrap_err();
        assert!(matches!(error, Error::Io { .. }), "{error:?}");
        named(&error, path);
    }
    for path in [&nowhere, &folder.path().to_owned()] {
        let error = run.save(path, &()).unwrap_err();
        assert!(matches!(error, Error::Io { .. }), "{error:?}");
        named(&error, path);
    }
    assert_eq!(future(&mut run), future(&mut elsewhere()));
    // Nothing but the checkpoint is left behind.
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn saving_again_replaces_the_file_as_a_whole() {
    let (folder, path) = saved();
    let mut run = elsewhere();
    run.save(&path, &()).unwrap();
    let mut again = small();
    again.resume(&path, &mut ()).unwrap();
    assert_eq!(future(&mut run), future(&mut again));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

/// A run whose parts can be changed one at a time.
struct Changed {
    support: [usize; 2],
    noise: f64,
    seeds: Seeds,
    rules: Rules,
}

impl Default for Changed {
    fn default() -> Self {
        Changed {
            support: [1, 4],
            noise: 0.0,
            seeds: Seeds::from(1),
            rules: Rule::rate(0.1).into(),
        }
    }
}

impl Changed {
    fn start(self) -> Small {
        let Changed {
            support,
            noise,
            seeds,
            rules,
        } = self;
        let model = Mlp::new(6, 2, Relu).unwrap();
        let distribution = ParityDistribution::new(6, &support).unwrap();
        let distribution = distribution.with_label_noise(noise).unwrap();
        let sgd = Sgd::new(model.layout(), rules).unwrap();
        trainer(
            model,
            Hinge,
            Online::new(distribution, &seeds),
            sgd,
            3,
            &seeds,
        )
    }
}

#[test]
fn a_checkpoint_of_another_law_seed_or_rule_is_refused_with_the_difference() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.ckpt");
    let mut saved = Changed::default().start();
    saved.run(5, ());
    saved.save(&path, &()).unwrap();
    let seeds = Seeds::from(1);
    let frozen = Rules::from(Rule::rate(0.1)).on("output", Rule::frozen());
    let changes = [
        (
            Changed {
                support: [2, 5],
                ..Changed::default()
            },
            "S = [1, 4]",
            "S = [2, 5]",
        ),
        (
            Changed {
                noise: 0.25,
                ..Changed::default()
            },
            "label noise is 0.0",
            "0.25 here",
        ),
        (
            Changed {
                seeds: Seeds { train: 2, ..seeds },
                ..Changed::default()
            },
            "seed of the inputs is 1",
            "2 (stream",
        ),
        (
            Changed {
                seeds: Seeds { noise: 2, ..seeds },
                ..Changed::default()
            },
            "seed of the label noise is 1",
            "2 (stream",
        ),
        (
            Changed {
                seeds: Seeds { init: 2, ..seeds },
                ..Changed::default()
            },
            "initial values",
            "hash",
        ),
        (
            Changed {
                rules: Rule::rate(0.2).into(),
                ..Changed::default()
            },
            "rule of hidden.weight is rate Constant(0.1)",
            "rate Constant(0.2)",
        ),
        (
            Changed {
                rules: Rule::rate(0.1).with_decay(0.5).into(),
                ..Changed::default()
            },
            "decay Constant(0.0)",
            "decay Constant(0.5)",
        ),
        (
            Changed {
                rules: frozen,
                ..Changed::default()
            },
            "rule of output.weight",
            "frozen here",
        ),
    ];
    for (changed, saved, own) in changes {
        assert_foreign(changed.start(), &path, saved, own);
    }
    let mut same = Changed::default().start();
    same.resume(&path, &mut ()).unwrap();
    assert_eq!(bits(same.theta()), bits(saved.theta()));
}

#[test]
fn observers_with_other_settings_are_refused_and_may_change_afterwards() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.ckpt");
    let every = |steps| Interval::every(steps).unwrap();
    let recorder = |steps| Recorder::new(every(steps)).with(BatchLoss);
    let block = |name| WeightTrace::new(small().model(), name, every(2)).unwrap();
    let (mut run, mut seen) = (small(), (recorder(2), block("hidden.weight")));
    run.run(6, &mut seen);
    run.save(&path, &seen).unwrap();
    let mut others = [
        (recorder(3), block("hidden.weight")),
        (recorder(2).with(BatchError), block("hidden.weight")),
    ];
    let words = [
        "every 2 steps in the file, and every 3 steps here",
        "batch error",
    ];
    for (other, words) in others.iter_mut().zip(words) {
        let error = small().resume(&path, other).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }
    // The documented way in: as it was saved, and changed then.
    let (mut run, mut seen) = (small(), (recorder(2), block("hidden.weight")));
    run.resume(&path, &mut seen).unwrap();
    let mut denser = seen.0.with_interval(every(1));
    run.set_rules(Rule::rate(0.01)).unwrap();
    run.run(3, &mut denser);
    let steps = denser.table().column("step").unwrap();
    assert_eq!(steps, [0.0, 2.0, 4.0, 6.0, 7.0, 8.0, 9.0]);
    // What goes on is saved and resumed as what it is now.
    run.save(&path, &()).unwrap();
    assert!(small().resume(&path, &mut ()).is_err());
    let changed = Changed {
        rules: Rule::rate(0.01).into(),
        ..Changed::default()
    };
    assert!(
        changed.start().resume(&path, &mut ()).is_err(),
        "another support"
    );
}

#[test]
fn a_checkpoint_of_an_earlier_version_is_compared_as_far_as_it_goes() {
    let (_folder, path) = saved();
    let bytes = fs::read(&path).unwrap();
    // The text that tells the run, behind its length, had one line.
    let length = usize::from(bytes[0] & 127) + (usize::from(bytes[1]) << 7);
    let run = &bytes[2..2 + length];
    let line = run.iter().position(|byte| *byte == b'\n').unwrap();
    let mut former = vec![line as u8 | 128, (line >> 7) as u8];
    former.extend_from_slice(&run[..line]);
    former.extend_from_slice(&bytes[2 + length..bytes.len() - 4]);
    let checksum = crc::Crc::<u32>::new(&crc::CRC_32_ISO_HDLC).checksum(&former);
    former.extend_from_slice(&checksum.to_le_bytes());
    fs::write(&path, former).unwrap();
    let (mut run, mut again) = (small(), elsewhere());
    run.run(5, ());
    again.resume(&path, &mut ()).unwrap();
    assert_eq!(future(&mut run), future(&mut again));
    let other = Changed {
        rules: Rule::rate(0.2).into(),
        ..Changed::default()
    };
    let error = other.start().resume(&path, &mut ()).unwrap_err();
    assert!(error.to_string().contains("Constant(0.2)"), "{error}");
}

#[cfg(unix)]
#[test]
fn a_checkpoint_keeps_its_permissions_and_a_link_to_it() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let (folder, path) = saved();
    let usual = folder.path().join("usual");
    fs::write(&usual, "").unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode();
    assert_eq!(mode(&path), mode(&usual));
    let link = folder.path().join("latest.ckpt");
    symlink("run.ckpt", &link).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    let mut run = elsewhere();
    run.save(&link, &()).unwrap();
    assert_eq!(mode(&path) & 0o777, 0o640);
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    let mut again = small();
    again.resume(&path, &mut ()).unwrap();
    assert_eq!(future(&mut run), future(&mut again));
}

/// Every setting is told, and nothing that a run changes.
#[test]
fn what_differs_in_a_setting_has_another_identity() {
    let model = Mlp::new(6, 2, Relu).unwrap();
    let layout = model.layout();
    let rule = || Rule::rate(0.1);
    let momentum = || Momentum::<f32>::new(layout, rule()).unwrap();
    let sign = || SignSgd::new(layout, rule()).unwrap();
    let adam = || Adam::<f32>::new(layout, rule()).unwrap();
    let behind = |filter: Box<dyn Filter<f32>>| {
        let sgd = Sgd::new(layout, rule()).unwrap();
        Box::new(Filtered::new(filter, sgd)) as Box<dyn Optimizer<f32>>
    };
    let ema = || GrokfastEma::new(layout);
    let ma = || GrokfastMa::new(layout).unwrap();
    let mut optimizers: Vec<Box<dyn Optimizer<f32>>> = vec![
        Box::new(Sgd::new(layout, rule()).unwrap()),
        Box::new(Sgd::new(layout, Rule::rate(0.2)).unwrap()),
        Box::new(Sgd::new(layout, rule().with_decay(0.1).by(Decay::Scaled)).unwrap()),
        Box::new(momentum()),
        Box::new(momentum().with_momentum(0.5).unwrap()),
        Box::new(momentum().nesterov()),
        Box::new(sign()),
        Box::new(sign().with_threshold(0.5).unwrap()),
        Box::new(adam()),
        Box::new(adam().with_betas(0.8, 0.999).unwrap()),
        Box::new(adam().with_betas(0.9, 0.99).unwrap()),
        Box::new(adam().with_epsilon(1e-6).unwrap()),
        Box::new(AdamW::<f32>::new(layout, rule()).unwrap()),
        behind(Box::new(ema())),
        behind(Box::new(ema().with_alpha(0.5).unwrap())),
        behind(Box::new(ema().with_lambda(0.5).unwrap())),
        behind(Box::new(ma())),
        behind(Box::new(ma().with_window(3).unwrap())),
        behind(Box::new(ma().with_lambda(0.5).unwrap())),
        behind(Box::new(Egalitarian::new())),
        behind(Box::new(Egalitarian::by_rows())),
    ];
    let identities = |all: &[Box<dyn Optimizer<f32>>]| {
        all.iter()
            .map(|optimizer| optimizer.identity())
            .collect::<Vec<_>>()
    };
    let before = identities(&optimizers);
    let theta = Params::<f32>::draw(layout, &mut Seeds::from(1).stream(Purpose::Init));
    for optimizer in &mut optimizers {
        optimizer.step(0, &mut theta.clone(), &theta);
    }
    assert_eq!(identities(&optimizers), before);
    all_differ(&before);

    let (seeds, other) = (Seeds::from(1), Seeds::from(2));
    let law = |support: &[usize]| ParityDistribution::new(6, support).unwrap();
    let epochs = |m, seeds| Epochs::draw(&law(&[1, 2]), m, seeds).unwrap();
    let first =
        |p| Labelled::new(Biased::new(6, p).unwrap(), law(&[1, 2]).parity().clone()).unwrap();
    let phases = |p| Curriculum::new(first(p), 3, law(&[1, 2]), &seeds).unwrap();
    let mut streams: Vec<Box<dyn BatchStream<f32>>> = vec![
        Box::new(Online::new(law(&[1, 2]), &seeds)),
        Box::new(Online::new(law(&[1, 3]), &seeds)),
        Box::new(Online::new(law(&[1, 2]), &other)),
        Box::new(Online::new(first(0.25), &seeds)),
        Box::new(Online::new(RandomLabels::new(6).unwrap(), &seeds)),
        Box::new(epochs(5, &seeds)),
        Box::new(epochs(6, &seeds)),
        Box::new(epochs(5, &other)),
        Box::new(phases(0.25)),
        Box::new(phases(0.125)),
        Box::new(Population::new(Parity::new(6, &[1, 2]).unwrap()).unwrap()),
        Box::new(Population::new(Majority::new(6, &[1, 2, 3]).unwrap()).unwrap()),
    ];
    let identities = |all: &[Box<dyn BatchStream<f32>>]| {
        all.iter()
            .map(|stream| stream.identity())
            .collect::<Vec<_>>()
    };
    let before = identities(&streams);
    let mut batch = Batch::new(4, 6).unwrap();
    for stream in &mut streams {
        stream.fill(&mut batch);
    }
    assert_eq!(identities(&streams), before);
    all_differ(&before);
}

fn all_differ(identities: &[String]) {
    let mut sorted = identities.to_vec();
    sorted.sort();
    sorted.dedup();
    assert_eq!(sorted.len(), identities.len(), "{identities:#?}");
}
