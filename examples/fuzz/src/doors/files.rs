//! Files: rows, checkpoints, weights.

use crate::{Answer, Door};
use serde::{Deserialize, Serialize};
use sparse_parity::activation::Relu;
use sparse_parity::data::{Online, ParityDistribution};
use sparse_parity::loss::Hinge;
use sparse_parity::measure::{BatchLoss, Interval, Recorder};
use sparse_parity::model::{Architecture, Mlp};
use sparse_parity::optim::{Adam, Rule};
use sparse_parity::params::Params;
use sparse_parity::seeds::{Purpose, Seeds};
use sparse_parity::sweep::{Cell, Sweep};
use sparse_parity::train::Trainer;
use sparse_parity::trial::{Learner, PolyNetSettings, Trial};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

pub(super) fn doors() -> Vec<Door> {
    vec![
        Door::new("rows", in_file("rows.jsonl", rows)).rare(4),
        Door::new("kept", in_file("sweep.toml", kept)).rare(4),
        Door::new("checkpoint", in_file("run.ckpt", resume)).rare(4),
        Door::new(
            "checkpoint_sealed",
            in_file("run.ckpt", |file| {
                let bytes = fs::read(file).expect("it was written");
                fs::write(file, sealed(&bytes)).expect("a file in a folder of this process");
                resume(file)
            }),
        )
        .rare(4),
        Door::new("npz", in_file("theta.npz", weights)).rare(4),
        Door::new("safetensors", in_file("theta.safetensors", weights)).rare(4),
    ]
}

/// Writes the input to a file of a folder of its own and hands over its path.
fn in_file(
    name: &'static str,
    read: impl Fn(&Path) -> Answer + 'static,
) -> impl Fn(&[u8]) -> Answer + 'static {
    let folder: TempDir = tempfile::tempdir().expect("a folder for files");
    move |input| {
        let path = folder.path().join(name);
        fs::write(&path, input).expect("a file in a folder of this process");
        read(&path)
    }
}

/// The sweep whose rows are in the corpus.
fn sweep() -> Sweep {
    let trial = Trial {
        learner: Learner::PolyNet(PolyNetSettings::default()),
        max_steps: 400,
        rate: 0.05.into(),
        ..Trial::new(6, 2)
    };
    Sweep::new([Cell::new(trial, 3)]).expect("a sweep")
}

fn rows(file: &Path) -> Answer {
    let folder = file.parent().expect("it is in a folder");
    let table = folder.join("table.csv");
    let sweep = sweep();
    let answer = Answer::of(sweep.gather(folder, &table));
    let outcomes = sweep.outcomes(folder);
    assert_eq!(outcomes.is_ok(), answer == Answer::Accepted);
    if let Ok(outcomes) = outcomes {
        let _ = outcomes.times(0);
        for record in outcomes.of(0) {
            assert!(
                record.steps <= 400 && (0.0..=1.0).contains(&record.final_accuracy),
                "{record:?}"
            );
        }
    }
    answer
}

/// What is kept of a sweep in the folder of its rows.
fn kept(file: &Path) -> Answer {
    let before = fs::read(file).expect("it was written");
    let folder = file.parent().expect("it is in a folder");
    let sweep: sparse_parity::sweep::SweepFile = "seeds = 2\n[trial]\nn = 10\nk = 2"
        .parse()
        .expect("a sweep file");
    let answer = Answer::of(sweep.keep(folder));
    let is_there = |file: PathBuf| fs::read(file).is_ok_and(|bytes| bytes == before);
    let mut files = fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path());
    assert!(
        answer == Answer::Accepted || files.any(is_there),
        "a file of a user was lost"
    );
    for other in fs::read_dir(folder).expect("a folder") {
        let _ = fs::remove_file(other.expect("an entry").path());
    }
    answer
}

type Run = Trainer<f32, Mlp<Relu>, Hinge, Online<ParityDistribution>, Adam<f32>>;

/// The run whose checkpoint is in the corpus, and its recorder.
pub(crate) fn run() -> sparse_parity::Result<(Run, Recorder<f32, Mlp<Relu>>)> {
    let seeds = Seeds::from(1);
    let model = Mlp::new(6, 3, Relu)?;
    let stream = Online::new(ParityDistribution::new(6, &[1, 2])?, &seeds);
    let theta = Params::draw(model.layout(), &mut seeds.stream(Purpose::Init));
    let adam = Adam::new(model.layout(), Rule::rate(0.01))?;
    let recorder = Recorder::new(Interval::every(2)?).with(BatchLoss);
    Ok((
        Trainer::new(model, Hinge, stream, adam, theta, 4)?,
        recorder,
    ))
}

fn resume(file: &Path) -> Answer {
    let (mut trainer, mut recorder) = run().expect("a run");
    let answer = Answer::of(trainer.resume(file, &mut recorder));
    if answer == Answer::Accepted {
        trainer.run(2, &mut recorder);
    }
    answer
}

/// The parts of a checkpoint.
#[derive(Serialize, Deserialize)]
struct Parts<'a> {
    run: &'a str,
    #[serde(borrow)]
    state: &'a [u8],
}

/// The same checkpoint with the right checksum, and with the text that identifies the run.
fn sealed(bytes: &[u8]) -> Vec<u8> {
    let parts: Result<Parts<'_>, _> = postcard::from_bytes(bytes);
    let checksum = crc::Crc::<u32>::new(&crc::CRC_32_ISO_HDLC);
    match parts {
        Ok(parts) => {
            postcard::to_stdvec_crc32(&parts, checksum.digest()).expect("parts can be written")
        }
        Err(_) => bytes.to_vec(),
    }
}

fn weights(file: &Path) -> Answer {
    let model = Mlp::new(6, 3, Relu).expect("a model");
    Answer::of(Params::<f32>::load(model.layout(), file))
}
