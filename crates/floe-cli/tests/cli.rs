//! The command, run as its users run it: each file in `cases/` is a test.
//!
//! A case is a transcript. A line `$ COMMAND` is run; what follows it must come out: stdout as it is, each
//! line of stderr after `! `, and at last `? STATUS` when that is not 0. Lines that begin with `#` are
//! comments. All commands of a case run in one new folder, in which `digits` is the fixture of that name.
//!
//! Commands are `floe …`, and what else a transcript needs: `cat FILE`, `ls FOLDER`, `write FILE TEXT`, and
//! `cut FROM N TO`, which copies the first N bytes.
//!
//! `BLESS=1 cargo test -p floe-cli --test cli` writes the transcripts anew.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

#[test]
fn transcripts_hold() {
    let bless = std::env::var_os("BLESS").is_some();
    let mut cases: Vec<_> =
        fs::read_dir(here("tests/cases")).unwrap().map(|e| e.unwrap().path()).collect();
    cases.sort();
    assert!(cases.len() > 3, "only {} cases", cases.len());
    let mut wrong = String::new();
    for case in cases {
        let want = fs::read_to_string(&case).unwrap();
        let got = replay(&want);
        if bless {
            fs::write(&case, got).unwrap();
        } else if got != want {
            let _ = writeln!(wrong, "==== {}\n{}", case.display(), difference(&want, &got));
        }
    }
    assert!(wrong.is_empty(), "{wrong}\nBLESS=1 writes the transcripts anew");
}

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The transcript with what its commands really give.
fn replay(transcript: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let fixture = here("../../tests/fixtures/digits").canonicalize().unwrap();
    std::os::unix::fs::symlink(fixture, folder.path().join("digits")).unwrap();
    let mut got = String::new();
    for line in transcript.lines() {
        if line.starts_with('#')
            || line.is_empty() && !got.contains("\n$ ") && !got.starts_with("$ ")
        {
            got.push_str(line);
            got.push('\n');
        } else if let Some(command) = line.strip_prefix("$ ") {
            let _ = writeln!(got, "$ {command}");
            got.push_str(&run(command, folder.path()));
        }
    }
    got
}

/// What one command gives, as a transcript shows it.
fn run(command: &str, folder: &Path) -> String {
    let words = split(command);
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    let path = |name: &str| folder.join(name);
    match words[..] {
        ["floe", ref args @ ..] => floe(args, folder),
        ["cat", file] => fs::read_to_string(path(file)).unwrap_or_else(|e| format!("{e}\n")),
        ["ls", dir] => {
            let mut names: Vec<_> = fs::read_dir(path(dir))
                .unwrap()
                .map(|e| e.unwrap().file_name().into_string().unwrap() + "\n")
                .collect();
            names.sort();
            names.concat()
        }
        ["write", file, text] => {
            fs::write(path(file), text).unwrap();
            String::new()
        }
        ["cut", from, n, to] => {
            let bytes = fs::read(path(from)).unwrap();
            fs::write(path(to), &bytes[..n.parse::<usize>().unwrap().min(bytes.len())]).unwrap();
            String::new()
        }
        _ => panic!("a transcript knows no `{command}`"),
    }
}

fn floe(args: &[&str], folder: &Path) -> String {
    let done =
        Command::new(env!("CARGO_BIN_EXE_floe")).args(args).current_dir(folder).output().unwrap();
    let mut text = String::from_utf8_lossy(&done.stdout).into_owned();
    if !text.is_empty() && !text.ends_with('\n') {
        text.push_str("(no line feed)\n");
    }
    for line in String::from_utf8_lossy(&done.stderr).lines() {
        let _ = writeln!(text, "! {line}");
    }
    match done.status.code() {
        Some(0) => {}
        Some(status) => {
            let _ = writeln!(text, "? {status}");
        }
        None => panic!("ended by a signal: floe {args:?}"),
    }
    text
}

/// The words of a command line; single quotes hold spaces together.
fn split(command: &str) -> Vec<String> {
    let mut words = vec![];
    for (i, part) in command.split('\'').enumerate() {
        match i % 2 {
            0 => words.extend(part.split_whitespace().map(str::to_owned)),
            _ => words.push(part.to_owned()),
        }
    }
    words
}

/// The lines that differ, with `-` for what was expected and `+` for what came.
fn difference(want: &str, got: &str) -> String {
    let (want, got): (Vec<_>, Vec<_>) = (want.lines().collect(), got.lines().collect());
    let same = want.iter().zip(&got).take_while(|(a, b)| a == b).count();
    let tail =
        want[same..].iter().rev().zip(got[same..].iter().rev()).take_while(|(a, b)| a == b).count();
    let mut text = String::new();
    for line in &want[same..want.len() - tail] {
        let _ = writeln!(text, "-{line}");
    }
    for line in &got[same..got.len() - tail] {
        let _ = writeln!(text, "+{line}");
    }
    text
}
