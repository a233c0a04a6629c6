//! Chinese punctuation in place of TOML's: the most frequent mistake with a Chinese keyboard.

use crate::catalogue::text;

/// Advice on the Chinese mark at byte `at` of `text`, or right before it if the line ends there.
pub(super) fn help(text: &str, at: usize) -> Option<String> {
    let here = text.get(at..)?.chars().next();
    let before = text.get(..at)?.chars().next_back();
    let breaks_off = here.is_none_or(|c| matches!(c, '\r' | '\n'));
    let (mark, ascii) = here
        .and_then(ascii_of)
        .or_else(|| before.filter(|_| breaks_off).and_then(ascii_of))?;
    Some(if ascii == ' ' {
        text!("fullwidth-space", code = format!("{:04X}", u32::from(mark)))
    } else {
        text!("fullwidth-mark", mark = mark, ascii = ascii)
    })
}

/// The mark, and its ASCII form in TOML.
fn ascii_of(mark: char) -> Option<(char, char)> {
    let ascii = match mark {
        '“' | '”' | '„' | '「' | '」' => '"',
        '‘' | '’' => '\'',
        '、' => ',',
        '。' => '.',
        '【' => '[',
        '】' => ']',
        '\u{a0}' | '\u{3000}' => ' ',
        // Full width, in the order of ASCII; letters and digits are no marks.
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(mark) - 0xfee0)?,
        _ => return None,
    };
    (!ascii.is_alphanumeric()).then_some((mark, ascii))
}

#[cfg(test)]
mod tests {
    use super::help;

    #[test]
    fn each_chinese_mark_names_the_one_to_write() {
        for (text, at, ascii) in [
            ("id = “x”", 5, "`\"`"),
            ("id = \"x\"，", 8, "`,`"),
            ("theme ＝ 1", 6, "`=`"),
            ("［［rule］］", 0, "`[`"),
            ("【【rule】】", 0, "`[`"),
            ("id = \"x”\ny = 1", 10, "`\"`"),
        ] {
            let help = help(text, at).unwrap_or_default();
            assert!(help.contains(&format!("write {ascii}")), "{text}: {help}");
        }
        assert!(help("a\u{3000}=1", 1).is_some_and(|help| help.contains("U+3000")));
        assert_eq!(help("[[rule", 6), None);
        assert_eq!(help("户口 = 1", 0), None);
        assert_eq!(help("", 0), None);
        assert_eq!(help("户", 1), None);
    }
}
