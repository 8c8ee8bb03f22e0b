//! A run in a file.

use super::difference::{of_lines, of_runs};
use super::parts::same_dim;
use super::{Persist, Stage, Trainer};
use crate::data::{Batch, BatchStream};
use crate::error::{Error, MOST_BYTES, Result};
use crate::files;
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
        let wrap = |source| Error::Io {
            path: path.into(),
            source,
        };
        files::replace(path, wrap, |file| file.write_all(&bytes).map_err(wrap))
    }

    /// Takes up the state of the saved run, which then continues bit for bit as if it had never
    /// stopped.
    ///
    /// Build trainer and observer as at the start of the run, then call this. Parameters, and the states of stream,
    /// optimizer and observer come from the file; their settings have to be those of the saved run: model, loss and batch
    /// size, distribution, support and seeds, initial values, the optimizer's rules, and what the observer records or
    /// waits for.
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
    /// # A deliberate change
    ///
    /// Resume the run as it was saved, and change it then. Optimizers take [other rules](Trainer::set_rules) and keep what
    /// they have learned, recorders and traces take another interval (`with_interval`), and a run goes on with
    /// [another stream](Trainer::with_stream).
    ///
    /// ```
    /// use sparse_parity::prelude::*;
    /// # let folder = tempfile::tempdir().expect("a folder for the example");
    /// # let path = folder.path().join("run.ckpt");
    /// # let start = |seed: u64, rate| -> sparse_parity::Result<_> {
    /// #     let seeds = Seeds::from(seed);
    /// #     let model = PolyNet::new(20, 3)?;
    /// #     let stream = Online::new(ParityDistribution::new(20, &[1, 2, 3])?, &seeds);
    /// #     let theta = Params::<f64>::draw(model.layout(), &mut seeds.stream(Purpose::Init));
    /// #     let adam = Adam::new(model.layout(), Rule::rate(rate))?;
    /// #     Trainer::new(model, Square, stream, adam, theta, 16)
    /// # };
    /// # let mut run = start(1, 0.01)?;
    /// # run.run(50, ());
    /// # run.save(&path, &())?;
    ///
    /// // Built with another rate, it is not the saved run.
    /// let error = start(1, 0.001)?.resume(&path, &mut ()).unwrap_err();
    /// assert!(error.to_string().contains("rate Constant(0.01)"));
    ///
    /// let mut run = start(1, 0.01)?;
    /// run.resume(&path, &mut ())?;
    /// run.set_rules(Rule::rate(0.001))?;
    /// run.run(50, ());
    /// # Ok::<(), sparse_parity::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Io`] if the file cannot be read; [`Error::Checkpoint`] if it is damaged, or was
    /// written by another run, whose differences are named, or another version of this crate;
    /// [`Error::ForeignObserver`], [`Error::ForeignColumns`] or [`Error::ForeignCriterion`] if an observer has other
    /// settings in a file of an earlier version. The trainer is then unchanged.
    pub fn resume(&mut self, path: impl AsRef<Path>, observer: &mut impl Persist) -> Result<()> {
        let path = path.as_ref();
        let refuse = |reason: String| Error::Checkpoint {
            path: path.into(),
            reason,
        };
        let wrap = |source| Error::Io {
            path: path.into(),
            source,
        };
        let bytes = files::read_regular(path, MOST_BYTES as u64).map_err(wrap)?;
        let damaged = |_| refuse(DAMAGED.into());
        let (file, rest): (File<'_>, _) =
            postcard::take_from_bytes_crc32(&bytes, CHECKSUM.digest()).map_err(damaged)?;
        if !rest.is_empty() {
            return Err(refuse(DAMAGED.into()));
        }
        let own = self.fingerprint(observer);
        let differ = |differences: &[String]| match differences {
            [] => Ok(()),
            some => Err(refuse(format!(
                "the checkpoint is that of another run: {}; rebuild the saved run, and change it after resuming, \
                 or choose another file",
                some.join("; ")
            ))),
        };
        differ(&of_runs(file.run, &own))?;
        let (step, theta, stream, optimizer, watched, batch): State<F, S, O, _> =
            postcard::from_bytes(file.state).map_err(damaged)?;
        let settings = [
            of_lines(&stream.identity(), &self.stream.identity()),
            of_lines(&optimizer.identity(), &self.optimizer.identity()),
        ];
        differ(&settings.concat())?;
        theta.belongs_to(self.model.layout())?;
        optimizer.fits(self.model.layout())?;
        same_dim(self.model.dim(), stream.dim())?;
        if batch
            .as_ref()
            .is_some_and(|batch| !self.has_shape_of(batch))
        {
            return Err(refuse(DAMAGED.into()));
        }
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

    /// What must be equal for two runs to continue each other: a line that earlier versions had alone, and settings that
    /// are not in the state, a line each.
    fn fingerprint<P: Persist>(&self, observer: &P) -> String {
        format!(
            "sparse-parity {} {} {} B={} {}\ninitial values = hash {:016x}\n{}",
            env!("CARGO_PKG_VERSION"),
            self.model.identity(),
            self.loss.identity(),
            self.batch.len(),
            std::any::type_name::<(F, S, O, P::State)>(),
            self.origin,
            observer.identity(),
        )
    }

    fn has_shape_of(&self, batch: &Batch<F>) -> bool {
        let shape = |batch: &Batch<F>| (batch.x.rows(), batch.x.dim(), batch.y.len());
        shape(batch) == shape(&self.batch)
    }
}

const DAMAGED: &str = "the file is damaged or no checkpoint; start again, or use an older copy";
