//! The part of the FlatBuffers schema language that the schema uses: enums, unions and tables with
//! attributes.
//!
//! Invariant: slots are counted as FlatBuffers does, in the order of the fields, a union taking two;
//! so the order of the text is the format.

use std::collections::BTreeMap;

pub(super) type Attributes = BTreeMap<String, String>;

pub(super) struct Field {
    pub(super) name: String,
    pub(super) ty: String,
    pub(super) default: String,
    pub(super) attributes: Attributes,
}

pub(super) struct Table {
    pub(super) name: String,
    pub(super) fields: Vec<Field>,
}

pub(super) struct Variant {
    pub(super) name: String,
    pub(super) attributes: Attributes,
}

pub(super) struct Enum {
    pub(super) name: String,
    pub(super) scalar: String,
    pub(super) variants: Vec<Variant>,
}

#[derive(Default)]
pub(super) struct Schema {
    pub(super) enums: Vec<Enum>,
    pub(super) unions: Vec<(String, Vec<String>)>,
    pub(super) tables: Vec<Table>,
}

/// The scalars of the schema language, in the order of their codes, and Rust's names for them.
pub(super) const SCALARS: [(&str, &str); 10] = [
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
    pub(super) fn parse(text: &str) -> Self {
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

    pub(super) fn table_index(&self, name: &str) -> Option<usize> {
        self.tables.iter().position(|t| t.name == name)
    }

    pub(super) fn enumeration(&self, name: &str) -> Option<(usize, &Enum)> {
        self.enums.iter().enumerate().find(|(_, e)| e.name == name)
    }

    /// The code of the scalar that `ty` is, or is stored as, and the enum's index + 1.
    pub(super) fn scalar(&self, ty: &str) -> Option<(usize, usize)> {
        let code = |ty: &str| SCALARS.iter().position(|(name, _)| *name == ty);
        match self.enumeration(ty) {
            Some((index, e)) => Some((code(&e.scalar)?, index + 1)),
            None => Some((code(ty)?, 0)),
        }
    }

    /// The kind of `field` in two bytes, as `schema::Kind` reads them.
    pub(super) fn kind(&self, field: &Field) -> u16 {
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
    pub(super) fn default_number(&self, field: &Field) -> i64 {
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

#[cfg(test)]
mod tests {
    use super::Schema;

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
