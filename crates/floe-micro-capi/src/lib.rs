//! The micro-interpreter for C and all that can call it: `include/floe_micro.h` and a static library.
//!
//! For firmware in C or C++, and for hosts that want the same numbers. Build the library for a chip and link
//! it with `--gc-sections`; `examples/digits.c` is the whole of a program:
//!
//! ```text
//! cargo rustc -p floe-micro-capi --lib --crate-type staticlib --no-default-features --profile chip \
//!     --target thumbv7em-none-eabihf
//! ```
//!
//! The header is made of this file by `cargo run -p xtask -- codegen`; a test proves it current.
//!
//! # `unsafe`
//!
//! This is the third and last place in the family that has any, beside the wrapper of memory maps and
//! the SIMD kernels: C hands over bare pointers, and only an `unsafe` block can believe them. All of it is in this
//! module, one operation a block; what is computed with what comes out is safe code in the modules below.
//! Each block rests on one or more of these, which every function's documentation asks of its caller:
//!
//! 1. A pointer that is not null points to as many readable (writable, where it is not `const`) bytes as is said.
//! 2. What [`floe_open`] is given stays there, and is touched by no one else, while the interpreter is in use.
//!    A tensor's bytes may be read and written between calls: no Rust code runs then.
//! 3. A `floe_interpreter` comes from [`floe_open`], and is used by one thread at a time.
//!
//! Invariant: null pointers, wrong sizes, wrong indices and damaged models are errors, never undefined behaviour.
//! No function allocates or panics.
//!
//! ```
//! use floe_micro_capi::{Setup, floe_open};
//! // Calls from Rust are for tests; use the crate floe-micro.
//! let mut memory = [0u64; 64];
//! let mut interpreter = std::ptr::null_mut();
//! let setup = Setup::default();
//! let error = unsafe { floe_open(&setup, memory.as_mut_ptr().cast(), 512, &mut interpreter) };
//! assert_eq!(error.kind, floe_micro_capi::FLOE_ERROR_NULL);
//! ```

#![no_std]
#![allow(unsafe_code, reason = "pointers of C; the only place for them, argued above")]
#![cfg_attr(
    not(test),
    deny(clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used, clippy::panic)
)]

#[cfg(feature = "std")]
extern crate std;

mod error;
#[rustfmt::skip]
pub mod generated;
mod tensor;

use core::ffi::{CStr, c_char, c_void};
use core::slice;
pub use error::{Error, FLOE_ERROR_MEMORY, FLOE_ERROR_NULL, FLOE_OK};
use floe_graph::Side;
use floe_micro::{Numerics, OpDef, Options};
pub use tensor::{FLOE_MAX_RANK, Tensor};

/// Nothing panics, so nothing comes here: the tests hold that the linker drops this.
#[cfg(not(feature = "std"))]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {}
}

/// An interpreter, in the memory that was given to floe_open.
pub struct Interpreter(floe_micro::Interpreter<'static>);

/// What floe_open takes. All of it must stay in place as long as the interpreter is used.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Setup {
    /// A .tflite file; in flash, on a chip. No alignment is asked for.
    pub model: *const c_void,
    /// Its bytes.
    pub model_size: usize,
    /// The ops to run it with, such as { &FLOE_CONV_2D_I8, &FLOE_SOFTMAX_I8 }. None may be null.
    pub ops: *const *const OpDef,
    /// How many there are.
    pub op_count: usize,
    /// Memory for the model's tables, state and activations. A multiple of 8 is the fastest address.
    pub arena: *mut c_void,
    /// Its bytes.
    pub arena_size: usize,
    /// Whose integers to reproduce to the bit: 0 for LiteRT's, 1 for TensorFlow Lite Micro's.
    pub numerics: u8,
}

impl Default for Setup {
    fn default() -> Self {
        let (model, ops, arena) = (core::ptr::null(), core::ptr::null(), core::ptr::null_mut());
        Self { model, model_size: 0, ops, op_count: 0, arena, arena_size: 0, numerics: 0 }
    }
}

/// The bytes that an interpreter takes, which floe_open is to be given, at an address that is a multiple of 8.
/// FLOE_INTERPRETER_SIZE is enough on every machine.
#[unsafe(no_mangle)]
pub extern "C" fn floe_interpreter_size() -> usize {
    size_of::<Interpreter>()
}

/// Bytes that are enough for an interpreter, for memory that is laid out when the program is compiled.
pub const FLOE_INTERPRETER_SIZE: usize = 512;
const _: () = assert!(size_of::<Interpreter>() <= FLOE_INTERPRETER_SIZE);
const _: () = assert!(align_of::<Interpreter>() <= 8);

/// Plans a model and makes an interpreter for it in memory, of memory_size bytes. On success *interpreter is
/// that; there is nothing to close. Kind FLOE_ERROR_ARENA means that the arena is too small: error.at
/// is the number of bytes that it must have, once it is large enough for the planner's own tables.
///
/// # Safety
/// Every pointer is null or points to as many bytes as is said, which stay there while the interpreter is used.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn floe_open(
    setup: *const Setup,
    memory: *mut c_void,
    memory_size: usize,
    interpreter: *mut *mut Interpreter,
) -> Error {
    // SAFETY: by promise 1, `setup` is null or a `Setup`; it is read here only.
    let setup = unsafe { setup.as_ref() };
    let (Some(setup), false, false) = (setup, memory.is_null(), interpreter.is_null()) else {
        return Error::only(FLOE_ERROR_NULL);
    };
    let place = memory.cast::<Interpreter>();
    if memory_size < size_of::<Interpreter>() || !place.is_aligned() {
        return Error::only(FLOE_ERROR_MEMORY);
    }
    // SAFETY: promises 1 and 2 for what `setup` points to.
    let opened = unsafe { open(setup) };
    match opened {
        Ok(it) => {
            // SAFETY: `place` is aligned and has room, as was checked; promise 1 makes it writable.
            unsafe { place.write(Interpreter(it)) };
            // SAFETY: `interpreter` is not null; promise 1.
            unsafe { interpreter.write(place) };
            Error::only(FLOE_OK)
        }
        Err(error) => error,
    }
}

/// Plans the model of `setup`.
///
/// # Safety
/// As [`floe_open`].
unsafe fn open(setup: &Setup) -> Result<floe_micro::Interpreter<'static>, Error> {
    let null = setup.model.is_null() || setup.ops.is_null() || setup.arena.is_null();
    if null || setup.model_size.max(setup.arena_size) > isize::MAX as usize {
        return Err(Error::only(FLOE_ERROR_NULL));
    }
    if setup.op_count > isize::MAX as usize / size_of::<&OpDef>() || !setup.ops.is_aligned() {
        return Err(Error::only(FLOE_ERROR_MEMORY));
    }
    // SAFETY: not null, aligned and no larger than an address space, as was checked; promises 1 and 2.
    let listed = unsafe { slice::from_raw_parts(setup.ops, setup.op_count) };
    if listed.iter().any(|op| op.is_null()) {
        return Err(Error::only(FLOE_ERROR_NULL));
    }
    // SAFETY: the same list: none is null, and C has no other `floe_op` than this crate's constants. A
    // reference has the layout of the pointer.
    let ops: &'static [&'static OpDef] =
        unsafe { slice::from_raw_parts(setup.ops.cast(), setup.op_count) };
    // SAFETY: not null and no larger than an address space; bytes have no alignment; promises 1 and 2.
    let model = unsafe { slice::from_raw_parts(setup.model.cast::<u8>(), setup.model_size) };
    // SAFETY: as above; the caller lends the arena to this interpreter alone (promise 2).
    let arena = unsafe { slice::from_raw_parts_mut(setup.arena.cast::<u8>(), setup.arena_size) };
    tensor::plan(model, arena, ops, options(setup.numerics)).map_err(Error::from)
}

fn options(numerics: u8) -> Options<'static> {
    let numerics = if numerics == 1 { Numerics::Tflm } else { Numerics::LiteRt };
    Options { numerics, ..Options::default() }
}

/// The interpreter behind the pointer.
///
/// # Safety
/// Promise 3, and no other reference to it is alive.
unsafe fn borrow<'i>(
    it: *mut Interpreter,
) -> Result<&'i mut floe_micro::Interpreter<'static>, Error> {
    // SAFETY: null, or written by `floe_open` (promise 3) and not in use by another thread.
    let it = unsafe { it.as_mut() };
    it.map(|it| &mut it.0).ok_or(Error::only(FLOE_ERROR_NULL))
}

/// The bytes of arena that the model takes, exactly: floe_open works with so many and not with one less.
/// 0 for a null pointer.
///
/// # Safety
/// The interpreter is null or comes from floe_open.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn floe_arena_size(interpreter: *mut Interpreter) -> usize {
    // SAFETY: promise 3, passed on.
    let it = unsafe { borrow(interpreter) };
    it.map_or(0, |it| it.arena_bytes())
}

/// How many inputs the model has; 0 for a null pointer.
///
/// # Safety
/// The interpreter is null or comes from floe_open.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn floe_input_count(interpreter: *mut Interpreter) -> usize {
    // SAFETY: promise 3, passed on.
    let it = unsafe { borrow(interpreter) };
    it.map_or(0, |it| it.inputs())
}

/// How many outputs the model has; 0 for a null pointer.
///
/// # Safety
/// The interpreter is null or comes from floe_open.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn floe_output_count(interpreter: *mut Interpreter) -> usize {
    // SAFETY: promise 3, passed on.
    let it = unsafe { borrow(interpreter) };
    it.map_or(0, |it| it.outputs())
}

/// Describes input number index, to write its data. It stays where it is; a run may overwrite it: write
/// all inputs before each.
///
/// # Safety
/// The interpreter comes from floe_open, and tensor points to a floe_tensor; either may be null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn floe_input(
    interpreter: *mut Interpreter,
    index: usize,
    tensor: *mut Tensor,
) -> Error {
    // SAFETY: promises 1 and 3, passed on.
    unsafe { port(interpreter, tensor, |it| tensor::input(it, index)) }
}

/// Describes output number index, whose data the last run left.
///
/// # Safety
/// As floe_input.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn floe_output(
    interpreter: *mut Interpreter,
    index: usize,
    tensor: *mut Tensor,
) -> Error {
    // SAFETY: promises 1 and 3, passed on.
    unsafe { port(interpreter, tensor, |it| tensor::output(it, index)) }
}

/// As floe_input, by name: the signature's, or the tensor's.
///
/// # Safety
/// As floe_input; name is null or ends with a zero byte.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn floe_input_named(
    interpreter: *mut Interpreter,
    name: *const c_char,
    tensor: *mut Tensor,
) -> Error {
    // SAFETY: the caller's promise for `name`, passed on.
    let name = unsafe { text(name) };
    let find = |it: &mut _| tensor::input(it, tensor::find(it, Side::Input, name)?);
    // SAFETY: promises 1 and 3, passed on.
    unsafe { port(interpreter, tensor, find) }
}

/// As floe_output, by name: the signature's, or the tensor's.
///
/// # Safety
/// As floe_input_named.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn floe_output_named(
    interpreter: *mut Interpreter,
    name: *const c_char,
    tensor: *mut Tensor,
) -> Error {
    // SAFETY: the caller's promise for `name`, passed on.
    let name = unsafe { text(name) };
    let find = |it: &mut _| tensor::output(it, tensor::find(it, Side::Output, name)?);
    // SAFETY: promises 1 and 3, passed on.
    unsafe { port(interpreter, tensor, find) }
}

/// The bytes of a text of C, without the zero; none for null.
///
/// # Safety
/// Null, or it ends with a zero byte and stays as it is for `'t`.
unsafe fn text<'t>(name: *const c_char) -> &'t [u8] {
    if name.is_null() {
        return &[];
    }
    // SAFETY: not null; the caller's promise.
    unsafe { CStr::from_ptr(name) }.to_bytes()
}

/// Writes what `describe` gives to `tensor`.
///
/// # Safety
/// Promise 3 for `interpreter`, promise 1 for `tensor`.
unsafe fn port(
    interpreter: *mut Interpreter,
    tensor: *mut Tensor,
    describe: impl FnOnce(&mut floe_micro::Interpreter<'static>) -> floe_micro::Result<Tensor>,
) -> Error {
    // SAFETY: promise 3, passed on.
    let it = unsafe { borrow(interpreter) };
    let described = it.and_then(|it| describe(it).map_err(Error::from));
    match described {
        Ok(_) if tensor.is_null() => Error::only(FLOE_ERROR_NULL),
        Ok(described) => {
            // SAFETY: not null; promise 1.
            unsafe { tensor.write(described) };
            Error::only(FLOE_OK)
        }
        Err(error) => error,
    }
}

/// Runs the model once.
///
/// # Safety
/// The interpreter is null or comes from floe_open.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn floe_invoke(interpreter: *mut Interpreter) -> Error {
    // SAFETY: promise 3, passed on.
    let it = unsafe { borrow(interpreter) };
    it.and_then(|it| it.invoke().map_err(Error::from)).into()
}

/// Runs the next operator, for schedulers that share the processor. *more becomes false after the last one;
/// the next step then begins anew.
///
/// # Safety
/// The interpreter is null or comes from floe_open; more is null or points to a bool.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn floe_step(interpreter: *mut Interpreter, more: *mut bool) -> Error {
    // SAFETY: promise 3, passed on.
    let it = unsafe { borrow(interpreter) };
    let done = it.and_then(|it| it.step().map_err(Error::from)).map(|goes_on| {
        if !more.is_null() {
            // SAFETY: not null; promise 1.
            unsafe { more.write(goes_on) };
        }
    });
    done.into()
}

/// Goes back to the first operator, whatever was run so far.
///
/// # Safety
/// The interpreter is null or comes from floe_open.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn floe_rewind(interpreter: *mut Interpreter) -> Error {
    // SAFETY: promise 3, passed on.
    let it = unsafe { borrow(interpreter) };
    it.and_then(|it| it.rewind().map_err(Error::from)).into()
}

/// Forgets what LSTM, SVDF and their like keep from run to run. Resource variables stay.
///
/// # Safety
/// The interpreter is null or comes from floe_open.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn floe_reset(interpreter: *mut Interpreter) -> Error {
    // SAFETY: promise 3, passed on.
    let it = unsafe { borrow(interpreter) };
    it.map(floe_micro::Interpreter::reset_variables).into()
}

/// Writes what is wrong and where, in words, to text: at most size bytes, the last of them zero. Gives the
/// length of the whole text, without the zero; size may be 0.
///
/// # Safety
/// text is null or points to size bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn floe_error_text(error: Error, text: *mut c_char, size: usize) -> usize {
    if text.is_null() || size > isize::MAX as usize {
        return error.text(&mut []);
    }
    // SAFETY: not null, no larger than an address space; promise 1.
    error.text(unsafe { slice::from_raw_parts_mut(text.cast::<u8>(), size) })
}
