//! `schemas/tflite.fbs` → the static tables and typed constants of floe-tflite.
//!
//! Reads the part of the FlatBuffers schema language that the schema uses: enums, unions and tables
//! with attributes. Invariant: slots are counted as FlatBuffers does, in the order of the fields, a
//! union taking two; so the order of the text is the format.

use crate::Result;
use crate::codegen::Generated;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

/// Where the schema is, from the repository's root.
const SCHEMA: &str = "schemas/tflite.fbs";

/// The static tables, the typed constants of fields, and those of enumerations.
///
/// # Errors
/// When the schema cannot be read.
///
/// # Panics
/// When the schema is not well-formed.
pub(crate) fn generate(root: &Path) -> Result<Vec<Generated>> {
    let schema = Schema::parse(&std::fs::read_to_string(root.join(SCHEMA))?);
    Ok(vec![
        Generated { path: "crates/floe-tflite/src/schema/tables.rs", text: tables(&schema) },
        Generated { path: "crates/floe-tflite/src/schema/fields.rs", text: fields(&schema) },
        Generated { path: "crates/floe-tflite/src/schema/enums.rs", text: enums(&schema) },
    ])
}

type Attributes = BTreeMap<String, String>;

struct Field {
    name: String,
    ty: String,
    default: String,
    attributes: Attributes,
}

struct Table {
    name: String,
    fields: Vec<Field>,
}

struct Variant {
    name: String,
    attributes: Attributes,
}

struct Enum {
    name: String,
    scalar: String,
    variants: Vec<Variant>,
}

#[derive(Default)]
struct Schema {
    enums: Vec<Enum>,
    unions: Vec<(String, Vec<String>)>,
    tables: Vec<Table>,
}

/// The scalars of the schema language, in the order of their codes, and Rust's names for them.
const SCALARS: [(&str, &str); 10] = [
    ("bool", "bool"),
    ("byte", "i8"),
    ("ubyte", "u8"),
    ("short", "i16"),
    ("ushort", "u16"),
    ("int", "i32"),
    ("uint", "u32"),
    ("long", "i64"),
    ("ulong", "u64"),
    ("float", "f32"),
];

// --- reading

/// Words, punctuation and strings of a schema.
fn tokens(text: &str) -> Vec<&str> {
    let mut out = Vec::new();
    for line in text.lines() {
        let mut rest = line.split("//").next().unwrap_or_default().trim_start();
        while !rest.is_empty() {
            let word = |c: char| c.is_alphanumeric() || "_-.".contains(c);
            let length = match rest.chars().next() {
                Some('"') => rest[1..].find('"').expect("the string ends on its line") + 2,
                Some(c) if word(c) => rest.find(|c| !word(c)).unwrap_or(rest.len()),
                _ => 1,
            };
            out.push(&rest[..length]);
            rest = rest[length..].trim_start();
        }
    }
    out
}

struct Parser<'a> {
    tokens: std::iter::Peekable<std::vec::IntoIter<&'a str>>,
}

impl Parser<'_> {
    fn next(&mut self) -> String {
        self.tokens.next().expect("the schema ends inside a declaration").to_owned()
    }

    fn eat(&mut self, token: &str) -> bool {
        self.tokens.next_if(|t| *t == token).is_some()
    }

    fn expect(&mut self, token: &str) {
        let found = self.next();
        assert_eq!(found, token, "expected `{token}` in the schema");
    }

    /// `(name, name: value)`, or nothing.
    fn attributes(&mut self) -> Attributes {
        let mut all = Attributes::new();
        if self.eat("(") {
            while !self.eat(")") {
                let name = self.next();
                let value = if self.eat(":") { self.next() } else { String::new() };
                all.insert(name, value.trim_matches('"').to_owned());
                self.eat(",");
            }
        }
        all
    }

    fn enumeration(&mut self) -> Enum {
        let name = self.next();
        self.expect(":");
        let scalar = self.next();
        self.expect("{");
        let mut variants: Vec<Variant> = Vec::new();
        while !self.eat("}") {
            let variant = self.next();
            self.expect("=");
            let number: usize = self.next().parse().expect("an enum's number");
            assert_eq!(number, variants.len(), "{name}: numbers are dense");
            variants.push(Variant { name: variant, attributes: self.attributes() });
            self.eat(",");
        }
        Enum { name, scalar, variants }
    }

    fn union(&mut self) -> (String, Vec<String>) {
        let name = self.next();
        self.expect("{");
        let mut members = Vec::new();
        while !self.eat("}") {
            members.push(self.next());
            self.eat(",");
        }
        (name, members)
    }

    fn table(&mut self) -> Table {
        let name = self.next();
        self.expect("{");
        let mut fields = Vec::new();
        while !self.eat("}") {
            let name = self.next();
            self.expect(":");
            let ty = if self.eat("[") {
                let element = self.next();
                self.expect("]");
                format!("[{element}]")
            } else {
                self.next()
            };
            let default = if self.eat("=") { self.next() } else { String::new() };
            let attributes = self.attributes();
            self.expect(";");
            fields.push(Field { name, ty, default, attributes });
        }
        Table { name, fields }
    }
}

impl Schema {
    fn parse(text: &str) -> Self {
        let mut parser = Parser { tokens: tokens(text).into_iter().peekable() };
        let mut schema = Self::default();
        while let Some(word) = parser.tokens.next() {
            match word {
                "enum" => schema.enums.push(parser.enumeration()),
                "union" => schema.unions.push(parser.union()),
                "table" => schema.tables.push(parser.table()),
                _ => while parser.next() != ";" {},
            }
        }
        schema.split_unions();
        schema
    }

    /// Gives each union field the slot before it that holds its type.
    fn split_unions(&mut self) {
        for table in &mut self.tables {
            let fields = std::mem::take(&mut table.fields);
            for field in fields {
                if self.unions.iter().any(|(name, _)| *name == field.ty) {
                    table.fields.push(Field {
                        name: format!("{}_type", field.name),
                        ty: format!("{}#", field.ty),
                        default: String::new(),
                        attributes: Attributes::new(),
                    });
                }
                table.fields.push(field);
            }
        }
    }

    fn table_index(&self, name: &str) -> Option<usize> {
        self.tables.iter().position(|t| t.name == name)
    }

    fn enumeration(&self, name: &str) -> Option<(usize, &Enum)> {
        self.enums.iter().enumerate().find(|(_, e)| e.name == name)
    }

    /// The code of the scalar that `ty` is, or is stored as, and the enum's index + 1.
    fn scalar(&self, ty: &str) -> Option<(usize, usize)> {
        let code = |ty: &str| SCALARS.iter().position(|(name, _)| *name == ty);
        match self.enumeration(ty) {
            Some((index, e)) => Some((code(&e.scalar)?, index + 1)),
            None => Some((code(ty)?, 0)),
        }
    }

    /// The kind of `field` in two bytes, as `schema::Kind` reads them.
    fn kind(&self, field: &Field) -> u16 {
        let union = |name: &str| self.unions.iter().position(|(n, _)| n == name);
        let element = field.ty.trim_matches(['[', ']']);
        let vector = field.ty.starts_with('[');
        let (code, target) = if let Some((scalar, enumeration)) = self.scalar(element) {
            (scalar + if vector { 10 } else { 0 }, enumeration)
        } else if element == "string" {
            (20, 0)
        } else if let Some(table) = self.table_index(element) {
            (if vector { 22 } else { 21 }, table)
        } else if let Some(tag) = element.strip_suffix('#').and_then(union) {
            (23, tag)
        } else {
            (24, union(element).unwrap_or_else(|| panic!("unknown type {element}")))
        };
        let align = match field.attributes.get("force_align").map(String::as_str) {
            None => 0,
            Some("4") => 1,
            Some("16") => 2,
            Some(other) => panic!("no code for an alignment of {other}"),
        };
        u16::try_from(align << 13 | code << 8 | target).expect("a kind fits two bytes")
    }

    /// The default of `field` as an integer.
    fn default_number(&self, field: &Field) -> i64 {
        match field.default.as_str() {
            "" | "false" => 0,
            "true" => 1,
            text => text.parse().unwrap_or_else(|_| {
                let (_, e) = self.enumeration(&field.ty).expect("a default of an enum");
                let at = e.variants.iter().position(|v| v.name == text);
                at.expect("the default is a variant") as i64
            }),
        }
    }
}

/// `Conv2DOptions` → `conv_2d_options`.
fn snake(name: &str) -> String {
    let chars: Vec<char> = name.chars().collect();
    let at = |i: usize| chars.get(i).copied().unwrap_or(' ');
    let mut out = String::new();
    for (i, &c) in chars.iter().enumerate() {
        let (previous, next) = (if i > 0 { at(i - 1) } else { '_' }, at(i + 1));
        let starts = if c.is_ascii_digit() {
            next == 'D'
        } else {
            c.is_uppercase()
                && (previous.is_lowercase()
                    || next.is_lowercase()
                    || c == 'V' && next.is_ascii_digit())
        };
        if starts && previous != '_' {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}

fn upper(name: &str) -> String {
    snake(name).to_ascii_uppercase()
}

// --- writing

fn header(what: &str) -> String {
    format!("//! {what}\n//!\n//! Made of `{SCHEMA}` by `cargo run -p xtask -- codegen`.\n")
}

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
fn tables(schema: &Schema) -> String {
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

/// Typed constants for the fields.
fn fields(schema: &Schema) -> String {
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
fn enums(schema: &Schema) -> String {
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

#[cfg(test)]
mod tests {
    use super::{Schema, snake};

    #[test]
    fn names_are_split_into_words() {
        for (name, want) in [
            ("Conv2DOptions", "conv_2d_options"),
            ("TopKV2Options", "top_k_v2_options"),
            ("UnidirectionalSequenceLSTMOptions", "unidirectional_sequence_lstm_options"),
            ("L2NormOptions", "l2_norm_options"),
            ("SVDFOptions", "svdf_options"),
            ("SubGraph", "sub_graph"),
        ] {
            assert_eq!(snake(name), want);
        }
    }

    #[test]
    fn a_union_takes_two_slots_and_defaults_are_numbers() {
        let schema = Schema::parse(
            "enum E : byte { A = 0, B = 1 } union U { T, } // a comment\n\
             table T { e: E = B; u: U; v: [ubyte] (force_align: 16); n: int = -1; }",
        );
        let t = &schema.tables[0];
        let slots: Vec<_> =
            t.fields.iter().map(|f| (f.name.as_str(), schema.default_number(f))).collect();
        assert_eq!(slots, [("e", 1), ("u_type", 0), ("u", 0), ("v", 0), ("n", -1)]);
        let kinds: Vec<_> = t.fields.iter().map(|f| schema.kind(f)).collect();
        assert_eq!(kinds, [0x0101, 0x1700, 0x1800, 2 << 13 | 12 << 8, 0x0500]);
    }
}
