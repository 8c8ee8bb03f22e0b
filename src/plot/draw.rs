use super::canvas::{layer, stack};
use super::layout::Layout;
use super::plane::Plane;
use super::{PlotError, data, frame};

/// The whole figure as SVG: the data of each panel, clipped, then all axes and texts.
pub(super) fn figure(layout: &Layout<'_>) -> Result<String, PlotError> {
    let mut layers = Vec::new();
    for placed in &layout.placed {
        let a = placed.area;
        let (dx, dy) = placed.overhang();
        let corner = (a.left - dx, a.top - dy);
        let size = (a.width() + 2.0 * dx, a.height() + 2.0 * dy);
        let plane = Plane { placed, corner };
        layers.push((corner, layer(size, |canvas| data::draw(&plane, canvas))?));
    }
    let (width, height) = (layout.figure.width, layout.figure.height);
    let sheet = (f64::from(width), f64::from(height));
    let axes = layer(sheet, |canvas| frame::draw(canvas, layout))?;
    layers.push(((0.0, 0.0), axes));
    stack((width, height), &layers)
}
