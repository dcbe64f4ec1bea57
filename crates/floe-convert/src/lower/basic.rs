//! Constants, and ops that pass their input on.

use super::site::one;
use super::{Bound, Cx, Family, Lowered, Site};
use crate::import::constant;
use crate::ir::{Reason, Scope};

pub(super) const OPS: Family = &[
    ("Const", constant),
    ("HostConst", constant),
    ("Identity", pass),
    ("IdentityN", pass_all),
    ("_Arg", pass),
    ("_Retval", pass),
    ("Snapshot", pass),
    ("StopGradient", pass),
    ("PreventGradient", pass),
    ("CheckNumerics", pass),
    ("CheckNumericsV2", pass),
    ("EnsureShape", pass),
    ("DeepCopy", pass),
    ("GuaranteeConst", pass),
    ("Placeholder", |_, _| {
        Err("nothing feeds it, and it is none of the inputs: name it with --inputs, or leave out what needs it".into())
    }),
    ("PlaceholderWithDefault", pass),
    ("NoOp", nothing),
    ("Assert", nothing),
    ("Print", pass),
    ("PrintV2", nothing),
    ("DisableCopyOnRead", nothing),
];

fn constant(cx: &mut Cx<'_, '_>, site: &Site<'_, '_>) -> Lowered {
    let proto = site.node.tensor("value").ok_or("the constant has no value")?;
    let t = constant::decode(proto).map_err(|e| Reason(format!("the constant is damaged: {e}")))?;
    let t = t.computed().ok_or("its dtype has no numbers that TFLite computes with")?;
    one(Ok(cx.constant(t)))
}

fn pass(_: &mut Cx<'_, '_>, site: &Site<'_, '_>) -> Lowered {
    Ok(vec![site.inputs.first().cloned().ok_or("it has no input")?])
}

fn pass_all(_: &mut Cx<'_, '_>, site: &Site<'_, '_>) -> Lowered {
    Ok(site.inputs.to_vec())
}

fn nothing(_: &mut Cx<'_, '_>, _: &Site<'_, '_>) -> Lowered {
    Ok(Vec::<Bound>::new())
}
