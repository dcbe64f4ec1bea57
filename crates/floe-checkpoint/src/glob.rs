//! [`Glob`]: a pattern for the names of tensors.
//!
//! Invariant: a pattern is for the whole name, and `*` crosses `/`: names are no paths of folders.

use regex::Regex;

/// A pattern for names: `*` stands for any run of characters, `?` for any one, `[a-z]` for one of a set,
/// `[!a-z]` for one that is not in it.
#[derive(Clone, Debug)]
pub struct Glob(Regex);

impl Glob {
    /// Reads a pattern. A bracket that is never closed stands for itself.
    ///
    /// # Errors
    /// When it has a set that could be none, such as `[z-a]`, or is too large.
    pub fn new(pattern: &str) -> Result<Self, regex::Error> {
        let mut regex = String::from("(?s)^");
        let mut rest = pattern;
        while let Some(c) = rest.chars().next() {
            rest = rest.get(c.len_utf8()..).unwrap_or_default();
            let set = if c == '[' { set_of(rest) } else { None };
            match (c, set) {
                ('*', _) => regex.push_str(".*"),
                ('?', _) => regex.push('.'),
                (_, Some((set, after))) => {
                    regex.push_str(&set);
                    rest = after;
                }
                _ => regex.push_str(&regex::escape(c.encode_utf8(&mut [0; 4]))),
            }
        }
        regex.push('$');
        Regex::new(&regex).map(Self)
    }

    /// Whether `name` is one of those.
    #[must_use]
    pub fn is_match(&self, name: &str) -> bool {
        self.0.is_match(name)
    }
}

/// The set that `rest`, after its opening bracket, begins with, and what follows it.
fn set_of(rest: &str) -> Option<(String, &str)> {
    let (negated, body) = rest.strip_prefix('!').map_or(("", rest), |body| ("^", body));
    // A bracket right at the beginning is a member.
    let end = body.char_indices().skip(1).find(|&(_, c)| c == ']')?.0;
    let (members, after) = body.split_at_checked(end)?;
    let escape =
        |c: char| if c == '-' { "-".to_owned() } else { regex::escape(c.encode_utf8(&mut [0; 4])) };
    let members: String = members.chars().map(escape).collect();
    Some((format!("[{negated}{members}]"), after.strip_prefix(']')?))
}

#[cfg(test)]
mod tests {
    use super::Glob;

    #[test]
    fn names_are_matched_as_a_whole() {
        for (glob, name, want) in [
            ("*", "", true),
            ("*", "a\nb", true),
            ("a*c", "a/b/c", true),
            ("a*c", "a/b/cd", false),
            ("*kernel", "dense/kernel", true),
            ("**a**", "bab", true),
            ("a?c", "abc", true),
            ("a?c", "aéc", true),
            ("a[b-d]", "ac", true),
            ("a[!b-d]", "ac", false),
            ("a[]]", "a]", true),
            ("a[", "a[", true),
            ("a.c", "abc", false),
            ("[^a]", "a", true),
            ("[[:alpha:]]", "a:]", false),
            ("", "a", false),
        ] {
            assert_eq!(Glob::new(glob).unwrap().is_match(name), want, "{glob} {name}");
        }
        assert!(Glob::new("[z-a]").is_err());
    }

    #[test]
    fn many_stars_end_soon() {
        assert!(!Glob::new(&("a*".repeat(60) + "z")).unwrap().is_match(&"a".repeat(3000)));
    }
}
