//! Memory: how many bytes does it take to find S from few examples, and how many examples from few bytes?
//!
//! ```sh
//! cargo run --release --example solvers_memory
//! cargo run --release --example solvers_memory -- --scale paper
//! ```
//!
//! What an algorithm keeps from one example to the next, in bytes, against the clean examples that it draws. Two of them are written
//! here and keep no example. *Stream and test* has one support at a time and goes on to the next one at the first label
//! that is wrong: k log₂ n bits, and about C = C(n, k) examples. *Guessed columns* keep a basis of the rows in q random columns and forget
//! it at the first contradiction: q² bits, and about (n/q)ᵏ q examples; with q = n nothing is guessed, and the basis is that
//! of elimination. Solvers of the library keep their sample, whose bytes are added to those of the ledger. SGD keeps θ and the sum
//! of the gradients of a batch, four bytes a parameter each.
//!
//! Raz's wall is n²/25 bits: a learner of the parities of any subset of n coordinates with less memory needs a number of
//! examples that is exponential in n (*Fast Learning Requires Good Memory*, FOCS 2016). It says nothing of one k = 3; for k of
//! the order of log n memory linear in n is not enough for polynomially many examples (Kol, Raz, Tal, *Time-Space Hardness of Learning Sparse
//! Parities*, STOC 2017). Lists of a fourth of S, n^{k/4} bytes in the time of meeting in the middle, are another solver,
//! `four-lists`, which is not in the picture.
//!
//! Claims, fixed before the runs:
//!
//! 1. Stream and test finds S below the wall, from C examples within a factor of 1.5 in the mean, and a basis of all columns above it, from
//!    less than n + 20.
//! 2. With q columns the examples fall as q^{−(k−1)} from q = 10 to n/2: the exponent is within 0.5 of that.
//! 3. Meeting in the middle has the fewest examples of all and takes more bytes than a basis of all columns.
//! 4. SGD is above the wall, ReLU and PolyNet alike, and guessed columns of some q take fewer bytes and fewer examples than either.
//! 5. S is found in 49 of 50 runs, with a failure probability of 0.01.
//!
//! `--n` and `--k` are in place of all problems; where one of them is missing it is that of the first. These have 20 runs of streams.

mod basis;
mod guessed_columns;
mod stage;
mod stream;
mod stream_and_test;
mod verdicts;

use sparse_parity::plot::{Color, Figure, Panel, Scale, Style};
use sparse_parity::terminal::Result;
use sparse_parity_examples::figure::{self, Flag, Studio};
use stage::{Place, Point};
use std::process::ExitCode;

fn draw(studio: &mut Studio) -> Result {
    let all = stage::explored(studio)?;
    verdicts::find(studio, &all)?;
    save(studio, &all)?;
    let mut figure = Figure::new(1, all.len())
        .title(
            "Bytes kept against clean examples drawn: means of streams, medians of solvers and SGD",
        )
        .size(430 * all.len() as u32 + 60, 460)
        .legend_once()
        .share_y();
    for (column, place) in all.iter().enumerate() {
        figure = figure.panel(0, column, panel(place, column == 0));
    }
    studio.save("", &figure)
}

fn panel(place: &Place, is_first: bool) -> Panel {
    let Place { n, k, .. } = place;
    let mut panel = Panel::new()
        .title(format!("n = {n}, k = {k}"))
        .x_label("Examples")
        .x_scale(Scale::Log10)
        .y_scale(Scale::Log10);
    if is_first {
        panel = panel.y_label("Bytes");
    }
    let examples = place.points.iter().map(|it| it.examples);
    let (few, many) = examples.fold((f64::INFINITY, 0.0), |(few, many): (f64, f64), it| {
        (few.min(it), many.max(it))
    });
    // Discs are whole.
    panel = panel.x_range(few / 1.6, many * 1.6);
    let guessed = place.guessed();
    let of = |value: fn(&Point) -> f64| guessed.iter().map(|it| value(it)).collect::<Vec<f64>>();
    let (x, y) = (of(|it| it.examples), of(|it| it.bytes));
    let style = Style::new(Color::Blue);
    panel = panel.line(&x, &y, style.clone().label("guessed columns, k to n"));
    panel = panel.points(&x, &y, style.data_label("guessed columns, as discs"));
    for point in place.points.iter().filter(|it| it.columns.is_none()) {
        let style = Style::new(point.color).width(3.4).label(point.name);
        panel = panel.points(&[point.examples], &[point.bytes], style);
    }
    panel.horizontal(place.wall(), "n²/25 bits (Raz)")
}

fn save(studio: &Studio, all: &[Place]) -> Result {
    let columns = [
        "n",
        "k",
        "algorithm",
        "columns",
        "runs",
        "found",
        "examples",
        "bytes",
    ];
    let line = |place: &Place, point: &Point| {
        vec![
            place.n.to_string(),
            place.k.to_string(),
            point.name.into(),
            point.columns.map_or_else(String::new, |q| q.to_string()),
            point.runs.to_string(),
            point.right.to_string(),
            point.examples.to_string(),
            point.bytes.to_string(),
        ]
    };
    let lines = all
        .iter()
        .flat_map(|place| place.points.iter().map(|point| line(place, point)));
    studio.save_table("points", &columns, &lines.collect::<Vec<_>>())
}

fn main() -> ExitCode {
    figure::main(
        "solvers_memory",
        include_str!("main.rs"),
        &[Flag::Ns, Flag::K, Flag::Runs],
        draw,
    )
}
