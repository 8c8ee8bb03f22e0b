//! The format of numpy: an archive with an `.npy` file for each array.

use super::Named;
use crate::params::Params;
use crate::real::Real;
use ndarray::{ArrayD, IxDyn, OwnedRepr};
use ndarray_npy::{
    NpzReader, NpzWriter, ReadDataError, ReadNpyError, ReadNpzError, ReadableElement,
};
use py_literal::Value;
use std::io::{Cursor, Read};

pub(super) fn bytes<F: Real>(theta: &Params<F>) -> Result<Vec<u8>, String> {
    let mut file = NpzWriter::new(Cursor::new(Vec::new()));
    for (name, block) in theta.blocks() {
        // A new array is row-major.
        let shape = IxDyn(block.shape());
        let numbers = block.iter().map(|x| x.as_f64());
        let added = match size_of::<F>() == size_of::<f32>() {
            true => {
                let numbers = numbers.map(|x| x as f32).collect();
                let array = ArrayD::from_shape_vec(shape, numbers);
                file.add_array(name, &array.map_err(|error| error.to_string())?)
            }
            false => {
                let array = ArrayD::from_shape_vec(shape, numbers.collect());
                file.add_array(name, &array.map_err(|error| error.to_string())?)
            }
        };
        added.map_err(|error| error.to_string())?;
    }
    let file = file.finish().map_err(|error| error.to_string())?;
    Ok(file.into_inner())
}

pub(super) fn arrays(bytes: &[u8]) -> Result<Vec<Named>, String> {
    let damaged = |error| format!("it is no .npz file, or damaged: {error}");
    let mut file = NpzReader::new(Cursor::new(bytes)).map_err(damaged)?;
    let names = file.names().map_err(damaged)?;
    let mut arrays = Vec::new();
    for (index, name) in names.into_iter().enumerate() {
        let array = file.by_index::<OwnedRepr<Number>, IxDyn>(index);
        let array = array.map_err(|error| match error {
            ReadNpzError::Npy(ReadNpyError::WrongDescriptor(found)) => {
                format!("{name} has numbers of type {found}; store it as float32 or float64")
            }
            error => format!("{name} cannot be read: {error}"),
        })?;
        arrays.push((name, array.mapv(|number| number.0)));
    }
    Ok(arrays)
}

/// A number in single or double precision.
#[derive(Debug, Clone, Copy)]
struct Number(f64);

impl ReadableElement for Number {
    /// Reads as many numbers as there are, and only then compares with `len`, which a damaged header may state.
    fn read_to_end_exact_vec<R: Read>(
        mut reader: R,
        type_desc: &Value,
        len: usize,
    ) -> Result<Vec<Self>, ReadDataError> {
        let mut bytes = Vec::new();
        let mut read = |size: usize| -> Result<(), ReadDataError> {
            let wanted = len.saturating_mul(size);
            reader
                .by_ref()
                .take(wanted as u64)
                .read_to_end(&mut bytes)?;
            if bytes.len() < wanted {
                return Err(ReadDataError::MissingData);
            }
            match reader.read(&mut [0])? {
                0 => Ok(()),
                more => Err(ReadDataError::ExtraBytes(more)),
            }
        };
        match type_desc.as_string().map(String::as_str) {
            Some("<f4") => read(4).map(|()| numbers(&bytes, |it| f32::from_le_bytes(it).into())),
            Some(">f4") => read(4).map(|()| numbers(&bytes, |it| f32::from_be_bytes(it).into())),
            Some("<f8") => read(8).map(|()| numbers(&bytes, f64::from_le_bytes)),
            Some(">f8") => read(8).map(|()| numbers(&bytes, f64::from_be_bytes)),
            _ => Err(ReadDataError::WrongDescriptor(type_desc.clone())),
        }
    }
}

fn numbers<const N: usize>(bytes: &[u8], number: impl Fn([u8; N]) -> f64) -> Vec<Number> {
    let (chunks, _) = bytes.as_chunks();
    chunks.iter().map(|chunk| Number(number(*chunk))).collect()
}
