//! The router predicts departments with a classifier that it trains once.

use std::collections::{BTreeMap, BTreeSet};

use super::TrainingExample;
use super::calibration::Calibration;
use super::vocabulary::{Counts, Vocabulary};
use crate::faq::{Classifier, Row, Training, background_sentences};
use crate::message::DepartmentId;

/// The number of folds in the cross-validation that measures how reliable the router is on unseen texts.
const PARTS: usize = 4;

/// Letters are long and share most of their words, so the steps are smaller than those for phrasings. Without
/// class balancing, the classifier would neglect departments with few letters.
const TRAINING: Training = Training {
    epochs: 10,
    first_rate: 2.0,
    balanced: true,
};

/// A department and the probability that it is the right one.
#[derive(Clone, Debug, PartialEq)]
pub struct Likely {
    /// The department.
    pub department: DepartmentId,
    /// The probability that the message belongs to it, in `0..=1`.
    pub probability: f64,
}

/// The router's prediction for one message.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Routing {
    /// The departments, sorted by falling probability and, on equal probability, by id. The probabilities add
    /// up to 1. Empty if the router knows no department or no word of the message.
    pub departments: Vec<Likely>,
    /// Whether the message is less similar to every department than the training examples are, or there are
    /// too few examples to tell. The prediction is then never sure.
    pub strange: bool,
}

impl Routing {
    /// The likeliest department if its probability is at least `least`. `None` means "unsure", which includes
    /// every strange message and a `least` that is NaN.
    pub fn sure(&self, least: f64) -> Option<&Likely> {
        // A comparison with NaN is false.
        self.departments
            .first()
            .filter(|likely| !self.strange && likely.probability >= least)
    }
}

/// Predicts the department of a message. Immutable and `Send + Sync`.
///
/// ```
/// use civic_reply::route::{TrainingExample, Router};
///
/// let training_examples = [
///     TrainingExample::new("出租车拒载", "transport".into()),
///     TrainingExample::new("公交车改线", "transport".into()),
///     TrainingExample::new("老师补课收费", "education".into()),
///     TrainingExample::new("学校食堂", "education".into()),
/// ];
/// let routing = Router::learn(&training_examples).route("出租车司机绕路");
/// assert_eq!(routing.departments[0].department.as_str(), "transport");
/// ```
#[derive(Clone, Debug, Default)]
pub struct Router {
    departments: Vec<DepartmentId>,
    vocabulary: Vocabulary,
    classifier: Option<Classifier>,
    calibration: Calibration,
}

impl Router {
    /// Trains a router. The same examples in the same order give the same router.
    ///
    /// The router is unsure of every message if there are fewer than 50 examples, examples of only one
    /// department, or more than fit into the classifier's memory.
    ///
    /// Training takes about half a second for 450 letters of 400 characters to 7 departments.
    pub fn learn(training_examples: &[TrainingExample]) -> Self {
        let departments: BTreeSet<&DepartmentId> = training_examples
            .iter()
            .map(|example| &example.department)
            .collect();
        let departments: Vec<DepartmentId> = departments.into_iter().cloned().collect();
        let class = |example: &TrainingExample| departments.binary_search(&example.department).ok();
        let background = background_sentences();
        let texts: Vec<Counts> = training_examples
            .iter()
            .map(|example| example.text.as_str())
            .chain(background.iter().copied())
            .map(Counts::of)
            .collect();
        let vocabulary = Vocabulary::of(texts.get(..training_examples.len()).unwrap_or(&texts));
        let classes = training_examples
            .iter()
            .map(class)
            .chain(background.iter().map(|_| None));
        let rows: Vec<(Row, Option<usize>)> = texts
            .iter()
            .map(|counts| vocabulary.row(counts))
            .zip(classes)
            .collect();
        let parts = parts(training_examples, background.len());
        let train = |rows: &[(Row, Option<usize>)]| {
            Classifier::train(rows, vocabulary.len(), departments.len(), TRAINING)
        };
        Self {
            calibration: calibrate(&rows, &parts, train),
            classifier: train(&rows).filter(|_| departments.len() > 1),
            departments,
            vocabulary,
        }
    }

    /// The departments of the training examples, sorted by id.
    pub fn departments(&self) -> &[DepartmentId] {
        &self.departments
    }

    /// Predicts the department of a message. The prediction is empty if the router knows no department, or if
    /// the message has no word of the training examples.
    pub fn route(&self, text: &str) -> Routing {
        let row = self.vocabulary.row(&Counts::of(text));
        let Some(classifier) = self.classifier.as_ref().filter(|_| !row.is_empty()) else {
            return Routing::default();
        };
        let logits = classifier.logits(&row);
        let strange = self.calibration.is_strange(&logits);
        let probabilities = self.calibration.probabilities(&logits);
        let mut departments: Vec<Likely> = self
            .departments
            .iter()
            .zip(probabilities)
            .map(|(department, probability)| Likely {
                department: department.clone(),
                probability,
            })
            .collect();
        departments.sort_by(|a, b| b.probability.total_cmp(&a.probability));
        Routing { departments, strange }
    }
}

/// The fold of each example, followed by the fold of each background sentence. Examples of one group share a
/// fold.
fn parts(training_examples: &[TrainingExample], background: usize) -> Vec<usize> {
    let mut groups: BTreeMap<&str, usize> = BTreeMap::new();
    let mut next = 0..;
    let mut parts: Vec<usize> = Vec::with_capacity(training_examples.len() + background);
    // Examples are dealt out department by department, so that each fold has some of each.
    let mut order: Vec<usize> = (0..training_examples.len()).collect();
    order.sort_by_key(|&n| training_examples.get(n).map(|example| &example.department));
    let mut place = vec![0; training_examples.len()];
    for n in order {
        let group = training_examples
            .get(n)
            .and_then(|example| example.group.as_deref());
        let part = match group {
            Some(group) => *groups.entry(group).or_insert_with(|| next.next().unwrap_or(0)),
            None => next.next().unwrap_or(0),
        };
        if let Some(place) = place.get_mut(n) {
            *place = part % PARTS;
        }
    }
    parts.extend(place);
    parts.extend((0..background).map(|n| n % PARTS));
    parts
}

/// Fits the calibration to the logits of each fold, from a classifier that was trained on the other folds.
fn calibrate(
    rows: &[(Row, Option<usize>)],
    parts: &[usize],
    train: impl Fn(&[(Row, Option<usize>)]) -> Option<Classifier>,
) -> Calibration {
    let mut seen = Vec::with_capacity(rows.len());
    for part in 0..PARTS {
        let (held, learnt): (Vec<_>, Vec<_>) = rows.iter().zip(parts).partition(|(_, of)| **of == part);
        let learnt: Vec<_> = learnt.into_iter().map(|(row, _)| row.clone()).collect();
        if let Some(classifier) = train(&learnt) {
            let held = held.iter().filter_map(|((row, class), _)| Some((row, (*class)?)));
            seen.extend(held.map(|(row, class)| (classifier.logits(row), class)));
        }
    }
    Calibration::fit(&seen)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::indexing_slicing, reason = "tests fail by panicking")]

    use super::*;

    fn training_examples() -> Vec<TrainingExample> {
        let texts = [
            (
                "transport",
                [
                    "出租车拒载",
                    "公交车改线",
                    "高铁站打车难",
                    "出租车乱收费",
                    "公交车不停站",
                ],
            ),
            (
                "education",
                [
                    "老师补课收费",
                    "学校食堂不卫生",
                    "小学学位不够",
                    "老师体罚学生",
                    "学校乱收费",
                ],
            ),
        ];
        let texts = texts
            .iter()
            .flat_map(|(desk, texts)| texts.map(|text| TrainingExample::new(text, (*desk).into())));
        texts.collect()
    }

    fn best(router: &Router, text: &str) -> (String, f64) {
        let routing = router.route(text);
        let best = &routing.departments[0];
        (best.department.to_string(), best.probability)
    }

    #[test]
    fn a_message_goes_where_its_words_were_seen() {
        let router = Router::learn(&training_examples());
        assert_eq!(best(&router, "出租车司机绕路").0, "transport");
        assert_eq!(best(&router, "老师收费补课").0, "education");
        let (_, both) = best(&router, "乱收费");
        let (_, one) = best(&router, "出租车拒载");
        assert!(one > both, "{one} {both}");
        let routing = router.route("出租车拒载");
        let sum: f64 = routing.departments.iter().map(|likely| likely.probability).sum();
        assert!((sum - 1.0).abs() < 1e-9, "{sum}");
        assert_eq!(routing.sure(one).is_some(), !routing.strange);
        assert!(routing.sure(one + 1e-9).is_none());
        assert!(routing.sure(f64::NAN).is_none());
    }

    #[test]
    fn what_says_nothing_is_unsure() {
        let router = Router::learn(&training_examples());
        for text in ["", "???", "xyz"] {
            assert_eq!(router.route(text).departments, [], "{text}");
        }
        assert_eq!(Router::learn(&[]).route("出租车").departments, []);
        assert_eq!(Router::learn(&[]).route("出租车").sure(0.0), None);
    }

    #[test]
    fn the_same_lessons_teach_the_same() {
        let (one, other) = (
            Router::learn(&training_examples()),
            Router::learn(&training_examples()),
        );
        for text in ["出租车司机绕路", "学校门口公交车乱停", "乱收费"] {
            assert_eq!(one.route(text), other.route(text), "{text}");
        }
    }

    #[test]
    fn lessons_of_one_group_stay_together() {
        let mut training_examples = training_examples();
        for (n, example) in training_examples.iter_mut().enumerate() {
            example.group = (n < 4).then(|| "one".to_owned());
        }
        let parts = parts(&training_examples, 6);
        assert_eq!(parts.len(), 16);
        assert!(parts[..4].iter().all(|part| *part == parts[0]));
        assert_eq!(parts[10..], [0, 1, 2, 3, 0, 1]);
        assert!((0..PARTS).all(|part| parts[..10].contains(&part)));
    }
}
