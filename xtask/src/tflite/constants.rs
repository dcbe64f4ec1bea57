//! The schema as typed constants, for code that means one field or one number of it.

use super::schema::{Field, SCALARS, Schema};
use super::{header, snake, upper};
use std::fmt::Write;

/// Typed constants for the fields.
pub(super) fn fields(schema: &Schema) -> String {
    let mut out = header("One module of typed constants for each table that has fields.");
    for table in schema.tables.iter().filter(|t| !t.fields.is_empty()) {
        let _ = writeln!(
            out,
            "\n/// Fields of `{0}`.\npub mod {1} {{\n    use super::super::{{Field, TableId}};",
            table.name,
            snake(&table.name)
        );
        for (slot, field) in table.fields.iter().enumerate() {
            let (ty, default) = rust_type(schema, field);
            let shown = field.ty.trim_end_matches('#');
            let shown =
                if shown.starts_with('[') { format!("`{shown}`") } else { shown.to_owned() };
            let _ = writeln!(
                out,
                "    /// `{}`: {shown}.\n    pub const {}: Field<{ty}> = Field::new(TableId::{}, {slot}, {default});",
                field.name,
                field.name.to_ascii_uppercase(),
                upper(&table.name),
            );
        }
        out.push_str("}\n");
    }
    out
}

/// The type parameter of a field's constant, and its default.
fn rust_type(schema: &Schema, field: &Field) -> (String, String) {
    let element = field.ty.trim_matches(['[', ']']);
    let vector = field.ty.starts_with('[');
    let wrap = |ty: &str| if vector { format!("[{ty}]") } else { ty.to_owned() };
    if let Some((scalar, _)) = schema.scalar(element) {
        let ty = SCALARS[scalar].1;
        // A vector of truth values is read as its bytes.
        let ty = if vector && ty == "bool" { "u8" } else { ty };
        let default = match (vector, ty) {
            (true, _) => "()".to_owned(),
            (_, "bool") => (schema.default_number(field) != 0).to_string(),
            (_, "f32") => format!("{}.0", schema.default_number(field)),
            _ => schema.default_number(field).to_string(),
        };
        return (wrap(ty), default);
    }
    match element {
        "string" => ("str".to_owned(), "()".to_owned()),
        tag if tag.ends_with('#') => ("u8".to_owned(), "0".to_owned()),
        _ => (wrap("super::super::Sub"), "()".to_owned()),
    }
}

/// Constants for the numbers of the enumerations and the types of the unions.
pub(super) fn enums(schema: &Schema) -> String {
    let mut out = header("One module of constants for each enumeration.");
    for e in &schema.enums {
        let scalar = schema.scalar(&e.name).map_or("i32", |(code, _)| SCALARS[code].1);
        let _ = writeln!(out, "\n/// The numbers of `{}`.\npub mod {} {{", e.name, snake(&e.name));
        for (number, variant) in e.variants.iter().enumerate() {
            let _ = writeln!(
                out,
                "    /// `{0}`.\n    pub const {1}: {scalar} = {number};",
                variant.name,
                variant.name.to_ascii_uppercase()
            );
        }
        out.push_str("}\n");
    }
    out
}
