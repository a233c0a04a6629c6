//! The examples that the router is trained on.

use sha2::{Digest, Sha256};

use crate::message::ThemeId;
use crate::route::TrainingExample;
use crate::rulebook::{RuleOutcome, Rulebook};

/// The largest number of the rulebook's own texts to train on. A large bank repeats itself, and training
/// takes time.
const MAX_RULEBOOK_EXAMPLES: usize = 6_000;

/// The router's training examples: the rulebook's own texts for each theme, then closed cases from the host.
/// Examples of departments that the rulebook does not have are left out.
pub(super) fn training_examples(rulebook: &Rulebook, closed: &[TrainingExample]) -> Vec<TrainingExample> {
    let mut own: Vec<(&ThemeId, String, &str)> = Vec::new();
    for entry in &rulebook.faq {
        let group = format!("faq {}", entry.id);
        let asked = std::iter::once(&entry.question).chain(&entry.phrasings);
        let texts = asked.chain(&entry.examples);
        own.extend(texts.map(|text| (&entry.theme, group.clone(), text.as_str())));
    }
    for rule in &rulebook.rules {
        let theme = match &rule.outcome {
            RuleOutcome::ForwardTheme(theme) => theme,
            // The desk takes messages of any theme.
            RuleOutcome::ForwardAccount(_) | RuleOutcome::Escalate { .. } => continue,
            RuleOutcome::Reply(_) | RuleOutcome::Form(_) => &rule.theme,
        };
        let group = format!("rule {}", rule.id);
        own.extend(
            rule.examples
                .iter()
                .map(|text| (theme, group.clone(), text.as_str())),
        );
    }
    // Every n-th text, so that each entry keeps some of its phrasings.
    let stride = own.len().div_ceil(MAX_RULEBOOK_EXAMPLES).max(1);
    let own = own
        .into_iter()
        .step_by(stride)
        .filter_map(|(theme, group, text)| {
            let department = rulebook.themes.get(theme)?.department.clone();
            Some(TrainingExample::new(text, department).in_group(group))
        });
    let known = closed
        .iter()
        .filter(|example| rulebook.departments.contains_key(&example.department));
    own.chain(known.cloned()).collect()
}

/// A hash of the training examples: the same examples in the same order give the same router.
pub(super) fn hash(training_examples: &[TrainingExample]) -> [u8; 32] {
    let mut hash = Sha256::new();
    let mut add = |text: &str| {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text);
    };
    for example in training_examples {
        add(&example.text);
        add(example.department.as_str());
        add(example.group.as_deref().unwrap_or_default());
    }
    hash.finalize().into()
}
