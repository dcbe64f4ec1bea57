//! Memory over whole models: those of the corpus (`FLOE_CORPUS`) run in arenas that are painted before planning
//! and poisoned between operators, with overlaps and without.

extern crate std;

use super::{Interpreter, Span};
use crate::error::Kind;
use crate::plan::{Options, indices};
use crate::session::plan_in;
use crate::tables::{Entry, GRAPH, Place, word};
use crate::{Result, kernels};
use floe_graph::DType;
use floe_tflite::TfLite;
use std::path::{Path, PathBuf};
use std::vec::Vec;
use std::{env, fs, println, vec};

/// The models of the corpus that can be planned, but for the largest and those that take strings.
fn models() -> Vec<(PathBuf, Vec<u8>)> {
    let Some(corpus) = env::var_os("FLOE_CORPUS").map(PathBuf::from) else { return Vec::new() };
    let mut folders: Vec<_> =
        ["op", "model", "real"].iter().map(|kind| corpus.join(kind)).collect();
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "tflite") {
                found.push(path);
            }
        }
    }
    found.sort();
    let models = found.into_iter().map(|path| (fs::read(&path).unwrap(), path));
    let models =
        models.filter(|(file, _)| file.len() < 1 << 19 && takes_numbers(file).is_ok_and(|yes| yes));
    let models: Vec<_> = models.map(|(file, path)| (path, file)).collect();
    assert!(models.len() > 100, "FLOE_CORPUS holds {} models", models.len());
    models
}

fn options(apart: bool) -> Options<'static> {
    Options { apart, ..Options::default() }
}

fn need(file: &[u8], apart: bool) -> Result<usize> {
    let model = TfLite::parse(file)?;
    Ok(plan_in(model, &mut Vec::new(), kernels::ALL, &options(apart), 1 << 26)?.bytes)
}

/// Whether the model can be planned, and has no input of strings, which random bytes are not.
fn takes_numbers(file: &[u8]) -> Result<bool> {
    need(file, false)?;
    let view = TfLite::parse(file)?.subgraph(0)?;
    let mut types = indices(&view.inputs()).map(|i| view.tensor(i)?.dtype());
    Ok(types.all(|dtype: floe_graph::Result<_>| dtype.is_ok_and(|d| d != DType::String)))
}

/// Numbers that look random, the same for each `seed`.
fn fill(it: &mut Interpreter<'_>, seed: u32) {
    let mut state = seed;
    for i in 0..it.inputs() {
        let (index, _) = it.input_tensor(i).unwrap();
        let float = it.dtype_of(index) == Ok(DType::Float32);
        let Ok(bytes) = it.input_bytes(i) else { continue };
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        };
        if float {
            bytes
                .as_chunks_mut()
                .0
                .iter_mut()
                .for_each(|b| *b = (f32::from(next()) / 64.0).to_le_bytes());
        } else {
            bytes.fill_with(next);
        }
    }
}

fn outputs(it: &Interpreter<'_>) -> Vec<Vec<u8>> {
    (0..it.outputs()).map(|i| it.output_bytes(i).unwrap().to_vec()).collect()
}

/// Writes `poison` to every byte of the main frame that no tensor lies in whose value is still to be read.
fn poison(it: &mut Interpreter<'_>, poison: u8) {
    let (graph, at, heap) = (it.options.graph, it.frame.op, it.plan.heap);
    let view = it.model.subgraph(graph).unwrap();
    let frame = word(it.arena, graph * GRAPH + 8) as usize;
    let mut live = vec![false; frame];
    for tensor in 0..view.tensor_count() {
        let is = |list: &floe_graph::LeSlice<'_, i32>| indices(list).any(|i| i == tensor);
        let written = is(&view.inputs()) || view.operators().take(at).any(|o| is(&o.outputs()));
        let read = is(&view.outputs()) || view.operators().skip(at).any(|o| is(&o.inputs()));
        let in_frame =
            matches!(Entry::tensor(it.arena, graph, tensor).place(it.arena), Place::Frame(_));
        if written
            && read
            && in_frame
            && let Ok(Span::Arena(start, end)) = it.span(graph, &view, tensor, heap)
        {
            live[start - heap..end - heap].fill(true);
        }
    }
    for (byte, live) in it.arena[heap..heap + frame].iter_mut().zip(live) {
        *byte = if live { *byte } else { poison };
    }
}

/// The outputs of two runs in an arena that was full of `paint`, poisoned with it when `dead` is set; what
/// was written of the arena.
fn run(file: &[u8], apart: bool, paint: u8, dead: bool) -> Result<(Vec<Vec<u8>>, Vec<bool>)> {
    let need = need(file, apart)?;
    let mut arena = vec![paint; need + 64];
    let mut it =
        Interpreter::with_options(TfLite::parse(file)?, &mut arena, kernels::ALL, options(apart))?;
    let mut all = Vec::new();
    for seed in [1, 2] {
        fill(&mut it, seed);
        it.rewind()?;
        loop {
            if dead && it.level == 0 && it.frame.turn == 0 {
                poison(&mut it, paint);
            }
            if !it.step()? {
                break;
            }
        }
        all.extend(outputs(&it));
    }
    Ok((all, arena.iter().map(|&b| b != paint).collect()))
}

fn name(path: &Path) -> std::string::String {
    path.components()
        .rev()
        .take(3)
        .map(|c| c.as_os_str().to_string_lossy())
        .collect::<Vec<_>>()
        .join(" < ")
}

#[test]
fn nothing_dead_is_read_and_overlaps_change_nothing() {
    let (mut ran, mut smaller) = (0, 0);
    for (path, file) in models() {
        let Ok((want, _)) = run(&file, true, 0, false) else { continue };
        for paint in [0xa5, 0x5a] {
            let got = run(&file, false, paint, true).map(|(outputs, _)| outputs);
            assert_eq!(got.as_ref(), Ok(&want), "{}", name(&path));
        }
        ran += 1;
        let (over, apart) = (need(&file, false).unwrap(), need(&file, true).unwrap());
        assert!(over <= apart, "{}", name(&path));
        smaller += u32::from(over < apart);
    }
    println!("{ran} models ran poisoned, {smaller} take less memory by overlaps");
    assert!(env::var_os("FLOE_CORPUS").is_none() || ran > 100 && smaller > 20, "{ran} {smaller}");
}

#[test]
fn the_arena_is_used_to_its_end_and_not_beyond() {
    let (mut ran, mut full) = (0, 0);
    for (path, file) in models() {
        let Ok((_, a)) = run(&file, false, 0xa5, false) else { continue };
        let Ok((_, b)) = run(&file, false, 0x5a, false) else { continue };
        let top = a.iter().zip(&b).rposition(|(a, b)| a | b).map_or(0, |i| i + 1);
        let need = need(&file, false).unwrap();
        assert!(top <= need, "{}: wrote {top} of {need} bytes", name(&path));
        ran += 1;
        full += u32::from(top + 8 > need);
    }
    println!("{full} of {ran} models use their arena to the end");
    // Bounds that data do not reach, and memory for subgraphs that do not run, stay as they were.
    assert!(full * 20 >= ran * 19, "{full} of {ran}");
}

#[test]
fn two_streams_take_turns_on_one_arena() {
    let mut ran = 0;
    for (path, file) in models() {
        let mut arena = vec![0; need(&file, false).unwrap()];
        let mut it = Interpreter::new(&file, &mut arena, kernels::ALL).unwrap();
        if it.state().is_empty() {
            continue;
        }
        let stream = |it: &mut Interpreter<'_>, seed| {
            fill(it, seed);
            it.invoke().map(|()| outputs(it))
        };
        let start = it.state().to_vec();
        let alone = |it: &mut Interpreter<'_>, seeds: [u32; 3]| {
            it.reset();
            assert_eq!(it.state(), start, "{}", name(&path));
            seeds.map(|seed| stream(it, seed))
        };
        let (a, b) = (alone(&mut it, [1, 2, 3]), alone(&mut it, [4, 5, 6]));
        let mut states = [start.clone(), start.clone()];
        for (turn, want) in a.iter().zip(&b).enumerate() {
            for (i, want) in [want.0, want.1].into_iter().enumerate() {
                it.restore(&states[i]).unwrap();
                let got = stream(&mut it, 1 + turn as u32 + 3 * i as u32);
                assert_eq!(&got, want, "{} turn {turn} of stream {i}", name(&path));
                states[i] = it.state().to_vec();
            }
        }
        assert_eq!(it.restore(&start[1..]).map_err(|e| e.kind), Err(Kind::Length));
        ran += 1;
    }
    assert!(env::var_os("FLOE_CORPUS").is_none() || ran > 5, "{ran} models with state");
}

/// Two sums, each of a tensor and itself, with offsets for the three tensors in the metadata.
fn with_plan(words: &[i32]) -> Vec<u8> {
    let text = "Model { version: 3 operator_codes: [ { builtin_code: ADD } ] subgraphs: [ {
        tensors: [ { shape: [4] } { shape: [4] } { shape: [4] } ] inputs: [0] outputs: [2]
        operators: [ { inputs: [0, 0] outputs: [1] } { inputs: [1, 1] outputs: [2] } ] } ] buffers: [ {} ] }";
    let mut model = floe_tflite::text::parse(text, &mut |_| None).unwrap();
    let bytes: Vec<u8> = words.iter().flat_map(|w| w.to_le_bytes()).collect();
    floe_tflite::edit::set_metadata(&mut model, "OfflineMemoryAllocation", bytes);
    floe_tflite::encode(&model).unwrap().to_vec()
}

#[test]
fn a_plan_in_the_file_is_followed_when_it_is_sound() {
    let offsets = |words: &[i32]| {
        let file = with_plan(words);
        let mut arena = vec![0; 1 << 10];
        let mut it = Interpreter::new(&file, &mut arena, kernels::ALL).unwrap();
        fill(&mut it, 1);
        let input = it.input::<f32>(0).unwrap().at(3);
        it.invoke().unwrap();
        assert_eq!(it.output::<f32>(0).unwrap().at(3), 4.0 * input);
        [0, 1, 2].map(|t| it.range_of(t).unwrap().unwrap().start - it.plan.heap)
    };
    let own = [0, 16, 0];
    assert_eq!(offsets(&[]), own);
    assert_eq!(offsets(&[1, 0, 3, 16, 0, 16]), [16, 0, 16]);
    assert_eq!(offsets(&[1, 0, 3, 16, -1, -1]), [16, 0, 16]);
    // Tensors that live together overlap, or are not aligned, or lie too far up.
    assert_eq!(offsets(&[1, 0, 3, 0, 8, 0]), own);
    assert_eq!(offsets(&[1, 0, 3, 0, 20, 0]), own);
    assert_eq!(offsets(&[1, 0, 3, 0, 32, 0]), own);
    assert_eq!(offsets(&[1, 0, 3, i32::MAX, 0, 16]), own);
    // Of another subgraph, or of another number of tensors.
    assert_eq!(offsets(&[1, 1, 3, 16, 0, 16]), own);
    assert_eq!(offsets(&[1, 0, 2, 16, 0]), own);
    assert_eq!(offsets(&[1, 0, 3, 16, 0]), own);
}
