use std::fs;
use std::path::Path;
#[cfg(feature = "png")]
use std::path::PathBuf;

use super::layout::Layout;
#[cfg(feature = "png")]
use super::png;
use super::{Figure, PlotError, csv, draw};

impl Figure {
    /// Returns the figure as an SVG document, which embeds no font and names common ones.
    ///
    /// # Errors
    ///
    /// Fails if a range, a length, a cell or the size is impossible.
    pub fn to_svg(&self) -> Result<String, PlotError> {
        draw::figure(&Layout::new(self)?)
    }

    /// Writes [`to_svg`](Self::to_svg), creating missing folders.
    ///
    /// # Errors
    ///
    /// Fails as `to_svg` does, or if the file cannot be written.
    pub fn save_svg(&self, path: impl AsRef<Path>) -> Result<(), PlotError> {
        write(path.as_ref(), self.to_svg()?.as_bytes())
    }

    /// Writes the same picture as PNG with two pixels per CSS pixel, creating missing folders (feature `png`).
    ///
    /// The font is the built-in DejaVu Sans; fonts of the system are not used.
    ///
    /// # Errors
    ///
    /// Fails as `to_svg` does, or if the file cannot be written.
    #[cfg(feature = "png")]
    pub fn save_png(&self, path: impl AsRef<Path>) -> Result<(), PlotError> {
        write(path.as_ref(), &png::rasterise(&self.to_svg()?)?)
    }

    /// Writes the data as CSV with the columns `panel,series,x,y`, creating missing folders.
    ///
    /// A panel is named by its title if the title is unique, otherwise by its cell, such as `r1c2` (counted
    /// from 1). Each row has one x and one y:
    ///
    /// - a band and error bars are two series, `… low` and `… high`, which have the names of the curve that they
    ///   belong to if [`Style::data_label`](super::Style::data_label) gives them these;
    /// - boxes are five, `… low`, `… lower`, `… median`, `… upper` and `… high`;
    /// - a histogram has left edges as x and counts as y, and last the right end of all with an empty y;
    /// - a reference line is one row with one empty coordinate.
    ///
    /// If the figure has a heat map, there is a fifth column, `value`, which is empty elsewhere; x and y
    /// then are the lower edges of the cell, and a last row without value has the upper edges of all.
    /// Coordinates on an axis of categories are their names.
    ///
    /// # Errors
    ///
    /// Fails if lengths of a series do not fit each other, or if the file cannot be written.
    pub fn save_csv(&self, path: impl AsRef<Path>) -> Result<(), PlotError> {
        write(path.as_ref(), &csv::table(self)?)
    }

    /// Writes `name.svg`, `name.png` and `name.csv` into a folder, which is created if it is
    /// missing, and returns the three paths in this order (feature `png`).
    ///
    /// # Errors
    ///
    /// Fails if one of the three fails; nothing is written if the figure cannot be drawn.
    #[cfg(feature = "png")]
    pub fn save_all(
        &self,
        folder: impl AsRef<Path>,
        name: &str,
    ) -> Result<[PathBuf; 3], PlotError> {
        let svg = self.to_svg()?;
        let (png, csv) = (png::rasterise(&svg)?, csv::table(self)?);
        let path = |ending: &str| folder.as_ref().join(format!("{name}.{ending}"));
        let paths = [path("svg"), path("png"), path("csv")];
        for (path, bytes) in paths.iter().zip([svg.as_bytes(), &png, &csv]) {
            write(path, bytes)?;
        }
        Ok(paths)
    }
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), PlotError> {
    let folder = path.parent().map_or(Ok(()), fs::create_dir_all);
    folder
        .and_then(|()| fs::write(path, bytes))
        .map_err(|source| PlotError::Write {
            path: path.to_owned(),
            source,
        })
}
