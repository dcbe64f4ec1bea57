//! TFLite_Detection_PostProcess: boxes of a detector, decoded from offsets to anchors, and the best of them that do not overlap a
//! better one.
//!
//! Inputs: offsets `[1, n, ≥ 4]` (y, x, h, w), scores `[1, n, classes]`, perhaps with one more column in front for the background,
//! anchors `[n, 4]`; float32 or uint8. Outputs, float32: corners `[1, k, 4]`, classes and scores `[1, k]`, and how many boxes
//! there are; zeros behind those. Fast: each box has its best few classes, and boxes are compared whatever their class; regular: each
//! class apart, the best of all classes.

use super::common::types;
use super::non_max_suppression::share;
use crate::data::{View, ViewMut};
use crate::error::Operand::{self, In, Out, Scratch};
use crate::error::{Fault, Kind};
use crate::num::float::exp64;
use crate::{Done, Kernel, Op, OpDef};
use floe_graph::DType;
use floe_tflite::flex::{Flex, FlexMap, FlexValue};

/// TFLite_Detection_PostProcess.
pub static DETECTION_POSTPROCESS: OpDef =
    OpDef::custom("TFLite_Detection_PostProcess", &[Kernel::new(prepare, eval)]);

/// Detections of a class when the options do not say.
const PER_CLASS: usize = 100;

#[derive(Clone, Copy, Debug)]
struct Params {
    /// Boxes in the outputs, and rows for the classes of each.
    most: usize,
    classes_each: usize,
    per_class: usize,
    regular: bool,
    least_score: f32,
    overlap: f32,
    classes: usize,
    /// What offsets are divided by: y, x, h, w.
    scales: [f32; 4],
    /// Anchors.
    boxes: usize,
    /// Numbers of an anchor's offsets, and of its scores.
    columns: [usize; 2],
}

fn params(op: &Op<'_>) -> Result<Params, Fault> {
    let bad = Kind::Option.at(Operand::None);
    let bytes = op.operator().custom_options().map_err(|_| bad)?;
    let value = Flex::parse(bytes).and_then(|root| root.value()).map_err(|_| bad)?;
    let FlexValue::Map(map) = value else { return Err(bad) };
    let count =
        |key| whole(&map, key).and_then(|n| usize::try_from(n).ok()).filter(|&n| n < 1 << 24);
    let real = |key: &str| map.get(key).and_then(|v| v.float()).unwrap_or(0.0) as f32;
    let (offsets, scores) = (op.shape(In(0))?, op.shape(In(1))?);
    let p = Params {
        most: count("max_detections").ok_or(bad)?,
        classes_each: count("max_classes_per_detection").ok_or(bad)?,
        per_class: if map.get("detections_per_class").is_some() {
            count("detections_per_class").ok_or(bad)?
        } else {
            PER_CLASS
        },
        regular: whole(&map, "use_regular_nms") == Some(1),
        least_score: real("nms_score_threshold"),
        overlap: real("nms_iou_threshold"),
        classes: count("num_classes").ok_or(bad)?,
        scales: [real("y_scale"), real("x_scale"), real("h_scale"), real("w_scale")],
        boxes: offsets.dim(1),
        columns: [offsets.dim(2), scores.dim(2)],
    };
    let whole = p.classes > 0 && p.classes_each > 0 && p.overlap > 0.0 && p.overlap <= 1.0;
    let background = p.columns[1].checked_sub(p.classes).is_some_and(|b| b <= 1);
    if whole && background && (!p.regular || p.per_class > 0) { Ok(p) } else { Err(bad) }
}

fn whole(map: &FlexMap<'_>, key: &str) -> Option<i64> {
    map.get(key)?.int()
}

impl Params {
    /// The first column of scores that belongs to a class, not to the background.
    fn first_class(&self) -> usize {
        self.columns[1] - self.classes
    }
}

/// What a box takes of scratch memory: its corners, its score, and its place in the order of scores.
const PER_BOX: usize = 24;
/// What a chosen box takes: its number, its class, its score.
const PER_CHOICE: usize = 12;

fn prepare(op: &mut Op<'_>) -> Done {
    for i in 0..3 {
        if !matches!(op.dtype(In(i))?, DType::Float32 | DType::Uint8) {
            return Err(Kind::Type.at(In(i)));
        }
        if op.dtype(In(i))? == DType::Uint8 {
            op.scale(In(i))?;
        }
    }
    types(op, [0, 1, 2, 3].map(|i| (Out(i), DType::Float32)))?;
    let (offsets, scores, anchors) = (op.shape(In(0))?, op.shape(In(1))?, op.shape(In(2))?);
    if offsets.rank() != 3 || offsets.dim(0) != 1 || offsets.dim(2) < 4 {
        return Err(Kind::Shape.at(In(0)));
    }
    if scores.rank() != 3 || scores.dim(0) != 1 || scores.dim(1) != offsets.dim(1) {
        return Err(Kind::Shape.at(In(1)));
    }
    if anchors.dims() != [offsets.dim(1) as i32, 4] {
        return Err(Kind::Shape.at(In(2)));
    }
    let p = params(op)?;
    let choices = p.most.saturating_add(p.per_class.min(p.most));
    op.scratch(p.boxes.saturating_mul(PER_BOX).saturating_add(choices.saturating_mul(PER_CHOICE)))?;
    // Rows are those that the fast way can fill, whichever is used.
    let rows = p.most.saturating_mul(p.classes_each);
    op.set_dims(Out(0), &[1, rows, 4])?;
    op.set_dims(Out(1), &[1, rows])?;
    op.set_dims(Out(2), &[1, rows])?;
    op.set_dims(Out(3), &[1])
}

/// Numbers of float32 or of quantized uint8.
#[derive(Clone, Copy)]
struct Numbers<'a> {
    bytes: &'a [u8],
    /// Scale and zero point; `None` for floats.
    grid: Option<(f32, i32)>,
}

impl Numbers<'_> {
    fn at(&self, i: usize) -> f32 {
        match self.grid {
            None => View::<f32>::new(self.bytes).at(i),
            Some((scale, zero)) => {
                let x = self.bytes.get(i).copied().unwrap_or_default();
                (f32::from(x) - zero as f32) * scale
            }
        }
    }
}

fn grid(op: &Op<'_>, operand: Operand) -> Result<Option<(f32, i32)>, Fault> {
    if op.dtype(operand)? == DType::Uint8 { op.scale(operand).map(Some) } else { Ok(None) }
}

fn eval(op: &mut Op<'_>) -> Done {
    let p = params(op)?;
    let grids = [grid(op, In(0))?, grid(op, In(1))?, grid(op, In(2))?];
    let ([offsets, scores, anchors], [corners, classes, best, count, scratch]) =
        op.io([In(0), In(1), In(2)], [Out(0), Out(1), Out(2), Out(3), Scratch])?;
    let [offsets, scores, anchors] = [(offsets, grids[0]), (scores, grids[1]), (anchors, grids[2])]
        .map(|(bytes, grid)| Numbers { bytes, grid });
    let (boxes, rest) = scratch.split_at_mut_checked(p.boxes * 16).unwrap_or_default();
    let (own, rest) = rest.split_at_mut_checked(p.boxes * 4).unwrap_or_default();
    let (order, choices) = rest.split_at_mut_checked(p.boxes * 4).unwrap_or_default();
    let mut boxes = ViewMut::<f32>::new(boxes);
    decode(&p, offsets, anchors, &mut boxes);
    let boxes = boxes.view();
    let sound = |i: usize| {
        boxes.at(4 * i) <= boxes.at(4 * i + 2) && boxes.at(4 * i + 1) <= boxes.at(4 * i + 3)
    };
    if !(0..p.boxes).all(sound) {
        return Err(Kind::Value.at(In(0)));
    }
    for out in [&mut *corners, &mut *classes, &mut *best] {
        out.fill(0);
    }
    let mut work = Work { p, boxes, own: ViewMut::new(own), order: ViewMut::new(order) };
    let mut found = Found {
        corners: ViewMut::new(corners),
        classes: ViewMut::new(classes),
        scores: ViewMut::new(best),
        boxes,
        len: 0,
    };
    if p.regular {
        work.regular(scores, choices, &mut found);
    } else {
        work.fast(scores, choices, &mut found);
    }
    ViewMut::<f32>::new(count).set(0, found.len as f32);
    Ok(())
}

/// Corners (top, left, bottom, right) from anchors and offsets, in double precision.
fn decode(p: &Params, offsets: Numbers<'_>, anchors: Numbers<'_>, boxes: &mut ViewMut<'_, f32>) {
    let [sy, sx, sh, sw] = p.scales.map(f64::from);
    for i in 0..p.boxes {
        let [y, x, h, w] = [0, 1, 2, 3].map(|k| f64::from(offsets.at(i * p.columns[0] + k)));
        let [ay, ax, ah, aw] = [0, 1, 2, 3].map(|k| f64::from(anchors.at(4 * i + k)));
        let (y, x) = ((y / sy * ah + ay) as f32, (x / sx * aw + ax) as f32);
        let (h, w) = ((0.5 * exp64(h / sh) * ah) as f32, (0.5 * exp64(w / sw) * aw) as f32);
        for (k, corner) in [y - h, x - w, y + h, x + w].into_iter().enumerate() {
            boxes.set(4 * i + k, corner);
        }
    }
}

/// The outputs as they fill.
struct Found<'a> {
    corners: ViewMut<'a, f32>,
    classes: ViewMut<'a, f32>,
    scores: ViewMut<'a, f32>,
    boxes: View<'a, f32>,
    len: usize,
}

impl Found<'_> {
    fn push(&mut self, row: usize, (number, class, score): (usize, usize, f32)) {
        self.corners.part(4 * row, 4).write(self.boxes.part(4 * number, 4).iter());
        self.classes.set(row, class as f32);
        self.scores.set(row, score);
    }
}

struct Work<'a> {
    p: Params,
    boxes: View<'a, f32>,
    /// The score of each box that counts now.
    own: ViewMut<'a, f32>,
    /// Boxes in the order of their scores.
    order: ViewMut<'a, u32>,
}

/// Marks a box in [`Work::order`] that overlaps a chosen one.
const GONE: u32 = u32::MAX;

impl Work<'_> {
    fn corners(&self, number: u32) -> [f32; 4] {
        [0, 1, 2, 3].map(|k| self.boxes.at(4 * number as usize + k))
    }

    /// Calls `take` with the best boxes by their own scores, at most `most`, that do not overlap a better one.
    fn suppress(&mut self, most: usize, mut take: impl FnMut(usize, f32)) {
        let mut kept = 0;
        for i in 0..self.p.boxes {
            let score = self.own.at(i);
            if score >= self.p.least_score {
                // Behind all that are not worse: equal scores stay in order.
                let mut at = kept;
                while at > 0 && self.own.at(self.order.at(at - 1) as usize) < score {
                    self.order.set(at, self.order.at(at - 1));
                    at -= 1;
                }
                self.order.set(at, i as u32);
                kept += 1;
            }
        }
        let mut chosen = 0;
        for i in 0..kept {
            let number = self.order.at(i);
            if chosen >= most {
                break;
            }
            if number == GONE {
                continue;
            }
            chosen += 1;
            take(number as usize, self.own.at(number as usize));
            for j in i + 1..kept {
                let other = self.order.at(j);
                if other != GONE
                    && share(self.corners(number), self.corners(other)) > self.p.overlap
                {
                    self.order.set(j, GONE);
                }
            }
        }
    }

    /// Boxes compared by their best class; each chosen one with its best few.
    fn fast(&mut self, scores: Numbers<'_>, choices: &mut [u8], found: &mut Found<'_>) {
        let p = self.p;
        let at = |i: usize, class: usize| scores.at(i * p.columns[1] + p.first_class() + class);
        for i in 0..p.boxes {
            self.own.set(
                i,
                (1..p.classes).fold(at(i, 0), |best, class| {
                    if at(i, class) > best { at(i, class) } else { best }
                }),
            );
        }
        let each = p.classes_each.min(p.classes);
        let mut chosen = ViewMut::<u32>::new(choices);
        let mut count = 0;
        self.suppress(p.most, |number, _| {
            chosen.set(count, number as u32);
            count += 1;
        });
        for k in 0..count {
            let number = chosen.at(k) as usize;
            let mut last: Option<(usize, f32)> = None;
            for column in 0..each {
                let next = next_class(p.classes, last, |class| at(number, class));
                let Some((class, score)) = next else { break };
                found.push(k * p.classes_each + column, (number, class, score));
                last = next;
            }
        }
        found.len = count;
    }

    /// Each class apart; the best of all.
    fn regular(&mut self, scores: Numbers<'_>, choices: &mut [u8], found: &mut Found<'_>) {
        let p = self.p;
        let mut best = ViewMut::<u32>::new(choices);
        let mut len = 0;
        for class in 0..p.classes {
            for i in 0..p.boxes {
                self.own.set(i, scores.at(i * p.columns[1] + p.first_class() + class));
            }
            self.suppress(p.per_class.min(p.most), |number, score| {
                // Behind all that are not worse.
                let mut at = len;
                while at > 0 && f32::from_bits(best.at(3 * at - 1)) < score {
                    for k in 0..3 {
                        best.set(3 * at + k, best.at(3 * at + k - 3));
                    }
                    at -= 1;
                }
                for (k, word) in
                    [number as u32, class as u32, score.to_bits()].into_iter().enumerate()
                {
                    best.set(3 * at + k, word);
                }
                len += 1;
            });
            len = len.min(p.most);
        }
        for row in 0..len {
            let [number, class, score] = [0, 1, 2].map(|k| best.at(3 * row + k));
            found.push(row, (number as usize, class as usize, f32::from_bits(score)));
        }
        found.len = len;
    }
}

/// The class that comes after `last` in the order of falling scores, equal ones by number.
fn next_class(
    classes: usize,
    last: Option<(usize, f32)>,
    at: impl Fn(usize) -> f32,
) -> Option<(usize, f32)> {
    let mut best: Option<(usize, f32)> = None;
    for class in 0..classes {
        let score = at(class);
        let later = last.is_none_or(|(number, s)| score < s || score == s && class > number);
        if later && best.is_none_or(|(_, b)| score > b) {
            best = Some((class, score));
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::next_class;

    #[test]
    fn classes_come_by_falling_score_and_equals_by_number() {
        let scores = [0.25f32, 0.5, 0.25, 0.75];
        let (mut last, mut seen) = (None, [9; 4]);
        for seen in &mut seen {
            last = next_class(4, last, |class| scores[class]);
            *seen = last.unwrap().0;
        }
        assert_eq!(seen, [3, 1, 0, 2]);
        assert_eq!(next_class(4, last, |class| scores[class]), None);
    }
}
