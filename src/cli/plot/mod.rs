//! Pictures of tables.

mod axes;
mod draw;
mod frame;
pub(super) mod page;

use draw::{Kind, View};
use frame::Frame;

use super::{End, Result, Study};
use crate::experiment::Experiment;
use clap::Args;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// What is plotted, and how.
#[derive(Debug, Args)]
pub(super) struct Request {
    /// Folder of the rows, if FILE is a sweep file and no table
    #[arg(long)]
    out: Option<PathBuf>,
    #[command(flatten)]
    view: View,
    /// Only lines with this value, such as n=20; may be given several times
    #[arg(long = "where", value_name = "NAME=VALUE", value_parser = pair)]
    wanted: Vec<(String, String)>,
    /// The picture, .svg, or .png if the program was installed with the feature png, or the numbers behind it, .csv
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let parts = text.split_once('=');
    let (name, value) = parts.ok_or("write a column and its value, such as n=20")?;
    Ok((name.trim().into(), value.trim().into()))
}

pub(super) fn plot<E: Experiment>(study: &Study, request: &Request) -> Result<End> {
    let frame = frame::<E>(study, request.out.as_deref())?;
    let figure = request.view.draw(&frame.filtered(&request.wanted)?)?;
    let to = &request.to;
    match to.extension().and_then(|end| end.to_str()) {
        Some("svg") => figure.save_svg(to)?,
        #[cfg(feature = "png")]
        Some("png") => figure.save_png(to)?,
        #[cfg(not(feature = "png"))]
        Some("png") => {
            return Err(
                "for PNG the feature png is needed: cargo install sparse-parity --features cli,png"
                    .into(),
            );
        }
        Some("csv") => figure.save_csv(to)?,
        _ => {
            let to = to.display();
            return Err(format!(
                "{to}: pictures end in .svg or .png, and their numbers in .csv; name it so"
            )
            .into());
        }
    }
    writeln!(io::stdout(), "{}", to.display())?;
    Ok(End::Complete)
}

/// The table of a file, or of the rows of a sweep.
fn frame<E: Experiment>(study: &Study, out: Option<&Path>) -> Result<Frame> {
    let is_sweep = study.file.extension().is_some_and(|end| end == "toml");
    match (is_sweep, out) {
        (false, None) => Frame::read(&study.file),
        (true, Some(out)) => {
            let (_, sweep) = study.read::<E>()?;
            let (names, lines) = sweep.table(out)?;
            Ok(Frame { names, lines })
        }
        (true, None) => Err("a sweep file has no rows; give their folder by --out".into()),
        (false, Some(_)) => Err(
            "rows are those of a sweep file; give it in place of the table, or leave --out out"
                .into(),
        ),
    }
}
