//! The schema as calls of the `flatbuffers` crate's verifier, as flatc writes them: what the benches
//! measure Floe against.

use super::header;
use super::schema::{Field, SCALARS, Schema};
use std::fmt::Write;

/// One entry of the macro `rival!` for each table.
pub(super) fn rival(schema: &Schema) -> String {
    let mut out = header("Every table with what the `flatbuffers` crate is to visit in it.");
    out.push_str("\nuse super::rival;\nuse flatbuffers::{ForwardsUOffset as To, Vector};\n");
    out.push_str("\nrival! {\n");
    for table in &schema.tables {
        let _ = writeln!(out, "    {} {{", table.name);
        for (slot, field) in table.fields.iter().enumerate() {
            if let Some(call) = visit(schema, field, 4 + 2 * slot) {
                let _ = writeln!(out, "        {call}");
            }
        }
        out.push_str("    }\n");
    }
    out.push_str("}\n");
    out
}

/// The call for `field` at offset `at` of the vtable; a union's type is visited with the union.
fn visit(schema: &Schema, field: &Field, at: usize) -> Option<String> {
    let name = &field.name;
    let element = field.ty.trim_matches(['[', ']']);
    if field.ty.ends_with('#') {
        return None;
    }
    if let Some((_, members)) = schema.unions.iter().find(|(name, _)| name == element) {
        let mut call = format!(
            ".visit_union::<u8, _>({name:?}, {}, {name:?}, {at}, false, |tag, v, at| match tag {{",
            at - 2
        );
        for (tag, member) in (1..).zip(members) {
            let _ = write!(
                call,
                "\n            {tag} => v.verify_union_variant::<To<{member}<'_>>>({member:?}, at),"
            );
        }
        call.push_str("\n            _ => Ok(()),\n        })?");
        return Some(call);
    }
    let ty = match schema.scalar(element) {
        Some((scalar, _)) => SCALARS[scalar].1.to_owned(),
        None if element == "string" => "To<&str>".to_owned(),
        None => format!("To<{element}<'_>>"),
    };
    let ty = if field.ty.starts_with('[') { format!("To<Vector<'_, {ty}>>") } else { ty };
    Some(format!(".visit_field::<{ty}>({name:?}, {at}, false)?"))
}
