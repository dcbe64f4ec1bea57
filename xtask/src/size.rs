//! What an image takes on a chip: bytes of flash and of RAM by section, and the biggest functions.
//!
//! Reads 32-bit little-endian ELF as the linker writes it. Flash is every section that is loaded
//! (code, constants, first values of variables); RAM is every section that is written (variables,
//! zeroed memory). The section `.goldens` holds what an image is held against, and is not counted.

use crate::Result;

const USAGE: &str = "usage: size IMAGE.elf [--at-most BYTES]";
const SHOWN_SYMBOLS: usize = 12;

/// `sh_type` of sections that take no room in the file, and of the symbol table.
const NOBITS: u32 = 8;
const SYMTAB: u32 = 2;
/// `sh_flags`: written when it runs; in memory when it runs.
const WRITE: u32 = 1;
const ALLOC: u32 = 2;

/// The chore: prints the sizes; with `--at-most`, fails when code and constants take more.
pub(crate) fn run(args: &[String]) -> Result {
    let (path, limit) = match args {
        [path] => (path, None),
        [path, flag, bytes] if flag == "--at-most" => (path, Some(bytes.parse::<u32>()?)),
        _ => return Err(USAGE.into()),
    };
    let bytes = std::fs::read(path)?;
    let sections = sections(&bytes).ok_or("not a 32-bit little-endian ELF image")?;
    let sum = |wanted: fn(&Section) -> bool| -> u32 {
        sections.iter().filter(|s| s.flags & ALLOC != 0 && wanted(s)).map(|s| s.size).sum()
    };
    for s in sections.iter().filter(|s| s.flags & ALLOC != 0 && s.size > 0) {
        println!("{:>9}  {}", s.size, s.name);
    }
    for (name, size) in biggest_symbols(&bytes, &sections).unwrap_or_default() {
        println!("{size:>9}    {name}");
    }
    let flash = sum(|s| s.kind != NOBITS && s.name != ".goldens");
    println!("{flash:>9}  flash: code and constants");
    println!("{:>9}  RAM: variables, stack not counted", sum(|s| s.flags & WRITE != 0));
    match limit {
        Some(limit) if flash > limit => Err(format!(
            "{path}: code and constants take {flash} bytes, more than the {limit} allowed"
        )
        .into()),
        _ => Ok(()),
    }
}

struct Section {
    name: String,
    kind: u32,
    flags: u32,
    offset: u32,
    size: u32,
    link: u32,
}

/// All sections; `None` when a header lies outside of the file.
fn sections(elf: &[u8]) -> Option<Vec<Section>> {
    // 0x7f E L F, 32-bit, little-endian.
    if !elf.starts_with(b"\x7fELF\x01\x01") {
        return None;
    }
    let table = word(elf, 32)?;
    let (stride, count, names) = (half(elf, 46)?, half(elf, 48)?, half(elf, 50)?);
    let header = |i: u32| table.checked_add(i.checked_mul(stride)?);
    let name_table = word(elf, header(names)? + 16)?;
    (0..count)
        .map(|i| {
            let at = header(i)?;
            let name = text(elf, name_table.checked_add(word(elf, at)?)?)?;
            let field = |offset: u32| word(elf, at.checked_add(offset)?);
            Some(Section {
                name,
                kind: field(4)?,
                flags: field(8)?,
                offset: field(16)?,
                size: field(20)?,
                link: field(24)?,
            })
        })
        .collect()
}

/// The biggest functions and statics, by size and then name.
fn biggest_symbols(elf: &[u8], sections: &[Section]) -> Option<Vec<(String, u32)>> {
    const ENTRY: u32 = 16;
    let table = sections.iter().find(|s| s.kind == SYMTAB)?;
    let names = sections.get(table.link as usize)?;
    let mut symbols = (0..table.size / ENTRY)
        .map(|i| {
            let at = table.offset.checked_add(i * ENTRY)?;
            Some((text(elf, names.offset.checked_add(word(elf, at)?)?)?, word(elf, at + 8)?))
        })
        .collect::<Option<Vec<_>>>()?;
    symbols.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    symbols.dedup();
    symbols.truncate(SHOWN_SYMBOLS);
    Some(symbols)
}

fn word(bytes: &[u8], at: u32) -> Option<u32> {
    let at = at as usize;
    Some(u32::from_le_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

fn half(bytes: &[u8], at: u32) -> Option<u32> {
    let at = at as usize;
    Some(u16::from_le_bytes(bytes.get(at..at.checked_add(2)?)?.try_into().ok()?).into())
}

/// The zero-terminated text at `at`.
fn text(bytes: &[u8], at: u32) -> Option<String> {
    let rest = bytes.get(at as usize..)?;
    let end = rest.iter().position(|&b| b == 0)?;
    Some(String::from_utf8_lossy(rest.get(..end)?).into_owned())
}
