//! Reads a file and no more: what every probe has.
floe_benches::probe!(|data| u64::try_from(data.len()).ok());
