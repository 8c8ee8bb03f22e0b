//! Every bad input is answered with a typed error that names the value and the repair.

use sparse_parity::prelude::*;

/// Asserts that the result is an error of the given variant whose text has all the words.
macro_rules! refused {
    ($result:expr, $variant:ident, $($words:expr),+) => {{
        let error: Error = $result.map(drop).unwrap_err();
        assert!(matches!(error, Error::$variant { .. }), "{error:?}");
        let text = error.to_string();
        $(assert!(text.contains($words), "{:?} is missing in: {text}", $words);)+
    }};
}

mod data;
mod fourier;
mod models;
mod training;

fn mlp() -> Mlp<Relu> {
    Mlp::new(10, 4, Relu).unwrap()
}

fn theta(model: &impl Architecture) -> Params<f32> {
    Params::draw(model.layout(), &mut Seeds::from(1).stream(Purpose::Init))
}
