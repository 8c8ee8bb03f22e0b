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
