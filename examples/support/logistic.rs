//! Logistic regression by Newton's method, for a handful of inputs.

/// One observation.
pub(crate) struct Sample {
    /// Its inputs.
    pub(crate) inputs: Vec<f64>,
    /// The outcome to predict.
    pub(crate) right: bool,
    /// Its weight.
    pub(crate) weight: f64,
}

/// The probability that these weights give.
pub(crate) fn probability(inputs: &[f64], weights: &[f64]) -> f64 {
    let z: f64 = inputs
        .iter()
        .zip(weights)
        .map(|(input, weight)| input * weight)
        .sum();
    1.0 / (1.0 + (-z).exp())
}

/// The weights of the best fit, each with its ridge penalty.
pub(crate) fn fit(samples: &[Sample], ridges: &[f64]) -> Vec<f64> {
    let mut weights = vec![0.0; ridges.len()];
    for _ in 0..30 {
        let mut gradient: Vec<f64> = weights
            .iter()
            .zip(ridges)
            .map(|(weight, ridge)| weight * ridge)
            .collect();
        let mut hessian: Vec<Vec<f64>> = ridges
            .iter()
            .enumerate()
            .map(|(row, ridge)| {
                let mut line = vec![0.0; ridges.len()];
                if let Some(cell) = line.get_mut(row) {
                    *cell = ridge + 1e-9;
                }
                line
            })
            .collect();
        for sample in samples {
            let p = probability(&sample.inputs, &weights);
            let error = sample.weight * (p - f64::from(u8::from(sample.right)));
            let curve = sample.weight * p * (1.0 - p);
            for ((line, slope), input) in hessian.iter_mut().zip(&mut gradient).zip(&sample.inputs) {
                *slope += error * input;
                for (cell, other) in line.iter_mut().zip(&sample.inputs) {
                    *cell += curve * input * other;
                }
            }
        }
        for (weight, step) in weights.iter_mut().zip(solve(hessian, gradient)) {
            *weight -= step;
        }
    }
    weights
}

/// Gaussian elimination; no pivot is 0, since the matrix is positive definite.
fn solve(mut matrix: Vec<Vec<f64>>, mut right: Vec<f64>) -> Vec<f64> {
    let size = right.len();
    for pivot in 0..size {
        let Some(line) = matrix.get(pivot).cloned() else {
            break;
        };
        let (head, value) = (at(&line, pivot), at(&right, pivot));
        for row in (0..size).filter(|&row| row != pivot) {
            if let (Some(other), Some(cell)) = (matrix.get_mut(row), right.get_mut(row)) {
                let factor = at(other, pivot) / head;
                *cell -= factor * value;
                for (to, from) in other.iter_mut().zip(&line) {
                    *to -= factor * from;
                }
            }
        }
    }
    right
        .iter()
        .enumerate()
        .map(|(n, value)| value / matrix.get(n).map_or(1.0, |line| at(line, n)))
        .collect()
}

fn at(line: &[f64], n: usize) -> f64 {
    line.get(n).copied().unwrap_or_default()
}
