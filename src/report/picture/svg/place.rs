//! Where everything goes. A column is a number of steps from the end, which stands at the right; a lane runs
//! across all columns. As columns count the fewest steps, every arrow that leads on ends one column further, and
//! none has to find its way around boxes.

use std::collections::BTreeMap;

use super::super::{Arrow, Box, Picture};
use super::legends;

pub(super) const PAD: i32 = 16;

/// Widths of a letter, in tenths: names and sentences, small print, the title.
pub(super) const TEXT: i32 = 66;
const SMALL: i32 = 56;
const TITLE: i32 = 102;

/// Height of a box, and of the room for one arrow that leaves it.
const BOX: i32 = 38;
const PORT: i32 = 15;
/// For the tip of one that arrives, up to a point.
const TIPS: i32 = 9;
const CROWD: i32 = 160;
/// No picture has more arrows than these.
const ARROWS: usize = 10_000;
/// Between boxes of one column.
const GAP: i32 = 10;
/// The name of a lane.
const HEAD: i32 = 24;
/// Room for curves to cross in.
const BEND: i32 = 70;
/// Pictures are at least this wide, so that sentences have room.
const NARROW: i32 = 480;

#[derive(Copy, Clone, Debug, Default)]
pub(super) struct Rect {
    pub(super) x: i32,
    pub(super) y: i32,
    pub(super) width: i32,
    pub(super) height: i32,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Curve {
    pub(super) path: String,
    pub(super) label: (i32, i32),
}

type Lines = Vec<(String, i32)>;

#[derive(Debug)]
pub(super) struct Places {
    pub(super) width: i32,
    pub(super) height: i32,
    pub(super) title: Lines,
    pub(super) summary: Lines,
    pub(super) lanes: Vec<Rect>,
    pub(super) boxes: Vec<Rect>,
    pub(super) curves: Vec<Curve>,
    pub(super) legend: i32,
    pub(super) omitted: Lines,
}

/// How wide a text is drawn, about; nobody knows the reader's font. Ideographs are twice as wide.
pub(super) fn wide(text: &str, letter: i32) -> i32 {
    let letters: i32 = text.chars().map(|c| if c >= '\u{1100}' { 18 } else { 10 }).sum();
    letters * letter / 100 + 1
}

/// One column: where it starts, and where the room for labels behind it starts and ends.
#[derive(Copy, Clone, Debug, Default)]
struct Column {
    x: i32,
    width: i32,
    labels: i32,
}

impl Column {
    fn right(self) -> i32 {
        self.x + self.width
    }

    /// Where the next column may start.
    fn end(self) -> i32 {
        self.right() + if self.labels > 0 { self.labels + BEND } else { 0 }
    }
}

impl Places {
    pub(super) fn new(picture: &Picture) -> Self {
        let columns = columns(picture);
        let inner = columns.values().map(|column| column.end()).max().unwrap_or(PAD);
        let heads = picture.lanes.iter().map(|lane| wide(&lane.title, TEXT) + 2 * PAD);
        let lanes_width = heads.chain([inner - PAD + 12, NARROW]).max().unwrap_or(NARROW);
        let room = lanes_width;
        let mut y = PAD;
        let title = flow(&picture.title, TITLE, room, 24, &mut y);
        let summary = flow(&picture.summary, TEXT, room, 18, &mut y);
        y += 12;
        let heights: Vec<i32> = picture.boxes.iter().enumerate().map(|(at, _)| high(picture, at)).collect();
        let lanes = lanes(picture, &heights, lanes_width, &mut y);
        let boxes = boxes(picture, &heights, &columns, &lanes);
        let curves = curves(picture, &columns, &boxes);
        let legend = y + 16;
        if !legends(picture).is_empty() {
            y += 28;
        }
        let omitted = picture.omitted.iter().flat_map(|text| flow(text, TEXT, room, 18, &mut y)).collect();
        let legend_width: i32 = legends(picture).iter().map(|(_, _, words)| wide(words, TEXT) + 74).sum();
        let width = lanes_width.max(legend_width) + 2 * PAD;
        Self { width, height: y + PAD, title, summary, lanes, boxes, curves, legend, omitted }
    }
}

/// Text broken at spaces, each line with the place of its foot.
fn flow(text: &str, letter: i32, room: i32, step: i32, y: &mut i32) -> Lines {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if wide(line, letter) + wide(word, letter) < room => {
                line.push(' ');
                line.push_str(word);
            }
            Some(_) | None => lines.push(word.to_owned()),
        }
    }
    lines
        .into_iter()
        .map(|line| {
            *y += step;
            (line, *y)
        })
        .collect()
}

fn columns(picture: &Picture) -> BTreeMap<usize, Column> {
    let mut columns: BTreeMap<usize, Column> = BTreeMap::new();
    for node in &picture.boxes {
        let name = wide(&node.name, TEXT).max(wide(&node.what, SMALL)) + 22;
        let column = columns.entry(node.column).or_default();
        column.width = column.width.max(name).max(90);
    }
    for arrow in &picture.arrows {
        let Some(from) = picture.boxes.get(arrow.from) else { continue };
        let column = columns.entry(from.column).or_default();
        column.labels = column.labels.max(wide(&arrow.label, SMALL) + 14);
    }
    let mut x = PAD + 12;
    for column in columns.values_mut().rev() {
        column.x = x;
        x = column.end();
    }
    columns
}

/// A box is as high as the arrows that leave it need, and higher where many arrive.
fn high(picture: &Picture, at: usize) -> i32 {
    let out = picture.arrows.iter().filter(|arrow| arrow.from == at).count();
    let into = picture.arrows.iter().filter(|arrow| arrow.to == at).count();
    let number = |n: usize| i32::try_from(n.min(ARROWS)).unwrap_or_default();
    BOX.max(number(out) * PORT + 8).max((number(into) * TIPS).min(CROWD))
}

fn stack(picture: &Picture, lane: usize, column: usize) -> Vec<usize> {
    let here = |(_, node): &(usize, &Box)| node.lane == lane && node.column == column;
    picture.boxes.iter().enumerate().filter(here).map(|(at, _)| at).collect()
}

fn stacked(stack: &[usize], heights: &[i32]) -> i32 {
    let all: i32 = stack.iter().filter_map(|at| heights.get(*at)).map(|high| high + GAP).sum();
    (all - GAP).max(0)
}

fn lanes(picture: &Picture, heights: &[i32], width: i32, y: &mut i32) -> Vec<Rect> {
    let last = picture.boxes.iter().map(|node| node.column).max().unwrap_or(0);
    let mut lanes = Vec::new();
    for at in 0..picture.lanes.len() {
        let tallest =
            (0..=last).map(|column| stacked(&stack(picture, at, column), heights)).max().unwrap_or(0);
        let height = HEAD + tallest + 12;
        lanes.push(Rect { x: PAD, y: *y, width, height });
        *y += height + 10;
    }
    lanes
}

fn boxes(picture: &Picture, heights: &[i32], columns: &BTreeMap<usize, Column>, lanes: &[Rect]) -> Vec<Rect> {
    let mut places = vec![Rect::default(); picture.boxes.len()];
    // From the end backwards: whoever leads to the same box stands together.
    for (column, across) in columns {
        for (at, lane) in lanes.iter().enumerate() {
            let mut stack = stack(picture, at, *column);
            stack.sort_by_key(|node| (middle_of_ends(picture, *node, *column, &places), *node));
            let room = lane.height - HEAD - 12;
            let mut y = lane.y + HEAD + (room - stacked(&stack, heights)) / 2;
            for node in stack {
                let height = heights.get(node).copied().unwrap_or(BOX);
                if let Some(place) = places.get_mut(node) {
                    *place = Rect { x: across.x, y, width: across.width, height };
                }
                y += height + GAP;
            }
        }
    }
    places
}

/// How far down the boxes are that a box leads to, where they stand already.
fn middle_of_ends(picture: &Picture, node: usize, column: usize, places: &[Rect]) -> i32 {
    let further = |to: usize| picture.boxes.get(to).is_some_and(|to| to.column < column);
    let ends = picture.arrows.iter().filter(|arrow| arrow.from == node && further(arrow.to));
    let ends: Vec<i32> = ends.filter_map(|arrow| places.get(arrow.to)).map(|p| p.y + p.height / 2).collect();
    match i32::try_from(ends.len()) {
        Ok(n) if n > 0 => ends.iter().sum::<i32>() / n,
        Ok(_) | Err(_) => 0,
    }
}

fn curves(picture: &Picture, columns: &BTreeMap<usize, Column>, boxes: &[Rect]) -> Vec<Curve> {
    let from = ports(picture, boxes, |arrow| arrow.from, |arrow| arrow.to);
    let to = ports(picture, boxes, |arrow| arrow.to, |arrow| arrow.from);
    let curve = |(at, arrow): (usize, &Arrow)| -> Option<Curve> {
        let (source, target) = (picture.boxes.get(arrow.from)?, picture.boxes.get(arrow.to)?);
        let (start, end) = (boxes.get(arrow.from)?, boxes.get(arrow.to)?);
        let column = columns.get(&source.column)?;
        let (x, y) = (start.x + start.width, *from.get(at)?);
        let bend = column.right() + column.labels;
        let path = if target.column < source.column {
            let (tx, ty) = (end.x, *to.get(at)?);
            let mid = (bend + tx) / 2;
            format!("M{x} {y}H{bend}C{mid} {y} {mid} {ty} {tx} {ty}")
        } else {
            // Back, or within the column: around the right side, to the lower corner.
            let (tx, ty) = (end.x + end.width, end.y + end.height - 5);
            let far = bend.max(tx) + BEND / 2;
            format!("M{x} {y}H{bend}C{far} {y} {far} {ty} {tx} {ty}")
        };
        Some(Curve { path, label: (x + 6, y - 4) })
    };
    picture.arrows.iter().enumerate().map(|at| curve(at).unwrap_or_default()).collect()
}

/// Where on the side of its box each arrow starts, or ends: those that come from above stand above.
fn ports(
    picture: &Picture,
    boxes: &[Rect],
    here: fn(&Arrow) -> usize,
    there: fn(&Arrow) -> usize,
) -> Vec<i32> {
    let mut by_box: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (at, arrow) in picture.arrows.iter().enumerate() {
        by_box.entry(here(arrow)).or_default().push(at);
    }
    let mut ports = vec![0; picture.arrows.len()];
    for (node, mut arrows) in by_box {
        let Some(place) = boxes.get(node) else { continue };
        let other = |at: &usize| picture.arrows.get(*at).and_then(|arrow| boxes.get(there(arrow)));
        arrows.sort_by_key(|at| (other(at).map(|place| (place.y, place.x)), *at));
        let Ok(n) = i32::try_from(arrows.len()) else { continue };
        for (i, at) in (1..).zip(arrows) {
            if let Some(port) = ports.get_mut(at) {
                *port = place.y + place.height * i / (n + 1);
            }
        }
    }
    ports
}
