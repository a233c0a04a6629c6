//! Masks personal numbers in displayed text: identity numbers, mobile numbers and bank cards.

use std::ops::Range;

use super::count;

/// The lengths of a bank card number, in digits.
const CARD: Range<usize> = 15..20;

/// The most digits of a personal number: a bank card's, and an X that belongs to the next word.
const LONGEST: usize = CARD.end;

/// Replaces the digits of personal numbers by `*`.
///
/// Personal numbers are Chinese identity numbers with a valid check digit, mobile numbers, and bank card
/// numbers that pass the Luhn check. Their digits may be half or full width, with or without spaces, dots or
/// hyphens between them. The last four digits of mobile and card numbers stay, so that a reader can tell two
/// numbers apart. Identity numbers are masked completely.
///
/// Other long numbers, such as order or case numbers, stay as they are.
///
/// ```
/// use civic_reply::text::redact;
///
/// assert_eq!(redact("call 138-0013-8000"), "call ***-****-8000");
/// assert_eq!(redact("id 11010519491231002x"), "id ******************");
/// assert_eq!(redact("order 110105194912310021"), "order 110105194912310021");
/// ```
pub fn redact(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut hidden = vec![false; chars.len()];
    let mut from = 0;
    while let Some(run) = next_run(&chars, from) {
        from = run.end;
        hide(&chars, run, &mut hidden);
    }
    let shown = chars.iter().zip(&hidden);
    shown.map(|(&c, &hidden)| if hidden { '*' } else { c }).collect()
}

/// The value of a digit of either width; 10 for the X at the end of an identity number.
fn value(c: char) -> Option<u32> {
    match c {
        '0'..='9' => Some(u32::from(c) - u32::from('0')),
        '\u{ff10}'..='\u{ff19}' => Some(u32::from(c) - 0xff10),
        'x' | 'X' | '\u{ff58}' | '\u{ff38}' => Some(10),
        _ => None,
    }
}

fn digit(c: char) -> Option<u32> {
    value(c).filter(|&value| value < 10)
}

/// Whether `c` may separate two digits of one number.
fn is_link(c: char) -> bool {
    matches!(
        c,
        ' ' | '-' | '\u{3000}' | '\u{a0}' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{ff0d}' | '.'
    )
}

/// Finds the next run of digits, with single separators between them and an optional X at the end.
fn next_run(chars: &[char], from: usize) -> Option<Range<usize>> {
    let at = |place: usize| chars.get(place).copied();
    let start = (from..chars.len()).find(|&place| at(place).and_then(digit).is_some())?;
    let mut end = start + 1;
    loop {
        if at(end).and_then(digit).is_some() {
            end += 1;
        } else if at(end).is_some_and(is_link) && at(end + 1).and_then(digit).is_some() {
            end += 2;
        } else {
            break;
        }
    }
    let is_x = |place| at(place).and_then(value) == Some(10);
    // A separator may stand before the X. An X that begins a Latin word is no check digit.
    let x = (end..=end + 1).find(|&place| is_x(place) && (place == end || at(end).is_some_and(is_link)));
    let alone = |place: usize| !at(place + 1).is_some_and(char::is_alphanumeric) || is_han(at(place + 1));
    Some(start..x.filter(|&place| alone(place)).map_or(end, |place| place + 1))
}

fn is_han(c: Option<char>) -> bool {
    c.is_some_and(|c| ('\u{3400}'..='\u{9fff}').contains(&c))
}

/// Marks the personal numbers of one run as hidden.
fn hide(chars: &[char], run: Range<usize>, hidden: &mut [bool]) {
    let stretch = chars.get(run.clone()).unwrap_or_default();
    let digits = stretch.iter().enumerate();
    let digits = digits.filter_map(|(place, &c)| Some((run.start + place, value(c)?)));
    let (places, values): (Vec<usize>, Vec<u32>) = digits.unzip();
    let mut cover = |range: Range<usize>| {
        for place in places.get(range).unwrap_or_default() {
            if let Some(hidden) = hidden.get_mut(*place) {
                *hidden = true;
            }
        }
    };
    // Try the whole run as one number first, then the numbers between separators, alone or joined with those
    // after them.
    let all = 0..values.len();
    if let Some(hide) = personal(&values) {
        cover(hide);
        return;
    }
    let apart = |n: usize| {
        n == 0
            || n == all.end
            || places
                .get(n - 1)
                .zip(places.get(n))
                .is_none_or(|(a, b)| a + 1 < *b)
    };
    let bounds: Vec<usize> = (0..=all.end).filter(|&n| apart(n)).collect();
    let mut first = 0;
    while let Some(&start) = bounds.get(first) {
        // Try the longest candidate first: it may be a card number that starts like a mobile number. A number
        // has few digits, so few candidates start here.
        let after = bounds.get(first + 1..).unwrap_or_default();
        let near = after.iter().take_while(|end| *end - start <= LONGEST).count();
        let ends = (first + 1..first + 1 + near).rev();
        let found = ends.filter_map(|last| {
            let end = *bounds.get(last)?;
            let hide = personal(values.get(start..end)?)?;
            Some((last, start + hide.start..start + hide.end))
        });
        match found.into_iter().next() {
            Some((last, hide)) => {
                cover(hide);
                first = last;
            }
            None => first += 1,
        }
    }
}

/// The range of digits to hide in a personal number; `None` if it is not one.
fn personal(values: &[u32]) -> Option<Range<usize>> {
    count(values.len());
    if values.len() > LONGEST {
        return None;
    }
    if is_identity(values) {
        return Some(0..values.len());
    }
    // The X belongs to the next word.
    let values = values.strip_suffix(&[10]).unwrap_or(values);
    let mobile = mobile_from(values)?;
    Some(mobile..values.len() - 4)
}

/// The first digit to hide of a mobile or card number; `None` if it is neither.
fn mobile_from(values: &[u32]) -> Option<usize> {
    let is_mobile = |digits: &[u32]| digits.len() == 11 && matches!(digits, [1, 3..=9, ..]);
    for prefix in [&[][..], &[8, 6], &[0, 0, 8, 6]] {
        if values.strip_prefix(prefix).is_some_and(is_mobile) {
            return Some(prefix.len());
        }
    }
    (CARD.contains(&values.len()) && is_card(values)).then_some(0)
}

/// Whether the digits are an identity number: a plausible birthday and a valid GB 11643 check digit.
fn is_identity(values: &[u32]) -> bool {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    const CHECKS: [u32; 11] = [1, 0, 10, 9, 8, 7, 6, 5, 4, 3, 2];
    let [head @ .., check] = values else {
        return false;
    };
    if head.len() != WEIGHTS.len() || head.contains(&10) {
        return false;
    }
    let number = |range: Range<usize>| {
        head.get(range)
            .unwrap_or_default()
            .iter()
            .fold(0, |n, d| n * 10 + d)
    };
    let born = (1..=12).contains(&number(10..12)) && (1..=31).contains(&number(12..14));
    let sum: u32 = head
        .iter()
        .zip(WEIGHTS)
        .map(|(digit, weight)| digit * weight)
        .sum();
    born && matches!(number(6..8), 18..=20) && CHECKS.get((sum % 11) as usize) == Some(check)
}

/// Whether the digits pass the Luhn check. Numbers that repeat one digit are excluded, and so are first
/// digits below 3, with which dates begin.
fn is_card(values: &[u32]) -> bool {
    let doubled = |(place, &digit): (usize, &u32)| match (place % 2, digit * 2) {
        (0, _) => digit,
        (_, twice) => twice / 10 + twice % 10,
    };
    let sum: u32 = values.iter().rev().enumerate().map(doubled).sum();
    let first = values.first();
    sum.is_multiple_of(10)
        && first.is_some_and(|first| (3..=9).contains(first) && values.iter().any(|digit| digit != first))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn personal_numbers_are_masked_and_other_numbers_are_not() {
        let cases = [
            ("电话13800138000转", "电话*******8000转"),
            ("电话１３８００１３８０００转", "电话*******８０００转"),
            ("138-0013-8000", "***-****-8000"),
            ("+86 138 0013 8000。", "+86 *** **** 8000。"),
            ("8613800138000", "86*******8000"),
            ("身份证11010519491231002x号", "身份证******************号"),
            ("身份证11010519491231002X", "身份证******************"),
            ("１１０１０５１９４９１２３１００２Ｘ", "******************"),
            ("110105 19491231 002X", "****** ******** ****"),
            ("卡号6222 0212 3456 7890 128", "卡号**** **** **** ***0 128"),
            ("4111111111111111", "************1111"),
            ("4111111111111112", "4111111111111112"),
            // The check digit is wrong: an order number.
            ("订单110105194912310021", "订单110105194912310021"),
            ("12345热线,010-12345678", "12345热线,010-12345678"),
            ("2026-11-23 20261123-0000-0000", "2026-11-23 20261123-0000-0000"),
            ("13800138000x", "*******8000x"),
            ("13800138000 13900139000", "*******8000 *******9000"),
            ("00000000000000000", "00000000000000000"),
            ("", ""),
        ];
        for (text, wanted) in cases {
            assert_eq!(redact(text), wanted);
        }
    }

    proptest! {
        #[test]
        fn nothing_but_digits_is_hidden_and_what_was_hidden_stays(text in "[0-9０-９xX 住 .-]{0,60}") {
            let once = redact(&text);
            prop_assert_eq!(once.chars().count(), text.chars().count());
            for (before, after) in text.chars().zip(once.chars()) {
                prop_assert!(before == after || after == '*' && value(before).is_some());
            }
        }

        #[test]
        fn every_mobile_number_is_masked_wherever_it_stands(
            number in "1[3-9][0-9]{9}", before in "[a-z住,]{0,5}", after in "[住,。]{0,5}"
        ) {
            let shown = redact(&format!("{before}{number}{after}"));
            prop_assert!(!shown.contains(&number));
        }
    }
}
