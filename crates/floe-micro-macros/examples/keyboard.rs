//! A model in firmware: no `std`, no heap, the arena a static of the exact size, a task that shares the processor.
//!
//! Invariant: nothing here allocates or panics; what the model takes is known when this is compiled.

#![no_std]

use floe_micro::Result;

/// The recogniser of the digits that are drawn on a touch key.
pub mod digits {
    floe_micro::model!("../../tests/fixtures/digits/tflite/int8.tflite");
}

/// The key's task.
pub struct Key<'a> {
    model: digits::Model<'a>,
}

impl<'a> Key<'a> {
    /// Once, at start.
    ///
    /// # Errors
    /// None.
    pub fn new(arena: &'a mut [u8; digits::ARENA]) -> Result<Self> {
        digits::Model::new(arena).map(|model| Self { model })
    }

    /// The most likely digit in a picture of 12 × 12 pixels from 0 to 1.
    ///
    /// # Errors
    /// None.
    pub fn read(&mut self, pixels: &[f32; 144]) -> Result<usize> {
        let [x] = digits::INPUTS;
        let picture = pixels.map(|p| x.quantize(p) as i8);
        let scores = self.model.run(&digits::Inputs { x: &picture })?.output_0;
        let best = scores.iter().enumerate().max_by_key(|&(_, score)| score);
        Ok(best.map_or(0, |(digit, _)| digit))
    }

    /// Runs one operator, between two of the scheduler's ticks. Whether there are more.
    ///
    /// # Errors
    /// None.
    pub fn step(&mut self) -> Result<bool> {
        self.model.engine().step()
    }
}
