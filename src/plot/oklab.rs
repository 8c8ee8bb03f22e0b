//! A perceptually uniform scale of colours.
//!
//! In the space Oklab equal distances are about equal differences of perception. The scale is a helix
//! in it: lightness rises and hue turns, from blue violet over magenta and orange to yellow, both evenly, at
//! constant chroma, so that equal steps are equal distances. Lightness alone tells the order, without
//! hues (in grey, or to the colour-blind). Blue violet to yellow is the longest way through what screens
//! show; over green, chroma would have to be a third less.
//!
//! Björn Ottosson, *A perceptual color space for image processing*, 2020. The helix is of the kind of
//! D. A. Green, *A colour scheme for the display of astronomical intensity images*, 2011.

const LIGHTNESS: [f64; 2] = [0.3, 0.93];
/// In degrees.
const HUE: [f64; 2] = [285.0, 465.0];
const CHROMA: f64 = 0.15;

/// Red, green and blue, each 0 to 1, at a place between 0 and 1.
pub(super) fn helix(place: f64) -> [f64; 3] {
    srgb(point(place)).map(|c| c.clamp(0.0, 1.0))
}

/// Lightness, green–red and blue–yellow.
fn point(place: f64) -> [f64; 3] {
    let place = if place.is_nan() {
        0.0
    } else {
        place.clamp(0.0, 1.0)
    };
    let between = |[from, to]: [f64; 2]| from + (to - from) * place;
    let hue = between(HUE).to_radians();
    let (a, b) = (CHROMA * libm::cos(hue), CHROMA * libm::sin(hue));
    [between(LIGHTNESS), a, b]
}

/// The matrices are Ottosson's; the last step is the transfer function of sRGB (IEC 61966-2-1).
fn srgb([lightness, a, b]: [f64; 3]) -> [f64; 3] {
    let cube = |v: f64| v * v * v;
    let l = cube(lightness + 0.396_337_777_4 * a + 0.215_803_757_3 * b);
    let m = cube(lightness - 0.105_561_345_8 * a - 0.063_854_172_8 * b);
    let s = cube(lightness - 0.089_484_177_5 * a - 1.291_485_548_0 * b);
    let linear = [
        4.076_741_662_1 * l - 3.307_711_591_3 * m + 0.230_969_929_2 * s,
        -1.268_438_004_6 * l + 2.609_757_401_1 * m - 0.341_319_396_5 * s,
        -0.004_196_086_3 * l - 0.703_418_614_7 * m + 1.707_614_701_0 * s,
    ];
    linear.map(|v| {
        if v <= 0.003_130_8 {
            12.92 * v
        } else {
            1.055 * libm::pow(v, 1.0 / 2.4) - 0.055
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_transform_takes_white_to_white() {
        for c in srgb([1.0, 0.0, 0.0]) {
            assert!((c - 1.0).abs() < 1e-6);
        }
    }

    #[test]
    fn equal_steps_are_equal_distances_and_get_lighter() {
        let points: Vec<_> = (0..=20).map(|i| point(f64::from(i) / 20.0)).collect();
        let steps = points.windows(2).map(|pair| {
            let square = |i: usize| (pair[1][i] - pair[0][i]) * (pair[1][i] - pair[0][i]);
            assert!(pair[1][0] > pair[0][0]);
            (square(0) + square(1) + square(2)).sqrt()
        });
        let steps: Vec<f64> = steps.collect();
        assert!(steps.iter().all(|step| (step - steps[0]).abs() < 1e-12));
    }

    #[test]
    fn screens_can_show_the_whole_helix() {
        for i in 0..=200 {
            for c in srgb(point(f64::from(i) / 200.0)) {
                assert!((0.0..=1.0).contains(&c), "{c} at {i}");
            }
        }
    }
}
