//! Names of tensors as identifiers of Rust and C.
//!
//! Invariant: what comes out is lower-case ASCII, no keyword, and unlike what it must be unlike.

/// Reserved in Rust, now or later, or the name of a type or crate of its own, which a model must not hide. C's are
/// no danger: there the names stand behind a prefix.
const KEYWORDS: &[&str] = &[
    "bool",
    "char",
    "f32",
    "f64",
    "i16",
    "i32",
    "i64",
    "i8",
    "isize",
    "str",
    "u16",
    "u32",
    "u64",
    "u8",
    "usize",
    "alloc",
    "core",
    "proc_macro",
    "std",
    "test",
    "abstract",
    "as",
    "async",
    "await",
    "become",
    "box",
    "break",
    "const",
    "continue",
    "crate",
    "do",
    "dyn",
    "else",
    "enum",
    "extern",
    "false",
    "final",
    "fn",
    "for",
    "gen",
    "if",
    "impl",
    "in",
    "let",
    "loop",
    "macro",
    "match",
    "mod",
    "move",
    "mut",
    "override",
    "priv",
    "pub",
    "ref",
    "return",
    "self",
    "static",
    "struct",
    "super",
    "trait",
    "true",
    "try",
    "type",
    "typeof",
    "unsafe",
    "unsized",
    "use",
    "virtual",
    "where",
    "while",
    "yield",
];

/// `name` as an identifier: what no identifier may hold becomes `_`; `fallback` when nothing is left.
#[must_use]
pub fn ident(name: &str, fallback: &str) -> String {
    let mut ident = String::new();
    for c in name.chars() {
        match c {
            'A'..='Z' => ident.push(c.to_ascii_lowercase()),
            'a'..='z' | '0'..='9' => ident.push(c),
            _ if ident.is_empty() || ident.ends_with('_') => {}
            _ => ident.push('_'),
        }
    }
    let ident = ident.trim_end_matches('_');
    match ident.chars().next() {
        None => fallback.to_owned(),
        Some('0'..='9') => format!("{fallback}_{ident}"),
        _ if KEYWORDS.contains(&ident) => format!("{ident}_"),
        _ => ident.to_owned(),
    }
}

/// As [`ident`], with a number behind it when it is one of `taken`.
pub(crate) fn unique(name: &str, fallback: &str, taken: &[&str]) -> String {
    let ident = ident(name, fallback);
    let numbered = (2..).map(|n| format!("{ident}_{n}"));
    let free = |c: &String| !taken.contains(&c.as_str());
    std::iter::once(ident.clone()).chain(numbered).find(free).unwrap_or(ident)
}

#[cfg(test)]
mod tests {
    use super::{ident, unique};

    #[test]
    fn names_become_identifiers() {
        for (name, want) in [
            ("serving_default_x:0", "serving_default_x_0"),
            ("a/b;c", "a_b_c"),
            ("type", "type_"),
            ("0", "input_0"),
            ("", "input"),
            ("__é__", "input"),
        ] {
            assert_eq!(ident(name, "input"), want);
        }
    }

    #[test]
    fn no_two_are_the_same() {
        assert_eq!(unique("X", "input", &["x", "x_2"]), "x_3");
        assert_eq!(unique("y", "input", &["x"]), "y");
    }
}
