//! SavedModels as folders: opened, verified, written again, and opened again.

use floe_savedmodel::{Kind, SavedModel, SavedModelWriter, Strip, verify};
use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

/// A folder of this process, with one asset beside the model.
static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = std::env::temp_dir().join(format!("floe-fuzz-{}", std::process::id()));
    fs::create_dir_all(folder.join("model/assets")).expect("a folder for temporary files");
    fs::write(folder.join("model/assets/vocab.txt"), "a\nb\n").expect("an asset");
    folder
});

/// Puts `data` into a SavedModel's folder.
///
/// # Panics
/// When what was written again is another model.
pub fn run(data: &[u8]) {
    let from = FOLDER.join("model");
    fs::write(from.join("saved_model.pb"), data).expect("a file");
    let Ok(model) = SavedModel::open(&from) else { return };
    verify::verify(&model, &mut drop);
    for strip in [&[][..], &[Strip::Debug, Strip::Restore]] {
        let Ok(package) = model.package(strip) else { continue };
        let to = FOLDER.join("again");
        SavedModelWriter::create(&to).and_then(|w| w.finish(package)).expect("the folder is ours");
        let again = SavedModel::open(&to).expect("what was written can be opened");
        assert_eq!((again.kind(), again.graphs().len()), (Kind::SavedModel, model.graphs().len()));
        if strip.is_empty() {
            let both = again.graphs().iter().zip(model.graphs());
            // Compared by their texts: a NaN is not equal to itself.
            both.for_each(|(a, b)| {
                assert_eq!(format!("{:?}", a.meta()), format!("{:?}", b.meta()))
            });
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn survives_damaged_files() {
        crate::smoke::smoke(super::run, "saved_model_folder", |name| name == "saved_model.pb");
    }
}
