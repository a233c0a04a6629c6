//! The two plots of an evaluation, as SVG.

use std::error::Error;
use std::path::Path;

use plotters::prelude::{
    BLUE, ChartBuilder, Color, IntoDrawingArea, IntoFont, LineSeries, PathElement, RGBColor, Rectangle,
    SVGBackend, WHITE,
};

use super::figures::Bin;

const SIZE: (u32, u32) = (560, 420);
const GREY: RGBColor = RGBColor(150, 150, 150);

/// The reliability diagram: accuracy per tenth of confidence, with the diagonal of perfect calibration.
pub(crate) fn reliability(path: &Path, bins: &[Bin]) -> Result<(), Box<dyn Error>> {
    let area = SVGBackend::new(path, SIZE).into_drawing_area();
    area.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&area)
        .caption("Reliability", ("sans-serif", 20).into_font())
        .margin(12)
        .x_label_area_size(36)
        .y_label_area_size(44)
        .build_cartesian_2d(0.0..1.0, 0.0..1.0)?;
    chart
        .configure_mesh()
        .x_desc("confidence")
        .y_desc("share that is right")
        .draw()?;
    chart.draw_series(
        bins.iter()
            .enumerate()
            .filter(|(_, bin)| bin.count > 0)
            .map(|(n, bin)| {
                let left = n as f64 / bins.len() as f64;
                let right = (n + 1) as f64 / bins.len() as f64;
                Rectangle::new([(left, 0.0), (right, bin.right)], BLUE.mix(0.4).filled())
            }),
    )?;
    chart.draw_series(std::iter::once(PathElement::new(
        vec![(0.0, 0.0), (1.0, 1.0)],
        GREY,
    )))?;
    area.present()?;
    Ok(())
}

/// The risk-coverage curve: the error rate of the answers at each coverage.
pub(crate) fn risk_coverage(path: &Path, curve: &[(f64, f64)]) -> Result<(), Box<dyn Error>> {
    let highest = curve.iter().map(|(_, risk)| *risk).fold(0.01, f64::max);
    let area = SVGBackend::new(path, SIZE).into_drawing_area();
    area.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&area)
        .caption("Risk and coverage", ("sans-serif", 20).into_font())
        .margin(12)
        .x_label_area_size(36)
        .y_label_area_size(44)
        .build_cartesian_2d(0.0..1.0, 0.0..highest)?;
    chart
        .configure_mesh()
        .x_desc("share answered")
        .y_desc("share of answers that is wrong")
        .draw()?;
    chart.draw_series(LineSeries::new(curve.iter().copied(), BLUE))?;
    area.present()?;
    Ok(())
}
