//! `.tflite`: verify, then plan and run one inference in exactly the memory it needs.

use floe_micro::{Interpreter, Kind, kernels};
use floe_tflite::verify::{Options, verify};

/// The largest arena that is tried.
const ARENA: usize = 64 << 10;
/// Operators that are run: a file may hold a loop without an end.
const MOST_STEPS: usize = 2_000;

/// What can be planned has an exact need: planning works in so much memory, fails in one byte less and
/// names the need; and a run in it ends or is refused.
///
/// # Panics
/// When the need is not exact.
pub fn run(data: &[u8]) {
    let _ = verify(data, &Options::default(), &mut drop);
    let mut arena = vec![0x5a; ARENA];
    let Ok(need) = Interpreter::new(data, &mut arena, kernels::ALL).map(|it| it.arena_bytes())
    else {
        return;
    };
    if let Some(less) = need.checked_sub(1) {
        let refused = Interpreter::new(data, &mut arena[..less], kernels::ALL).map(|_| ());
        let refused = refused.expect_err("one byte less is too little");
        assert_eq!((refused.kind, refused.at as usize), (Kind::Arena, need));
    }
    arena.fill(0xa5);
    let mut it =
        Interpreter::new(data, &mut arena[..need], kernels::ALL).expect("its own need is enough");
    for i in 0..it.inputs() {
        if let Ok(bytes) = it.input_bytes(i) {
            bytes.iter_mut().zip(data.iter().cycle()).for_each(|(to, from)| *to = *from);
        }
    }
    for _ in 0..MOST_STEPS {
        if !matches!(it.step(), Ok(true)) {
            break;
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn smoke() {
        crate::smoke::smoke(super::run, "tflite", |name| name.ends_with(".tflite"));
    }
}
