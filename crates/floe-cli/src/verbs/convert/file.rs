//! A `.tflite` made anew.

use super::making::{Input, Making};
use super::{report, save};
use crate::failure::{At, Failure, Outcome};
use crate::progress::Steps;
use floe::convert::convert_tflite;
use floe::graph::{Model, Side, SignatureId};
use floe::tflite::TfLite;
use std::path::Path;

/// Makes the file at `src` anew as `making` says; of its signatures, only the one that is named. With
/// `analyse` it is told what quantization costs.
pub(crate) fn remake(
    src: &Path,
    output: &Path,
    signature: Option<&str>,
    making: &Making,
    analyse: bool,
) -> Outcome {
    let bytes = floe::graph::map::open(src).at(src)?;
    let model = TfLite::parse(&bytes).at(src)?;
    let options =
        making.options(&inputs(&model, signature).at(src)?, analyse || making.report.is_some())?;
    let steps = Steps::new();
    let converted =
        convert_tflite(&bytes, signature, &options, &mut |name, part| steps.tell(name, part))
            .map_err(|e| Failure::unconvertible(src, e))?;
    drop(steps);
    let size = save(&converted, src, output)?;
    if let Some(page) = &making.report {
        report::write(page, src, output, &model, &converted.report)?;
    }
    making.tell(src, output, &converted.report, size)
}

/// The inputs of the signature that is meant, in the main graph's order: their names and their tensors'.
fn inputs(model: &TfLite<'_>, signature: Option<&str>) -> floe::graph::Result<Vec<Input>> {
    let wanted = (0..model.signature_count()).map(SignatureId).find(|&id| {
        let Ok(s) = model.signature(id) else { return false };
        signature.map_or(s.graph.0 == 0, |key| s.key == key)
    });
    let graph = wanted.map_or(Ok(floe::graph::GraphId(0)), |id| Ok(model.signature(id)?.graph))?;
    let mut named = Vec::new();
    if let Some(id) = wanted {
        for i in 0..model.signature(id)?.inputs {
            named.push(model.signature_port(id, Side::Input, i)?);
        }
    }
    (0..model.graph(graph)?.inputs)
        .map(|i| {
            let port = model.port(graph, Side::Input, i)?;
            let own = named.iter().find(|n| n.value == port.value).unwrap_or(&port);
            Ok((own.name.to_owned(), port.name.to_owned()))
        })
        .collect()
}
