//! Learners, losses and optimizers agree with reference values from automatic differentiation.

use ndarray::{Array1, Array2, ArrayD, IxDyn};
use serde_json::Value;
use sparse_parity::activation::ActivationKind;
use sparse_parity::model::TransformerSettings;
use sparse_parity::prelude::*;

/// In double precision, relative to each number; below 1e-15 rounding is all that is left.
const DOUBLE: Tolerance = (1e-12, 1e-15);
/// In single precision, about 30 roundings of numbers near 1, both relative and absolute.
const SINGLE: Tolerance = (2e-6, 2e-6);
type Tolerance = (f64, f64);

/// The names of the blocks: in the file, and in the crate.
type Names = [(&'static str, &'static str)];
const MLP: &Names = &[
    ("w", "hidden.weight"),
    ("b", "hidden.bias"),
    ("u", "output.weight"),
    ("c", "output.bias"),
];
const POLYNET: &Names = &[("w", "factor.weight"), ("b", "factor.bias")];
const TRANSFORMER: &Names = &[
    ("token", "embedding.token"),
    ("position", "embedding.position"),
    ("query", "embedding.query"),
    ("gain_1", "attention.gain"),
    ("shift_1", "attention.shift"),
    ("gain_2", "hidden.gain"),
    ("shift_2", "hidden.shift"),
    ("w_q", "attention.query"),
    ("w_k", "attention.key"),
    ("w_v", "attention.value"),
    ("w_o", "attention.output"),
    ("w_1", "hidden.weight"),
    ("b_1", "hidden.bias"),
    ("w_2", "output.weight"),
    ("b_2", "output.bias"),
];
const DEEP: &Names = &[
    ("w1", "hidden1.weight"),
    ("b1", "hidden1.bias"),
    ("w2", "hidden2.weight"),
    ("b2", "hidden2.bias"),
    ("w3", "hidden3.weight"),
    ("b3", "hidden3.bias"),
    ("u", "output.weight"),
];

/// Checks a case; a new model is a new arm.
fn check<F: Real>(case: &Value, tolerance: Tolerance) {
    match kind(case).as_str() {
        "mlp relu" => mlp_agrees::<F>(case, Relu, tolerance),
        "mlp power" => mlp_agrees::<F>(case, Power::new(k(case)).unwrap(), tolerance),
        "mlp zigzag" => mlp_agrees::<F>(case, Zigzag::new(k(case)).unwrap(), tolerance),
        "mlp oscillating_polynomial" => {
            let polynomial = OscillatingPolynomial::new(k(case)).unwrap();
            mlp_agrees::<F>(case, polynomial, tolerance);
        }
        "mlp infinite_zigzag" => {
            mlp_agrees::<F>(case, InfiniteZigzag::new(k(case)).unwrap(), tolerance);
        }
        "mlp sine" => mlp_agrees::<F>(case, Sine, tolerance),
        "polynet" => agrees::<F, _>(&polynet(case), POLYNET, case, tolerance),
        "transformer" | "transformer relu" | "transformer gelu" => {
            agrees::<F, _>(&transformer(case), TRANSFORMER, case, tolerance)
        }
        "disjoint_polynet" => {
            let model = DisjointPolyNet::new(size(&case["n"]), k(case)).unwrap();
            agrees::<F, _>(&model, POLYNET, case, tolerance);
        }
        "deep_mlp square" => {
            let widths: Vec<_> = case["widths"]
                .as_array()
                .unwrap()
                .iter()
                .map(size)
                .collect();
            assert_eq!(case["biases"], true);
            let model = DeepMlp::new(size(&case["n"]), &widths, Power::new(2).unwrap()).unwrap();
            let tolerance = match tolerance {
                DOUBLE => DOUBLE,
                // A square doubles the relative error of what it is given, here up to three times.
                (relative, absolute) => (8.0 * relative, 8.0 * absolute),
            };
            agrees::<F, _>(&model, DEEP, case, tolerance);
        }
        kind => panic!("the file has cases of an unknown kind {kind:?}"),
    }
}

fn kind(case: &Value) -> String {
    let model = case["model"].as_str().unwrap();
    match case["activation"].as_str() {
        Some(activation) => format!("{model} {activation}"),
        None => model.into(),
    }
}

fn mlp<A: Activation>(case: &Value, activation: A) -> Mlp<A> {
    let mut model = Mlp::new(size(&case["n"]), size(&case["width"]), activation).unwrap();
    if case["first_layer_bias"] == false {
        model = model.without_hidden_bias();
    }
    if case["second_layer"] == false {
        model = model.without_output_layer();
    }
    if case["output_bias"] == true {
        model = model.with_output_bias();
    }
    model
}

fn mlp_agrees<F: Real>(case: &Value, activation: impl Activation, tolerance: Tolerance) {
    agrees::<F, _>(&mlp(case, activation), MLP, case, tolerance);
}

/// The degree of the parity.
fn k(case: &Value) -> usize {
    size(&case["k"])
}

fn polynet(case: &Value) -> PolyNet {
    let model = PolyNet::new(size(&case["n"]), k(case)).unwrap();
    if case["bias"] == true {
        model
    } else {
        model.without_bias()
    }
}

fn transformer(case: &Value) -> Transformer {
    let [n, d_emb, heads, d_mlp] = ["n", "d_emb", "heads", "d_mlp"].map(|name| size(&case[name]));
    let settings = TransformerSettings {
        d_emb,
        heads,
        mlp_width: Some(d_mlp),
        residual: case["residual"] == true,
        layer_norm: case["layer_norm"] == true,
        activation: match case["activation"].as_str() {
            Some("gelu") => ActivationKind::Gelu,
            _ => ActivationKind::Relu,
        },
        ..TransformerSettings::default()
    };
    let model = Transformer::from_settings(n, settings, Init::default()).unwrap();
    assert_eq!(model.d_attn(), size(&case["d_attn"]));
    model
}

fn loss<F: Real>(name: &str) -> Box<dyn Loss<F>> {
    match name {
        "hinge" => Box::new(Hinge),
        "square" => Box::new(Square),
        "cross_entropy" => Box::new(CrossEntropy),
        "correlation" => Box::new(Correlation),
        name => panic!("the file has an unknown loss {name:?}"),
    }
}

fn optimizer(run: &Value, model: &impl Architecture) -> Box<dyn Optimizer<f64>> {
    let hyper = |name: &str| run["hyper"][name].as_f64().unwrap();
    let rule = Rule::rate(hyper("lr")).with_decay(hyper("weight_decay"));
    let sgd = |by| Box::new(Sgd::new(model.layout(), rule.clone().by(by)).unwrap());
    let adam = |by| Box::new(Adam::new(model.layout(), rule.clone().by(by)).unwrap());
    match run["optimizer"].as_str().unwrap() {
        "sgd_equation1" => sgd(Decay::Direct),
        "sgd_coupled" => sgd(Decay::Coupled),
        "adam_coupled" => adam(Decay::Coupled),
        "adam_decoupled" => adam(Decay::Scaled),
        name => panic!("the file has an unknown optimizer {name:?}"),
    }
}

/// Outputs, and value and gradient of all four losses.
fn agrees<F: Real, M: Model<F>>(model: &M, names: &Names, case: &Value, tolerance: Tolerance) {
    let theta = params(model, names, &case["params"]);
    let batch = batch::<F>(case);
    let (mut cache, mut out) = (model.cache(batch.len()), Array1::zeros(batch.len()));
    model.forward(&theta, &batch.x, &mut cache, &mut out);
    assert_close(&out, &case["output"], tolerance, "output");

    let losses = case["losses"].as_object().unwrap();
    assert_eq!(losses.len(), 4);
    for (name, expected) in losses {
        let loss = loss::<F>(name);
        let value = [loss.mean(&batch.y, &out)];
        let expected_value = Value::from(vec![expected["value"].clone()]);
        assert_close(&value, &expected_value, tolerance, name);

        let (mut d_out, mut grad) = (out.clone(), Params::zeros(model.layout()));
        loss.mean_grad(&batch.y, &out, &mut d_out);
        model.grad(&theta, &batch.x, &mut cache, &d_out, &mut grad);
        assert_params(&grad, names, &expected["grad"], tolerance, name);
    }
}

fn size(value: &Value) -> usize {
    value.as_u64().unwrap() as usize
}

fn numbers(value: &Value) -> Vec<f64> {
    let numbers = value.as_array().unwrap().iter();
    numbers.map(|x| x.as_f64().unwrap()).collect()
}

fn batch<F: Real>(value: &Value) -> Batch<F> {
    let rows: Vec<_> = value["x"].as_array().unwrap().iter().map(numbers).collect();
    let x = Array2::from_shape_fn((rows.len(), rows[0].len()), |(b, i)| rows[b][i]);
    Batch {
        x: Signs::from_array(&x).unwrap(),
        y: numbers(&value["y"]).into_iter().map(F::of).collect(),
    }
}

fn crate_name(names: &Names, name: &str) -> &'static str {
    let entry = names.iter().find(|entry| entry.0 == name);
    entry.unwrap_or_else(|| panic!("a block {name:?}?")).1
}

fn params<F: Real>(model: &impl Architecture, names: &Names, values: &Value) -> Params<F> {
    let (values, mut theta) = (values.as_object().unwrap(), Params::zeros(model.layout()));
    assert_eq!(values.len(), theta.blocks().count());
    for (name, value) in values {
        let block = crate_name(names, name);
        let block = model.layout().get::<IxDyn>(block).unwrap();
        let shape: Vec<_> = value["shape"]
            .as_array()
            .unwrap()
            .iter()
            .map(size)
            .collect();
        let data = numbers(&value["data"]).into_iter().map(F::of).collect();
        let data = ArrayD::from_shape_vec(IxDyn(&shape), data).unwrap();
        theta.view_mut(&block).assign(&data);
    }
    theta
}

fn assert_params<F: Real>(
    found: &Params<F>,
    names: &Names,
    expected: &Value,
    tolerance: Tolerance,
    what: &str,
) {
    let expected = expected.as_object().unwrap();
    assert_eq!(expected.len(), found.blocks().count());
    for (name, expected) in expected {
        let block = crate_name(names, name);
        let block = found.layout().get::<IxDyn>(block).unwrap();
        let what = format!("{what}, {name}");
        assert_close(found.view(&block), expected, tolerance, &what);
    }
}

fn assert_close<'a, F: Real>(
    found: impl IntoIterator<Item = &'a F>,
    expected: &Value,
    (relative, absolute): Tolerance,
    what: &str,
) {
    let found: Vec<f64> = found.into_iter().map(|x| x.as_f64()).collect();
    let expected = numbers(expected);
    assert_eq!(found.len(), expected.len(), "{what}");
    for (place, (a, b)) in found.iter().zip(&expected).enumerate() {
        let close = (a - b).abs() <= relative * b.abs() + absolute;
        assert!(close, "{what}, entry {place}: {a} instead of {b}");
    }
}

fn fixture(name: &str) -> Value {
    let path = format!("{}/tests/fixtures/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn check_all<F: Real>(tolerance: Tolerance) {
    for (name, count) in [("reference", 38), ("transformer", 4)] {
        let file = fixture(name);
        let cases = file["cases"].as_array().unwrap();
        assert_eq!(cases.len(), count);
        cases.iter().for_each(|case| check::<F>(case, tolerance));
    }
}

#[test]
fn outputs_losses_and_gradients_agree_in_double_precision() {
    check_all::<f64>(DOUBLE);
}

#[test]
fn outputs_losses_and_gradients_agree_in_single_precision() {
    check_all::<f32>(SINGLE);
}

/// The batches of the file in order.
struct Listed(std::vec::IntoIter<Batch<f64>>, usize);

impl BatchStream<f64> for Listed {
    fn dim(&self) -> usize {
        self.1
    }
    fn fill(&mut self, batch: &mut Batch<f64>) {
        *batch = self.0.next().expect("a batch a step");
    }
}

#[test]
fn optimizer_trajectories_agree() {
    let reference = fixture("reference");
    let runs = reference["trajectories"].as_array().unwrap();
    assert_eq!(runs.len(), 4);
    for run in runs {
        assert_eq!(kind(run), "mlp relu");
        let model = mlp(run, Relu);
        let batches: Vec<_> = run["batches"]
            .as_array()
            .unwrap()
            .iter()
            .map(batch)
            .collect();
        let (steps, rows) = (batches.len(), batches[0].len());
        let stream = Listed(batches.into_iter(), model.dim());
        let (theta, optimizer) = (params(&model, MLP, &run["start"]), optimizer(run, &model));
        let loss = loss::<f64>(run["loss"].as_str().unwrap());
        let mut trainer = Trainer::new(model, loss, stream, optimizer, theta, rows).unwrap();
        for _ in 0..steps {
            assert!(trainer.step(&mut ()).is_continue());
        }
        let name = run["optimizer"].as_str().unwrap();
        assert_params(trainer.theta(), MLP, &run["end"], DOUBLE, name);
    }
}
