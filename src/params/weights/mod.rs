//! Parameters as files that other programs read.

mod npz;
mod safetensors;

use super::Params;
use crate::error::{Error, Result};
use crate::files;
use crate::params::Layout;
use crate::real::Real;
use ndarray::ArrayD;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

impl<F: Real> Params<F> {
    /// Writes every block as an array of its name and shape, for numpy, PyTorch and others.
    ///
    /// A name that ends in `.safetensors` or `.npz` gives the format. Arrays are row-major and have the shapes of the
    /// paper: W is `[r, n]`, a row a neuron. Numbers are those of `F`, without loss. The file takes the place of a
    /// former one when it is complete.
    ///
    /// [`load`](Params::load) reads it. Neither the model nor the state of a run is in it: that is in a checkpoint
    /// (`Trainer::save`, feature `serde`).
    ///
    /// ```
    /// use sparse_parity::prelude::*;
    ///
    /// let model = Mlp::new(20, 50, Relu)?;
    /// let theta = Params::<f32>::draw(model.layout(), &mut Seeds::from(1).stream(Purpose::Init));
    /// let folder = tempfile::tempdir()?;
    /// for name in ["theta.safetensors", "theta.npz"] {
    ///     let path = folder.path().join(name);
    ///     theta.save(&path)?;
    ///     assert_eq!(Params::load(model.layout(), &path)?, theta);
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::WeightFormat`] for another ending; [`Error::Io`] if the file cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        let bytes = match Format::of(path)? {
            Format::Npz => npz::bytes(self),
            Format::Safetensors => safetensors::bytes(self),
        };
        let bytes = bytes.map_err(|reason| broken(path, reason))?;
        let io = |source| Error::Io {
            path: path.into(),
            source,
        };
        files::replace(path, io, |file| file.write_all(&bytes).map_err(io))
    }

    /// Reads the blocks of `layout` from a `.safetensors` or `.npz` file, whoever wrote it.
    ///
    /// The file has to hold exactly the blocks of the layout, by name and shape, in single or double precision, and in
    /// either order in memory. Numbers of double precision are rounded if `F` is single.
    ///
    /// # Errors
    /// [`Error::WeightFormat`] for a name with another ending; [`Error::Io`] if the file cannot be read;
    /// [`Error::WeightFile`] if it is damaged or has numbers of another type; [`Error::WeightNames`] for blocks that are
    /// missing or unknown; [`Error::WeightShape`] for a block of another shape.
    pub fn load(layout: &Arc<Layout>, path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let format = Format::of(path)?;
        let bytes = fs::read(path).map_err(|source| Error::Io {
            path: path.into(),
            source,
        })?;
        let arrays = match format {
            Format::Npz => npz::arrays(&bytes),
            Format::Safetensors => safetensors::arrays(&bytes),
        };
        let arrays = arrays.map_err(|reason| broken(path, reason))?;
        same_names(layout, &arrays, path)?;
        let mut theta = Params::zeros(layout);
        for (name, values) in arrays {
            let block = layout.get(&name)?;
            let mut view = theta.view_mut::<ndarray::IxDyn>(&block);
            if view.shape() != values.shape() {
                return Err(Error::WeightShape {
                    path: path.into(),
                    name,
                    expected: view.shape().to_vec(),
                    found: values.shape().to_vec(),
                });
            }
            view.zip_mut_with(&values, |w, value| *w = F::of(*value));
        }
        Ok(theta)
    }
}

/// An array of a file with its name; single precision is exact in double.
type Named = (String, ArrayD<f64>);

enum Format {
    Npz,
    Safetensors,
}

impl Format {
    fn of(path: &Path) -> Result<Self> {
        match path.extension().and_then(|ending| ending.to_str()) {
            Some("npz") => Ok(Format::Npz),
            Some("safetensors") => Ok(Format::Safetensors),
            _ => Err(Error::WeightFormat { path: path.into() }),
        }
    }
}

fn broken(path: &Path, reason: String) -> Error {
    Error::WeightFile {
        path: path.into(),
        reason,
    }
}

/// Whether the file holds the blocks of the layout and nothing else.
fn same_names(layout: &Layout, arrays: &[Named], path: &Path) -> Result<()> {
    let is_there = |name: &&str| arrays.iter().any(|(found, _)| found == name);
    let is_known = |name: &str| layout.names().any(|known| known == name);
    let missing: Vec<String> = layout
        .names()
        .filter(|it| !is_there(it))
        .map(Into::into)
        .collect();
    let unknown = arrays.iter().map(|(name, _)| name);
    let unknown: Vec<String> = unknown.filter(|it| !is_known(it)).cloned().collect();
    if missing.is_empty() && unknown.is_empty() {
        return Ok(());
    }
    Err(Error::WeightNames {
        path: path.into(),
        missing,
        unknown,
    })
}

#[cfg(test)]
mod tests;
