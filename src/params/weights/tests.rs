use super::*;
use crate::params::{InitialDistribution, Layout};
use crate::seeds::{Purpose, Seeds};
use ndarray::{Ix1, Ix2, array};
use std::path::PathBuf;
use tempfile::TempDir;

const NAMES: [&str; 2] = ["theta.npz", "theta.safetensors"];

fn layout(rows: usize) -> Arc<Layout> {
    let mut layout = Layout::default();
    let normal = InitialDistribution::Normal { deviation: 1.0 };
    layout.block("hidden.weight", (rows, 3), normal.clone());
    layout.block("hidden.bias", rows, normal);
    layout.into()
}

fn drawn<F: Real>() -> Params<F> {
    Params::draw(&layout(2), &mut Seeds::from(1).stream(Purpose::Init))
}

fn saved<F: Real>(name: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    drawn::<F>().save(&path).unwrap();
    (folder, path)
}

fn refused(layout: &Arc<Layout>, path: &Path) -> String {
    Params::<f32>::load(layout, path).unwrap_err().to_string()
}

#[test]
fn numbers_survive_in_either_precision() {
    for name in NAMES {
        let (_folder, path) = saved::<f32>(name);
        assert_eq!(Params::<f32>::load(&layout(2), &path).unwrap(), drawn());
        let wider = Params::<f64>::load(&layout(2), &path).unwrap();
        let exact = drawn::<f32>();
        let exact = exact.as_slice().iter().map(|x| f64::from(*x));
        assert!(wider.as_slice().iter().copied().eq(exact));
        let (_folder, path) = saved::<f64>(name);
        assert_eq!(Params::<f64>::load(&layout(2), &path).unwrap(), drawn());
        let rounded = Params::<f32>::load(&layout(2), &path).unwrap();
        assert_eq!(rounded, drawn(), "an f32 run starts where the f64 run does");
    }
}

#[test]
fn arrays_in_a_file_are_row_major() {
    let (_folder, path) = saved::<f32>("theta.safetensors");
    let bytes = fs::read(path).unwrap();
    let weight = layout(2).get::<Ix2>("hidden.weight").unwrap();
    let theta = drawn::<f32>();
    let rows: Vec<u8> = theta
        .view(&weight)
        .iter()
        .flat_map(|x| x.to_le_bytes())
        .collect();
    assert!(bytes.windows(rows.len()).any(|window| window == rows));
}

/// Made by numpy 2.4: a matrix of double precision by columns, biases of big-endian single precision, compressed.
#[test]
fn a_file_of_numpy_in_another_order_is_read() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/numpy.npz");
    let layout = layout(2);
    let theta = Params::<f32>::load(&layout, path).unwrap();
    let weight = layout.get::<Ix2>("hidden.weight").unwrap();
    let bias = layout.get::<Ix1>("hidden.bias").unwrap();
    assert_eq!(
        theta.view(&weight),
        array![[0.0, 1.0, 2.0], [3.0, 4.0, 5.5]]
    );
    assert_eq!(theta.view(&bias), array![-1.0, 0.25]);
}

#[test]
fn other_blocks_and_shapes_are_named() {
    for name in NAMES {
        let (_folder, path) = saved::<f32>(name);
        let message = refused(&layout(4), &path);
        assert!(
            message.contains("has the shape [2") && message.contains("in the model [4"),
            "{message}"
        );
        let mut other = Layout::default();
        other.block("output.weight", 2, InitialDistribution::Constant(0.0));
        let message = refused(&other.into(), &path);
        assert!(
            message.contains(r#"the file has not: ["output.weight"]"#),
            "{message}"
        );
        assert!(message.contains(r#""hidden.bias""#), "{message}");
    }
}

#[test]
fn damaged_files_and_other_names_are_refused() {
    let message = refused(&layout(2), Path::new("theta.pt"));
    assert!(
        message.contains("ends in .safetensors or .npz"),
        "{message}"
    );
    let message = refused(&layout(2), Path::new("nowhere/theta.npz"));
    assert!(message.starts_with("nowhere/theta.npz: "), "{message}");
    for name in NAMES {
        let (_folder, path) = saved::<f32>(name);
        let whole = fs::read(&path).unwrap();
        for end in 0..whole.len() {
            fs::write(&path, &whole[..end]).unwrap();
            refused(&layout(2), &path);
        }
    }
}

#[test]
fn a_header_that_states_more_numbers_than_there_are_is_refused() {
    let (_folder, path) = saved::<f32>("theta.npz");
    let bytes = fs::read(&path).unwrap();
    // The header is padded with spaces.
    let shape = b"(2, 3)}             ";
    let place = bytes
        .windows(shape.len())
        .position(|window| window == shape);
    for other in [b"(9, 8)}             ", b"(2, 999999999999)}  "] {
        let mut bytes = bytes.clone();
        bytes[place.unwrap()..][..shape.len()].copy_from_slice(other);
        fs::write(&path, &bytes).unwrap();
        let message = refused(&layout(2), &path);
        assert!(
            message.contains("hidden.weight cannot be read"),
            "{message}"
        );
    }
}
