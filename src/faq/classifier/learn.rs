//! The training loop.
//!
//! The weights of all classes do not fit into a processor's cache, and a simple loop mostly waits for
//! memory. The classes are independent of each other, so a few of them are trained on all texts, then
//! the next few.

use super::{Classifier, Random, Row, TermId, Training};

/// The initial bias of a class.
pub(super) const BIAS: f32 = -4.0;

/// How many classes are trained together: one cache line of weights.
const LANES: usize = 16;

/// Stochastic gradient descent with a decreasing rate. An adaptive rate gives the same accuracy and a
/// worse order of the scores.
pub(super) fn learn(classifier: &mut Classifier, rows: &[(Row, Option<usize>)], how: Training) {
    let classes = classifier.classes;
    let class_weights = match how.balanced {
        true => class_weights(rows, classes),
        false => vec![(1.0, 1.0); classes],
    };
    let terms = classifier.weights.len().checked_div(classes).unwrap_or_default();
    let mut groups: Vec<Lanes> = (0..classes)
        .step_by(LANES)
        .map(|first| Lanes::new(first, &class_weights, terms))
        .collect();
    let decay = 1.0 / (30.0 * rows.len() as f32);
    let mut random = Random::default();
    let mut order: Vec<usize> = (0..rows.len()).collect();
    let mut pass = Pass::default();
    // Weights are stored divided by `scale`, so that the decay of all is one multiplication.
    let mut scale = 1.0_f32;
    let mut step = 0.0_f32;
    for _ in 0..how.epochs {
        random.shuffle(&mut order);
        pass.clear();
        for (row, class) in order.iter().filter_map(|&n| rows.get(n)) {
            let rate = how.first_rate / (1.0 + how.first_rate * decay * step);
            step += 1.0;
            let before = scale;
            scale *= 1.0 - rate * decay;
            pass.push(row, *class, rate, before, scale);
        }
        for lanes in &mut groups {
            lanes.learn(&pass);
        }
    }
    for lanes in groups {
        lanes.put(classifier, scale);
    }
}

/// The texts of one pass in training order, contiguous in memory.
#[derive(Default)]
struct Pass {
    /// Each term's value, and the change of its weights for an error of 1.
    terms: Vec<(TermId, f32, f32)>,
    texts: Vec<Text>,
}

/// One text of a pass.
struct Text {
    /// The end of its terms.
    end: usize,
    class: Option<usize>,
    rate: f32,
    /// The scale of the weights before this step.
    scale: f32,
}

impl Pass {
    fn clear(&mut self) {
        self.terms.clear();
        self.texts.clear();
    }

    fn push(&mut self, row: &Row, class: Option<usize>, rate: f32, scale: f32, after: f32) {
        let changes = row
            .iter()
            .map(|&(term, value)| (term, value, -rate * value / after));
        self.terms.extend(changes);
        self.texts.push(Text {
            end: self.terms.len(),
            class,
            rate,
            scale,
        });
    }
}

/// The classes that are trained together.
struct Lanes {
    /// The number of the first.
    first: usize,
    /// The weights of texts of the class, and of other texts.
    own: [f32; LANES],
    other: [f32; LANES],
    bias: [f32; LANES],
    /// For each term.
    weights: Vec<[f32; LANES]>,
}

impl Lanes {
    fn new(first: usize, class_weights: &[(f32, f32)], terms: usize) -> Self {
        let weights = |lane| class_weights.get(first + lane).copied().unwrap_or_default();
        Self {
            first,
            own: std::array::from_fn(|lane| weights(lane).0),
            other: std::array::from_fn(|lane| weights(lane).1),
            bias: [BIAS; LANES],
            weights: vec![[0.0; LANES]; terms],
        }
    }

    fn learn(&mut self, pass: &Pass) {
        let mut start = 0;
        for text in &pass.texts {
            let terms = pass.terms.get(start..text.end).unwrap_or_default();
            start = text.end;
            let errors = self.errors(terms, text.class, text.scale);
            for &(term, _, change) in terms {
                if let Some(weights) = self.weights.get_mut(term as usize) {
                    for (weight, error) in weights.iter_mut().zip(&errors) {
                        *weight += change * error;
                    }
                }
            }
            for (bias, error) in self.bias.iter_mut().zip(&errors) {
                *bias -= 0.01 * text.rate * error;
            }
        }
    }

    /// The weighted error of each class: its probability minus the target.
    fn errors(&self, terms: &[(TermId, f32, f32)], class: Option<usize>, scale: f32) -> [f32; LANES] {
        let mut scores = [0.0_f32; LANES];
        for &(term, value, _) in terms {
            if let Some(weights) = self.weights.get(term as usize) {
                for (score, weight) in scores.iter_mut().zip(weights) {
                    *score += value * weight;
                }
            }
        }
        let mut class_weights = self.other;
        let mut wanted = [0.0_f32; LANES];
        let lane = class.and_then(|class| class.checked_sub(self.first));
        if let Some(lane) = lane.filter(|&lane| lane < LANES) {
            for (weight, own) in class_weights.iter_mut().zip(&self.own).skip(lane).take(1) {
                *weight = *own;
            }
            for wanted in wanted.iter_mut().skip(lane).take(1) {
                *wanted = 1.0;
            }
        }
        for (score, bias) in scores.iter_mut().zip(&self.bias) {
            *score = logistic(*score * scale + bias);
        }
        for ((score, weight), wanted) in scores.iter_mut().zip(&class_weights).zip(&wanted) {
            *score = weight * (*score - wanted);
        }
        scores
    }

    /// Copies the result into the classifier.
    fn put(self, classifier: &mut Classifier, scale: f32) {
        for (own, learnt) in classifier.bias.iter_mut().skip(self.first).zip(&self.bias) {
            *own = *learnt;
        }
        let rows = classifier.weights.chunks_exact_mut(classifier.classes);
        for (row, learnt) in rows.zip(&self.weights) {
            for (own, learnt) in row.iter_mut().skip(self.first).zip(learnt) {
                *own = learnt * scale;
            }
        }
    }
}

/// The weights of a class's own texts and of others, such that both sides have the same total.
fn class_weights(rows: &[(Row, Option<usize>)], classes: usize) -> Vec<(f32, f32)> {
    let mut counts = vec![0_usize; classes];
    for class in rows.iter().filter_map(|(_, class)| *class) {
        if let Some(count) = counts.get_mut(class) {
            *count += 1;
        }
    }
    let half = rows.len() as f32 / 2.0;
    let side = |count: usize| half / count.max(1) as f32;
    counts
        .into_iter()
        .map(|own| (side(own), side(rows.len() - own)))
        .collect()
}

fn logistic(z: f32) -> f32 {
    1.0 / (1.0 + libm::expf(-z))
}
