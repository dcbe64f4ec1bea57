//! The schema as the static tables that the codec is driven by.

use super::schema::{Field, Schema};
use super::{header, upper};
use std::fmt::Write;

/// `/// doc`, then `pub(crate) static NAME: [T; n] = [ ... ];`, a few items a line.
fn array(out: &mut String, doc: &str, name: &str, ty: &str, items: &[String], per_line: usize) {
    let _ = writeln!(out, "\n/// {doc}\npub(crate) static {name}: [{ty}; {}] = [", items.len());
    for line in items.chunks(per_line) {
        let _ = writeln!(out, "    {},", line.join(", "));
    }
    out.push_str("];\n");
}

fn quoted<'a>(names: impl Iterator<Item = &'a String>) -> Vec<String> {
    names.map(|n| format!("{n:?}")).collect()
}

/// The static tables that the codec is driven by.
pub(super) fn tables(schema: &Schema) -> String {
    let mut out = header("The schema as static tables.");
    out.push_str("\nuse super::TableId;\n");
    let all = || schema.tables.iter().flat_map(|t| &t.fields);
    let mut first = vec!["0".to_owned()];
    let mut total = 0;
    for table in &schema.tables {
        total += table.fields.len();
        first.push(total.to_string());
    }
    let kinds: Vec<_> = all().map(|f| format!("0x{:04x}", schema.kind(f))).collect();
    array(
        &mut out,
        "The index in [`KINDS`] of each table's first field.",
        "FIRST",
        "u16",
        &first,
        16,
    );
    array(&mut out, "The kind of every field of every table.", "KINDS", "u16", &kinds, 12);
    let sparse = |value: &dyn Fn(&Field) -> i64| {
        let with = all().enumerate().map(|(i, f)| (i, value(f))).filter(|(_, v)| *v != 0);
        with.map(|(i, v)| format!("({i}, {v})")).collect::<Vec<_>>()
    };
    let defaults = sparse(&|f| schema.default_number(f));
    array(&mut out, "Defaults other than zero.", "DEFAULTS", "(u16, i8)", &defaults, 8);
    let marks = sparse(&|f| {
        let has = |name: &str, bit: i64| if f.attributes.contains_key(name) { bit } else { 0 };
        has("subgraph", 1) + has("tensor", 2) + has("deprecated", 4)
    });
    array(
        &mut out,
        "Marks: 1 subgraph index, 2 tensor index, 4 deprecated.",
        "MARKS",
        "(u16, u8)",
        &marks,
        8,
    );
    names(&mut out, schema);
    operators(&mut out, schema);
    out.push_str("\nimpl TableId {\n");
    for (i, table) in schema.tables.iter().enumerate() {
        let _ = writeln!(
            out,
            "    /// `{0}`.\n    pub const {1}: Self = Self({i});",
            table.name,
            upper(&table.name)
        );
    }
    out.push_str("}\n");
    out
}

/// Names and members of tables, enums and unions.
fn names(out: &mut String, schema: &Schema) {
    let tables = quoted(schema.tables.iter().map(|t| &t.name));
    array(out, "The names of the tables.", "TABLE_NAMES", "&str", &tables, 3);
    let fields = quoted(schema.tables.iter().flat_map(|t| &t.fields).map(|f| &f.name));
    array(out, "The names of the fields, as [`KINDS`].", "FIELD_NAMES", "&str", &fields, 4);
    let enums: Vec<_> = schema
        .enums
        .iter()
        .map(|e| {
            let variants = quoted(e.variants.iter().map(|v| &v.name)).join(", ");
            format!("({:?}, &[{variants}])", e.name)
        })
        .collect();
    array(
        out,
        "The enumerations and the names of their numbers.",
        "ENUMS",
        "(&str, &[&str])",
        &enums,
        1,
    );
    let unions: Vec<_> = schema
        .unions
        .iter()
        .map(|(name, members)| {
            let ids =
                members.iter().map(|m| schema.table_index(m).expect("a union's member is a table"));
            let ids: Vec<_> = ids.map(|i| i.to_string()).collect();
            format!("({name:?}, &[{}])", ids.join(", "))
        })
        .collect();
    array(
        out,
        "The unions and the tables that their types 1, 2 … are.",
        "UNIONS",
        "(&str, &[u8])",
        &unions,
        1,
    );
}

/// What the operators' attributes say.
fn operators(out: &mut String, schema: &Schema) {
    let (_, ops) = schema.enumeration("BuiltinOperator").expect("the schema has operators");
    let options = ops.variants.iter().map(|v| match v.attributes.get("options") {
        None => "255".to_owned(),
        Some(name) => schema.table_index(name).expect("options are a table").to_string(),
    });
    let versions =
        ops.variants.iter().map(|v| v.attributes.get("version").cloned().unwrap_or("0".to_owned()));
    let (options, versions): (Vec<_>, Vec<_>) = (options.collect(), versions.collect());
    array(
        out,
        "The options table of each operator; 255 for none.",
        "OP_OPTIONS",
        "u8",
        &options,
        20,
    );
    array(
        out,
        "The highest known version of each operator; 0 for none.",
        "OP_VERSIONS",
        "u8",
        &versions,
        20,
    );
}
