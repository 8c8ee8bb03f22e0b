//! A run in a file.

use super::{Persist, Stage, Trainer};
use crate::data::{Batch, BatchStream};
use crate::error::{Error, Result};
use crate::loss::Loss;
use crate::model::Model;
use crate::optim::Optimizer;
use crate::params::Params;
use crate::real::Real;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::io::Write;
use std::path::Path;

/// The file: `run` identifies the run, and `state` is read only if that fits.
#[derive(Serialize, Deserialize)]
struct File<'a> {
    run: &'a str,
    #[serde(borrow)]
    state: &'a [u8],
}

/// Everything that changes during a run: step, parameters, stream, optimizer, observer, and the
/// batch of an iterate that was shown but not yet left.
type State<F, S, O, B> = (u64, Params<F>, S, O, B, Option<Batch<F>>);

const CHECKSUM: crc::Crc<u32> = crc::Crc::<u32>::new(&crc::CRC_32_ISO_HDLC);

impl<F, M, L, S, O> Trainer<F, M, L, S, O>
where
    F: Real,
    M: Model<F>,
    L: Loss<F>,
    S: BatchStream<F> + Serialize + DeserializeOwned,
    O: Optimizer<F> + Serialize + DeserializeOwned,
{
    /// Writes the run and the state of its observer to a file, which is replaced as a whole.
    ///
    /// # Errors
    /// [`Error::Io`] if the file cannot be written.
    pub fn save(&self, path: impl AsRef<Path>, observer: &impl Persist) -> Result<()> {
        let path = path.as_ref();
        // As a tuple of references this is written exactly as the `State` that is read.
        let is_shown = self.stage != Stage::Undrawn;
        let batch = is_shown.then_some(&self.batch);
        let (theta, stream, optimizer) = (&self.theta, &self.stream, &self.optimizer);
        let state = (self.step, theta, stream, optimizer, observer.state(), batch);
        let refuse = |error: postcard::Error| Error::Checkpoint {
            path: path.into(),
            reason: format!("the state of the run cannot be stored: {error}"),
        };
        let state = postcard::to_stdvec(&state).map_err(refuse)?;
        let file = File {
            run: &self.fingerprint(observer),
            state: &state,
        };
        let bytes = postcard::to_stdvec_crc32(&file, CHECKSUM.digest()).map_err(refuse)?;
        write_whole(path, &bytes)
    }

    /// Takes up the state of the saved run, which then continues bit for bit as if it had never
    /// stopped.
    ///
    /// Build trainer and observer as at the start of the run, then call this. Parameters, stream
    /// and optimizer with all their settings come from the file.
    ///
    /// ```
    /// use sparse_parity::prelude::*;
    /// # let folder = tempfile::tempdir().expect("a folder for the example");
    /// # let path = folder.path().join("run.ckpt");
    ///
    /// let start = || -> sparse_parity::Result<_> {
    ///     let seeds = Seeds::from(1);
    ///     let model = PolyNet::new(20, 3)?;
    ///     let stream = Online::new(ParityDistribution::new(20, &[1, 2, 3])?, &seeds);
    ///     let theta = Params::<f64>::draw(model.layout(), &mut seeds.stream(Purpose::Init));
    ///     let sgd = Sgd::new(model.layout(), Rule::rate(0.01))?;
    ///     Trainer::new(model, Square, stream, sgd, theta, 16)
    /// };
    /// let mut run = start()?;
    /// run.run(50, ());
    /// run.save(&path, &())?;
    /// run.run(50, ());
    ///
    /// let mut resumed = start()?;
    /// resumed.resume(&path, &mut ())?;
    /// resumed.run(50, ());
    /// assert_eq!(resumed.theta(), run.theta());
    /// # Ok::<(), sparse_parity::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Io`] if the file cannot be read; [`Error::Checkpoint`] if it is damaged, or was
    /// written by another kind of run or another version of this crate;
    /// [`Error::ForeignColumns`] or [`Error::ForeignCriterion`] if an observer has other settings.
    /// The trainer is then unchanged.
    pub fn resume(&mut self, path: impl AsRef<Path>, observer: &mut impl Persist) -> Result<()> {
        let path = path.as_ref();
        let refuse = |reason: String| Error::Checkpoint {
            path: path.into(),
            reason,
        };
        let io = |source| Error::Io {
            path: path.into(),
            source,
        };
        let bytes = std::fs::read(path).map_err(io)?;
        let damaged = |_| refuse(DAMAGED.into());
        let (file, rest): (File<'_>, _) =
            postcard::take_from_bytes_crc32(&bytes, CHECKSUM.digest()).map_err(damaged)?;
        if !rest.is_empty() {
            return Err(refuse(DAMAGED.into()));
        }
        let run = self.fingerprint(observer);
        if file.run != run {
            let saved = file.run;
            return Err(refuse(format!(
                "the checkpoint belongs to the run {saved}, but this run is {run}; rebuild the \
                 saved run, or choose its own file"
            )));
        }
        let (step, theta, stream, optimizer, watched, batch): State<F, S, O, _> =
            postcard::from_bytes(file.state).map_err(damaged)?;
        theta.belongs_to(self.model.layout())?;
        observer.restore(watched)?;

        self.step = step;
        self.theta.assign(&theta)?;
        self.stream = stream;
        self.optimizer = optimizer;
        self.stage = Stage::Undrawn;
        if let Some(batch) = batch {
            self.batch = batch;
            self.evaluate();
            self.complete();
        }
        Ok(())
    }

    /// What must be equal for two runs to continue each other.
    fn fingerprint<P: Persist>(&self, _: &P) -> String {
        format!(
            "sparse-parity {} {} {} B={} {}",
            env!("CARGO_PKG_VERSION"),
            self.model.identity(),
            self.loss.identity(),
            self.batch.len(),
            std::any::type_name::<(F, S, O, P::State)>(),
        )
    }
}

const DAMAGED: &str = "the file is damaged or no checkpoint; start again, or use an older copy";

/// Writes beside the file and renames, so that a crash leaves the old file whole.
fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    let io = |source| Error::Io {
        path: path.into(),
        source,
    };
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(io)?;
    file.write_all(bytes).map_err(io)?;
    file.as_file().sync_all().map_err(io)?;
    file.persist(path).map_err(|error| io(error.error))?;
    Ok(())
}
