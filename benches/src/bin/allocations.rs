//! `allocations CONTENDER FILE`: how often one contender allocates while it reads one file, and how many
//! bytes; one line of JSON. Apart from `measure`, because counting takes time.

use floe_benches::contenders::ALL;
use floe_graph::map;
use std::hint::black_box;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [name, file] = &args[..] else { panic!("usage: allocations CONTENDER FILE") };
    let contender = ALL.iter().find(|c| c.name == name).expect("a contender's name");
    let data = map::open(file).expect("the file opens");
    let counted = allocation_counter::measure(|| {
        black_box((contender.all)(&data));
    });
    println!(r#"{{"allocations": {}, "bytes": {}}}"#, counted.count_total, counted.bytes_total);
}
