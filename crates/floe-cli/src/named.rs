//! `NAME=FILE` on the command line: an input, a representative data set.

use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// A file, and what it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NamedFile {
    /// The name of an input; `None` when only a file was given.
    pub(crate) name: Option<String>,
    /// The file.
    pub(crate) path: PathBuf,
}

impl FromStr for NamedFile {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        let whole = || Self { name: None, path: text.into() };
        Ok(match text.split_once('=') {
            // A file whose own name holds an equals sign.
            Some(_) if Path::new(text).is_file() => whole(),
            Some((name, path)) => Self { name: Some(name.to_owned()), path: path.into() },
            None => whole(),
        })
    }
}

/// Gives each of `ports` its file: by name, the rest in order. A port answers to any of its names.
///
/// # Errors
/// What is missing, unknown or given twice, in words.
pub(crate) fn assign<T>(
    given: Vec<(NamedFile, T)>,
    ports: &[Vec<String>],
) -> Result<Vec<T>, String> {
    let mut slots: Vec<Option<T>> = ports.iter().map(|_| None).collect();
    let mut rest = Vec::new();
    for (file, value) in given {
        let Some(name) = file.name else {
            rest.push(value);
            continue;
        };
        let Some(i) = ports.iter().position(|names| names.contains(&name)) else {
            return Err(format!("there is no input `{name}`; {}", listed(ports)));
        };
        if slots[i].replace(value).is_some() {
            return Err(format!("input `{name}` is given twice"));
        }
    }
    let mut rest = rest.into_iter();
    for slot in slots.iter_mut().filter(|s| s.is_none()) {
        *slot = rest.next();
    }
    let extra = rest.count();
    if extra > 0 {
        return Err(format!("{extra} more than the model takes; {}", listed(ports)));
    }
    let missing = slots.iter().position(Option::is_none).and_then(|i| ports[i].first());
    match missing {
        Some(name) => Err(format!(
            "input `{name}` is not given: add --input {name}=FILE.npy; {}",
            listed(ports)
        )),
        None => Ok(slots.into_iter().flatten().collect()),
    }
}

fn listed(ports: &[Vec<String>]) -> String {
    let names: Vec<_> =
        ports.iter().filter_map(|names| Some(format!("`{}`", names.first()?))).collect();
    match names.len() {
        0 => "the model takes no inputs".into(),
        _ => format!("the model takes {}", names.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::{NamedFile, assign};

    fn ports() -> Vec<Vec<String>> {
        [vec!["x", "serving_default_x:0"], vec!["y"]]
            .map(|p| p.into_iter().map(str::to_owned).collect())
            .into()
    }

    fn given(text: &[&str]) -> Vec<(NamedFile, String)> {
        text.iter()
            .map(|t| t.parse::<NamedFile>().unwrap())
            .map(|f| (f.clone(), f.path.display().to_string()))
            .collect()
    }

    #[test]
    fn names_first_then_order() {
        assert_eq!(assign(given(&["b", "x=a"]), &ports()).unwrap(), ["a", "b"]);
        assert_eq!(assign(given(&["serving_default_x:0=a", "y=b"]), &ports()).unwrap(), ["a", "b"]);
    }

    #[test]
    fn what_does_not_fit_is_said() {
        assert!(
            assign(given(&["z=a"]), &ports()).unwrap_err().contains("the model takes `x`, `y`")
        );
        assert!(assign(given(&["x=a", "x=b"]), &ports()).unwrap_err().contains("twice"));
        assert!(assign(given(&["a"]), &ports()).unwrap_err().contains("`y` is not given"));
        assert!(assign(given(&["a", "b", "c"]), &ports()).unwrap_err().contains("1 more"));
    }
}
