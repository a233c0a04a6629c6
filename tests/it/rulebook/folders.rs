//! Folders: which files are read, and which folders are no rulebook.

use std::fs;
use std::path::Path;

use civic_reply::Rulebook;
use civic_reply::rulebook::{Code, Diagnostics, MAX_BYTES, MAX_FILE_BYTES, MAX_FILES};
use tempfile::TempDir;

use crate::support::small_rulebook::{ENTRY, OFFICE, RULE, codes};

fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, bytes) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    folder
}

fn refused(path: &Path) -> Diagnostics {
    Rulebook::from_dir(path).unwrap_err().diagnostics
}

#[test]
fn files_at_any_depth_are_read_and_named_with_slashes() {
    let folder = folder(&[
        ("office.toml", OFFICE.as_bytes()),
        ("keywords/police/household.toml", RULE.as_bytes()),
        ("faq/household.TOML", ENTRY.as_bytes()),
        ("README.md", b"[[rule]]"),
        (".draft.toml", b"not a rule"),
        ("old.toml.bak", b"not a rule"),
        ("old.toml~", b"not a rule"),
        (".git/x.toml", b"not a rule"),
    ]);
    let rulebook = Rulebook::from_dir(folder.path()).unwrap();
    let rule = rulebook.rules.first().unwrap();
    assert_eq!(rule.location.to_string(), "keywords/police/household.toml:2:1");
    assert_eq!(rulebook.faq.len(), 1);
    assert!(rulebook.warnings().is_empty(), "{}", rulebook.warnings());
    let given = Rulebook::from_files([("a.toml", format!("{OFFICE}{RULE}{ENTRY}"))]).unwrap();
    assert_eq!(rulebook.version, given.version);
}

#[test]
fn a_missing_or_empty_folder_is_an_error_and_never_an_empty_rulebook() {
    let empty = folder(&[("README.md", b"")]);
    assert_eq!(codes(&refused(empty.path())), [Code::NoFiles]);
    assert_eq!(
        codes(&refused(&empty.path().join("gone"))),
        [Code::UnreadableFolder]
    );
    assert_eq!(
        codes(&refused(&empty.path().join("README.md"))),
        [Code::UnreadableFolder]
    );
    let nothing: [(&str, &str); 0] = [];
    assert_eq!(
        codes(&Rulebook::from_files(nothing).unwrap_err().diagnostics),
        [Code::NoFiles]
    );
    let blank = folder(&[("a.toml", b"")]);
    assert!(codes(&refused(blank.path())).contains(&Code::MissingTable));
}

#[test]
fn an_empty_subfolder_counts_as_missing_rules() {
    let folder = folder(&[
        ("office.toml", OFFICE.as_bytes()),
        ("keywords/rule.toml", RULE.as_bytes()),
    ]);
    fs::write(folder.path().join("keywords/.mounted"), "").unwrap();
    assert!(Rulebook::from_dir(folder.path()).is_ok());
    fs::remove_file(folder.path().join("keywords/rule.toml")).unwrap();
    let found = refused(folder.path());
    assert_eq!(codes(&found), [Code::EmptyFolder]);
    insta::assert_snapshot!("empty_folder", found.to_string());
    // Other files belong to somebody, and a removed folder was removed on purpose.
    fs::write(folder.path().join("keywords/README.md"), "").unwrap();
    assert!(Rulebook::from_dir(folder.path()).is_ok());
    fs::remove_dir_all(folder.path().join("keywords")).unwrap();
    assert!(Rulebook::from_dir(folder.path()).is_ok());
}

#[test]
fn a_file_that_is_not_utf8_is_named_with_its_line() {
    let folder = folder(&[
        ("office.toml", OFFICE.as_bytes()),
        ("gbk.toml", b"# ok\nname = \"\xbb\xa7\"\n"),
    ]);
    let found = refused(folder.path());
    assert_eq!(codes(&found), [Code::NotUtf8]);
    assert!(found.to_string().contains("gbk.toml:2:9"), "{found}");
}

#[test]
fn two_files_of_one_name_are_refused() {
    let files = [("a.toml", OFFICE), ("a.toml", RULE)];
    let found = Rulebook::from_files(files).unwrap_err().diagnostics;
    assert_eq!(codes(&found), [Code::RepeatedFile]);
}

#[test]
fn definitions_of_a_broken_file_are_not_reported_as_unknown() {
    let broken = OFFICE.replace("name = \"户籍\"", "name = 户籍");
    let found = Rulebook::from_files([("a.toml", broken.as_str()), ("b.toml", RULE)])
        .unwrap_err()
        .diagnostics;
    assert!(codes(&found).iter().all(|code| *code == Code::Syntax), "{found}");
}

#[test]
fn too_many_files_or_bytes_are_refused_with_the_limit_named() {
    let many = folder(&[]);
    for number in 0..=MAX_FILES {
        fs::write(many.path().join(format!("{number}.toml")), "").unwrap();
    }
    let found = refused(many.path());
    assert_eq!(codes(&found), [Code::OverLimit]);
    assert!(found.to_string().contains(&MAX_FILES.to_string()), "{found}");

    let large = folder(&[]);
    for number in 0..=MAX_BYTES / MAX_FILE_BYTES {
        let file = fs::File::create(large.path().join(format!("{number}.toml"))).unwrap();
        file.set_len(MAX_FILE_BYTES).unwrap();
    }
    let found = refused(large.path());
    assert_eq!(codes(&found), [Code::OverLimit]);
    assert!(found.to_string().contains(&MAX_BYTES.to_string()), "{found}");
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn loops_of_links_end() {
        let folder = folder(&[
            ("office.toml", OFFICE.as_bytes()),
            ("sub/rule.toml", RULE.as_bytes()),
        ]);
        symlink(folder.path(), folder.path().join("sub/up")).unwrap();
        symlink(".", folder.path().join("here")).unwrap();
        let rulebook = Rulebook::from_dir(folder.path()).unwrap();
        assert_eq!(rulebook.rules.len(), 1);
        symlink("self.toml", folder.path().join("self.toml")).unwrap();
        assert_eq!(codes(&refused(folder.path())), [Code::UnreadableFile]);
    }

    #[test]
    fn a_mounted_configuration_is_read_once() {
        let folder = folder(&[
            ("..2026/office.toml", OFFICE.as_bytes()),
            ("..2026/rule.toml", RULE.as_bytes()),
        ]);
        symlink("..2026", folder.path().join("..data")).unwrap();
        symlink("..data/office.toml", folder.path().join("office.toml")).unwrap();
        symlink("..data/rule.toml", folder.path().join("rule.toml")).unwrap();
        assert_eq!(Rulebook::from_dir(folder.path()).unwrap().rules.len(), 1);
    }

    #[test]
    fn a_named_pipe_does_not_block_loading() {
        let folder = folder(&[("office.toml", OFFICE.as_bytes())]);
        let pipe = folder.path().join("pipe.toml");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.is_ok_and(|status| status.success()), "mkfifo works");
        assert_eq!(codes(&refused(folder.path())), [Code::UnreadableFile]);
    }

    #[test]
    fn a_broken_link_to_a_file_is_an_error() {
        let folder = folder(&[("office.toml", OFFICE.as_bytes())]);
        symlink("gone.toml", folder.path().join("rules.toml")).unwrap();
        assert_eq!(codes(&refused(folder.path())), [Code::UnreadableFile]);
    }

    #[test]
    fn a_dangling_link_to_a_folder_is_an_error_and_not_an_empty_folder() {
        let rules = folder(&[("rule.toml", RULE.as_bytes())]);
        let folder = folder(&[("office.toml", OFFICE.as_bytes())]);
        symlink(rules.path(), folder.path().join("keywords")).unwrap();
        assert_eq!(Rulebook::from_dir(folder.path()).unwrap().rules.len(), 1);
        drop(rules);
        let found = refused(folder.path());
        assert_eq!(codes(&found), [Code::UnreadableFolder]);
        assert!(
            found.to_string().contains("`keywords` is a broken link"),
            "{found}"
        );
    }
}
