use std::sync::Arc;

use resvg::usvg::fontdb::{Database, Source};
use resvg::{tiny_skia, usvg};

use super::PlotError;

const PIXELS_PER_CSS_PIXEL: f32 = 2.0;

/// Draws an SVG document with the built-in font only.
pub(super) fn rasterise(svg: &str) -> Result<Vec<u8>, PlotError> {
    let mut fonts = Database::new();
    for font in [dejavu::sans::regular(), dejavu::sans::bold()] {
        fonts.load_font_source(Source::Binary(Arc::new(font)));
    }
    fonts.set_sans_serif_family("DejaVu Sans");
    let options = usvg::Options {
        fontdb: Arc::new(fonts),
        font_family: "DejaVu Sans".to_owned(),
        ..usvg::Options::default()
    };
    let tree = usvg::Tree::from_str(svg, &options).map_err(|e| PlotError::Draw(e.into()))?;
    let scale = PIXELS_PER_CSS_PIXEL;
    let size = tree.size();
    let (width, height) = (size.width() * scale, size.height() * scale);
    let mut pixels = tiny_skia::Pixmap::new(width as u32, height as u32)
        .ok_or_else(|| PlotError::Draw("the picture does not fit into memory".into()))?;
    let transform = tiny_skia::Transform::from_scale(scale, scale);
    resvg::render(&tree, transform, &mut pixels.as_mut());
    pixels.encode_png().map_err(|e| PlotError::Draw(e.into()))
}
