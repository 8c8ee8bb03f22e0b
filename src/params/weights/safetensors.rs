//! The format of *safetensors*: a header in JSON, then the numbers, little-endian and row-major.

use super::Named;
use crate::params::Params;
use crate::real::Real;
use ndarray::{ArrayD, IxDyn};
use safetensors::tensor::{Dtype, SafeTensors, TensorView};

pub(super) fn bytes<F: Real>(theta: &Params<F>) -> Result<Vec<u8>, String> {
    let is_single = size_of::<F>() == size_of::<f32>();
    let dtype = if is_single { Dtype::F32 } else { Dtype::F64 };
    let numbers: Vec<Vec<u8>> = theta
        .blocks()
        .map(|(_, block)| match is_single {
            // Iteration is row-major, whatever the order in memory.
            true => block
                .iter()
                .flat_map(|x| (x.as_f64() as f32).to_le_bytes())
                .collect(),
            false => block
                .iter()
                .flat_map(|x| x.as_f64().to_le_bytes())
                .collect(),
        })
        .collect();
    let views = theta
        .blocks()
        .zip(&numbers)
        .map(|((name, block), numbers)| {
            let view = TensorView::new(dtype, block.shape().to_vec(), numbers);
            view.map(|view| (name, view))
                .map_err(|error| error.to_string())
        });
    let views: Vec<_> = views.collect::<Result<_, String>>()?;
    safetensors::serialize(views, None).map_err(|error| error.to_string())
}

pub(super) fn arrays(bytes: &[u8]) -> Result<Vec<Named>, String> {
    let file = SafeTensors::deserialize(bytes);
    let file = file.map_err(|error| format!("it is no safetensors file, or damaged: {error}"))?;
    let mut arrays = Vec::new();
    for (name, tensor) in file.tensors() {
        let data = tensor.data();
        let numbers: Vec<f64> = match tensor.dtype() {
            Dtype::F32 => {
                let (chunks, _) = data.as_chunks();
                chunks
                    .iter()
                    .map(|it| f32::from_le_bytes(*it).into())
                    .collect()
            }
            Dtype::F64 => {
                let (chunks, _) = data.as_chunks();
                chunks.iter().map(|it| f64::from_le_bytes(*it)).collect()
            }
            other => {
                return Err(format!(
                    "{name} has numbers of type {other:?}; store it as F32 or F64"
                ));
            }
        };
        let array = ArrayD::from_shape_vec(IxDyn(tensor.shape()), numbers);
        arrays.push((name, array.map_err(|error| error.to_string())?));
    }
    Ok(arrays)
}
