//! The `checkpoint` file of a folder.

use floe_checkpoint::state::State;

/// Reads `data` as a state file.
///
/// # Panics
/// When what it says is printed as something else.
pub fn run(data: &[u8]) {
    let Ok(state) = State::parse(data) else { return };
    if state.timestamps.iter().chain(&state.last_preserved).all(|t| !t.is_nan()) {
        assert_eq!(State::parse(state.print().as_bytes()), Ok(state));
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn survives_damaged_files() {
        crate::smoke::smoke(super::run, "state_file", |name| name == "checkpoint");
    }
}
