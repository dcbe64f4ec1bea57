//! Writes random models: `models DIR COUNT [SEED]` makes `DIR/SEED.tflite` and the ones after it.

use floe_smith::{Source, tflite};
use std::path::Path;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let dir = args.next().ok_or("models DIR COUNT [SEED]")?;
    let count: u64 = args.next().ok_or("how many?")?.parse()?;
    let first: u64 = args.next().map_or(Ok(0), |seed| seed.parse())?;
    std::fs::create_dir_all(&dir)?;
    for seed in first..first + count {
        let model = tflite::model(&mut Source::seed(seed), &tflite::Config::default());
        std::fs::write(
            Path::new(&dir).join(format!("{seed:05}.tflite")),
            floe_tflite::encode(&model)?,
        )?;
    }
    Ok(())
}
