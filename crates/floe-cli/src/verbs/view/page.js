"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const $ = id => document.getElementById(id);
const MANY = 120, READABLE = .62, WIDEST = 14, W = 184, H = 42, GAP = [26, 44], BEND = 10;
let nodes = [], open = new Set(), chosen = null, box = { x: 0, y: 0, k: 1 }, items = [];

// ---- what an operator is about: the tone of its card

const TONES = [
  ["port", /^(input|output)$/],
  ["quant", /quant|^fake/i],
  ["flow", /while|^if$|^case$|call|stateful|switch|merge|enter|exit|nextiteration|loopcond|noop|assert|var|variable|assign|table/i],
  ["weights", /conv|matmul|fully_connected|dense|einsum|lstm|gru|rnn|svdf|embedding/i],
  ["pool", /pool|mean|^sum$|reduce|argm|arg_m|^max$|^min$|^prod$|^all$|^any$|top_?k|segment|cumsum|norm/i],
  ["act", /relu|elu|gelu|tanh|sigmoid|logistic|softmax|swish|softplus|softsign/i],
  ["move", /reshape|transpose|concat|slice|split|gather|pad|pack|stack|squeeze|expand_?dims|tile|space|batch_to|shape|broadcast|cast|reverse|resize|scatter|identity|fill|range|one_?hot|where|select|rank|size/i],
];
const tone = op => (TONES.find(([, p]) => p.test(op)) ?? ["math"])[0];

// What only brings weights in is told with the node that takes it, not drawn: variables, and what reads them.
function quiet() {
  for (const n of nodes) {
    const brought = n.from.length > 0 && n.from.every(i => nodes[i].quiet);
    n.quiet = n.op === "VarHandleOp" || n.op === "input" && /^resource/.test(n.outputs[0][1]) || n.op === "ReadVariableOp" && brought;
  }
}

// ---- scopes: the folders in nodes' names

// Each node gets the scopes that it is in, outermost first. Where there are too many outermost ones, as with
// names that have no folders, runs of them are put into scopes called by their numbers.
function scopes() {
  for (const n of nodes) { const p = n.name.split("/"); n.path = p.slice(0, -1).map((_, i) => p.slice(0, i + 1).join("/")); }
  const tops = new Map();
  for (const n of drawn()) { const t = n.path[0] ?? n; if (!tops.has(t)) tops.set(t, tops.size); }
  if (tops.size <= MANY) return;
  const size = Math.max(20, Math.ceil(tops.size / MANY));
  for (const n of drawn()) {
    const first = Math.floor(tops.get(n.path[0] ?? n) / size) * size;
    const run = `${first + 1}–${Math.min(first + size, tops.size)}`;
    n.path = [run, ...n.path.map(s => run + "/" + s)];
  }
}
const drawn = () => nodes.filter(n => !n.quiet);
// What stands for a node now: itself, or its outermost folded scope.
const shown = node => node.path.find(s => !open.has(s)) ?? node;

// Opens scopes, the outer ones first, as long as the picture stays readable.
function unfold() {
  open = new Set();
  const inside = new Map(), depth = new Map();
  for (const n of drawn()) n.path.forEach((s, i) => {
    if (!inside.has(s)) inside.set(s, new Set());
    inside.get(s).add(n.path[i + 1] ?? n);
    depth.set(s, i);
  });
  let count = new Set(drawn().map(shown)).size;
  for (const [scope, i] of [...depth].sort((a, b) => a[1] - b[1])) {
    const outer = i ? scope.slice(0, scope.lastIndexOf("/")) : null, more = inside.get(scope).size - 1;
    if (outer !== null && !open.has(outer) || count + more > MANY) continue;
    open.add(scope);
    count += more;
  }
}

// ---- layout: layers by the longest path, order within them by the neighbours' middle, then places as near
// to the neighbours as the order allows

function gather() {
  const all = new Map();
  for (const n of drawn()) {
    const s = shown(n);
    if (!all.has(s)) all.set(s, { key: s, node: s.name === undefined ? null : s, members: [], ins: [], outs: [], ends: [], layer: 0, w: W });
    all.get(s).members.push(n);
  }
  for (const n of drawn()) for (const from of n.from) {
    if (nodes[from].quiet) continue;
    const a = all.get(shown(nodes[from])), b = all.get(shown(n));
    if (a !== b && !a.outs.includes(b)) { a.outs.push(b); b.ins.push(a); }
  }
  return all;
}

// Depth first, each before what it leads to; `back` holds the edges that would close a circle.
function order(all) {
  const done = [], state = new Map();
  for (const root of all) {
    if (state.has(root)) continue;
    const stack = [[root, 0]];
    state.set(root, 1);
    while (stack.length) {
      const top = stack[stack.length - 1], next = top[0].outs[top[1]++];
      if (!next) { state.set(top[0], 2); done.push(top[0]); stack.pop(); }
      else if (!state.has(next)) { state.set(next, 1); stack.push([next, 0]); }
      else if (state.get(next) === 1) (top[0].back ??= new Set()).add(next);
    }
  }
  return done.reverse();
}

function layers(sorted) {
  const ahead = a => a.outs.filter(b => !a.back?.has(b));
  for (const a of sorted) for (const b of ahead(a)) b.layer = Math.max(b.layer, a.layer + 1);
  // What no input of the graph leads to stands right above what it leads to.
  for (const a of sorted) a.fed = a.node?.port || a.ins.some(b => b.fed);
  for (const a of [...sorted].reverse()) if (!a.fed && ahead(a).length) a.layer = Math.min(...ahead(a).map(b => b.layer)) - 1;
  const least = Math.min(0, ...sorted.map(a => a.layer));
  for (const a of sorted) a.layer -= least;
  const rows = [];
  for (const a of sorted) (rows[a.layer] ??= []).push(a);
  // An edge that passes layers bends in each of them, so that nothing lies on it.
  let bends = 0;
  for (const a of sorted) for (const b of a.outs) {
    let last = a;
    const steps = a.back?.has(b) || bends > 6000 ? [] : Array.from({ length: Math.max(0, b.layer - a.layer - 1) }, (_, i) => a.layer + 1 + i);
    const bend = steps.map(layer => ({ layer, w: BEND, bend: true, ins: [], outs: [] }));
    bends += bend.length;
    for (const x of [...bend, b]) { if (x !== b) rows[x.layer].push(x); last.down ??= []; x.up ??= []; last.down.push(x); x.up.push(last); last = x; }
    a.ends.push([b, bend]);
  }
  // A layer that is too wide goes on below.
  return rows.flatMap(row => {
    const real = row.filter(x => !x.bend).length;
    if (real <= WIDEST) return [row];
    const parts = Array.from({ length: Math.ceil(real / WIDEST) }, () => []);
    let i = 0;
    for (const x of row) parts[x.bend ? parts.length - 1 : Math.floor(i++ / WIDEST)].push(x);
    return parts;
  });
}

// The places nearest to what is wanted that keep the order and the gaps: equal wishes are pooled.
function settle(row) {
  let at = 0;
  const pools = [];
  for (const x of row) {
    x.off = at + x.w / 2;
    at += x.w + (x.bend ? BEND : GAP[0]);
    let pool = { xs: [x], sum: (x.want - x.off) * (x.bend ? 3 : 1), n: x.bend ? 3 : 1 };
    while (pools.length && pools[pools.length - 1].sum / pools[pools.length - 1].n >= pool.sum / pool.n) {
      const before = pools.pop();
      pool = { xs: [...before.xs, ...pool.xs], sum: before.sum + pool.sum, n: before.n + pool.n };
    }
    pools.push(pool);
  }
  for (const p of pools) for (const x of p.xs) x.x = p.sum / p.n + x.off;
}

function layout() {
  const sorted = order(gather().values()), rows = layers(sorted);
  rows.forEach(row => { let at = 0; for (const a of row) { a.x = at; at += a.w + GAP[0]; } for (const a of row) a.x -= at / 2; });
  const middle = (list, own) => { if (!list?.length) return own; const xs = list.map(a => a.x).sort((a, b) => a - b), m = xs.length >> 1; return xs.length % 2 ? xs[m] : (xs[m - 1] + xs[m]) / 2; };
  for (let sweep = 0; sweep < 8; sweep++) for (const row of sweep % 2 ? [...rows].reverse() : rows) {
    for (const a of row) a.want = middle(sweep % 2 ? a.down : a.up, a.x);
    if (sweep < 6) row.sort((a, b) => a.want - b.want);
    settle(row);
  }
  rows.forEach((row, i) => row.forEach(a => a.y = i * (H + GAP[1])));
  return sorted;
}

// ---- drawing

const svg = (tag, attrs, ...kids) => { const e = document.createElementNS("http://www.w3.org/2000/svg", tag); for (const k in attrs) e.setAttribute(k, attrs[k]); e.append(...kids); return e; };
// Long names keep their beginning and their end.
const short = (t, n) => t.length > n ? t.slice(0, Math.ceil(n / 2) - 1) + "…" + t.slice(-Math.floor(n / 2)) : t;
const last = name => name.split("/").pop();

function wire(a, b, bends) {
  const points = [[a.x, a.y + H / 2], ...bends.flatMap(p => [[p.x, p.y - H / 2], [p.x, p.y + H / 2]]), [b.x, b.y - H / 2]];
  let d = `M${points[0]}`;
  for (let i = 1; i < points.length; i++) {
    const [x1, y1] = points[i - 1], [x2, y2] = points[i], m = (y1 + y2) / 2;
    d += x1 === x2 ? `L${x2} ${y2}` : `C${x1} ${m} ${x2} ${m} ${x2} ${y2}`;
  }
  const hot = chosen && (a.node === chosen || b.node === chosen);
  return svg("path", { class: hot ? "wire hot" : "wire", d });
}

function card(a) {
  const node = a.node, name = node ? node.name : a.key, weights = node?.constants.map(c => c.short).filter(Boolean) ?? [];
  const second = node ? (weights.length ? weights.join(" · ") : last(name)) : `${a.members.length} node${a.members.length > 1 ? "s" : ""}`;
  const kind = node ? node.port ? "item port" : "item" : "item scope";
  const g = svg("g", { class: kind + (node && node === chosen ? " on" : ""), transform: `translate(${a.x} ${a.y})`, style: `--tone:var(--${node ? tone(node.op) : "wire"})` },
    svg("title", {}, node ? `${node.op}\n${name}` : name), svg("rect", { class: "card", x: -W / 2, y: -H / 2, width: W, height: H, rx: 6 }),
    svg("rect", { class: "tab", x: -W / 2, y: -H / 2 + 6, width: 4, height: H - 12, rx: 2 }),
    svg("text", { class: "op", x: -W / 2 + 13, y: -3 }, short(node ? node.op : last(name) + " /", 24)), svg("text", { class: "small", x: -W / 2 + 13, y: 12.5 }, short(second, 30)));
  g.addEventListener("click", () => node ? choose(node) : (open.add(a.key), draw()));
  return g;
}

function draw() {
  items = layout();
  const wires = [], types = [], cards = [];
  for (const a of items) {
    for (const [b, bends] of a.ends) wires.push(wire(a, b, bends));
    const out = a.node?.op !== "output" && a.outs.length && a.node?.outputs[0];
    if (out) types.push(svg("text", { class: "type", x: a.x + 6, y: a.y + H / 2 + 14 }, out[1].split(",  ")[0].replace(/, scale.*/, "")));
    cards.push(card(a));
  }
  $("scene").replaceChildren(...wires, ...types, ...cards);
  place();
}

function place() {
  $("scene").setAttribute("transform", `translate(${box.x} ${box.y}) scale(${box.k})`);
  $("scene").setAttribute("class", box.k < .3 ? "far" : "");
}
// Shows everything, unless that makes it smaller than `least`: then the beginning.
function fit(least) {
  const r = $("view").getBoundingClientRect();
  if (!items.length) return;
  const xs = items.map(a => a.x), ys = items.map(a => a.y), edge = 24;
  const [x1, x2, y1, y2] = [Math.min(...xs) - W / 2 - edge, Math.max(...xs) + W / 2 + edge, Math.min(...ys) - H / 2 - edge, Math.max(...ys) + H / 2 + edge];
  box.k = Math.max(least, Math.min(1.15, r.width / (x2 - x1), r.height / (y2 - y1)));
  const top = Math.min(...ys), heads = items.filter(a => a.y === top).map(a => a.x).sort((a, b) => a - b), first = heads[heads.length >> 1];
  box.x = r.width / 2 - box.k * (box.k * (x2 - x1) > r.width ? first : (x1 + x2) / 2);
  box.y = box.k * (y2 - y1) > r.height ? -box.k * y1 : r.height / 2 - box.k * (y1 + y2) / 2;
  place();
}
function zoom(factor, x, y) {
  const r = $("view").getBoundingClientRect(), k = Math.min(4, Math.max(.005, box.k * factor));
  [x, y] = [(x ?? r.width / 2), (y ?? r.height / 2)];
  box = { x: x - (x - box.x) * k / box.k, y: y - (y - box.y) * k / box.k, k };
  place();
}
function choose(node) {
  chosen = node;
  node.path.forEach(s => open.add(s));
  draw();
  const item = items.find(a => a.node === node), r = $("view").getBoundingClientRect();
  if (item) { box.k = Math.max(box.k, .8); box.x = r.width / 2 - box.k * item.x; box.y = r.height / 2 - box.k * item.y; place(); }
  tell(node);
}
function fold(scope) {
  for (const s of open) if (s === scope || s.startsWith(scope + "/")) open.delete(s);
  chosen = null;
  draw();
  const item = items.find(a => a.key === scope), r = $("view").getBoundingClientRect();
  if (item) { box.x = r.width / 2 - box.k * item.x; box.y = r.height / 2 - box.k * item.y; place(); }
  overview();
}

// ---- the panel

const html = (tag, attrs, ...kids) => { const e = document.createElement(tag); Object.assign(e, attrs); e.append(...kids); return e; };
const toned = (e, op) => { e.style.setProperty("--tone", `var(--${tone(op)})`); return e; };
const rows = list => html("table", {}, ...list.map(([k, v]) => html("tr", {}, html("td", { title: k }, k), html("td", {}, value(v)))));
const link = n => html("a", { onclick: () => choose(n) }, n.name);
// A value that is the name of a graph leads there.
function value(v) {
  const i = data.graphs.length > 1 ? data.graphs.findIndex((g, i) => g.name === v || v === `graph ${i}`) : -1;
  return i < 0 ? v : html("a", { onclick: () => { $("graph").value = i; show(i); } }, v);
}
const panel = parts => { $("panel").replaceChildren(...parts); $("panel").scrollTop = 0; };
const hit = n => html("div", { className: "hit" }, link(n), html("span", {}, n.op));

function tensor(c) {
  const parts = [html("h4", {}, c.name), rows(c.facts)];
  if (c.histogram) {
    const top = Math.max(...c.histogram), step = (c.range[1] - c.range[0]) / c.histogram.length, number = x => +x.toPrecision(4);
    parts.push(html("div", { className: "hist" }, ...c.histogram.map((n, i) => html("i", { style: `height:${n ? Math.max(1.5, 100 * n / top) : 0}%`, title: `${n.toLocaleString("en")} from ${number(c.range[0] + i * step)} to ${number(c.range[0] + (i + 1) * step)}` }))));
    parts.push(html("div", { className: "ends" }, html("span", {}, number(c.range[0])), html("span", {}, number((c.range[0] + c.range[1]) / 2)), html("span", {}, number(c.range[1]))));
  }
  return parts;
}

function tell(node) {
  const parts = [];
  if (node.path.length) parts.push(html("div", { className: "crumbs" }, ...node.path.flatMap(s => [html("a", { onclick: () => fold(s), title: "fold this scope" }, last(s)), " / "])));
  parts.push(html("h2", {}, node.name), toned(html("span", { className: "op-name" }, node.op), node.op));
  const section = (title, ...body) => parts.push(html("h3", {}, title), ...body);
  if (node.outputs.length) section("outputs", rows(node.outputs));
  if (node.attrs.length) section("attributes", rows(node.attrs));
  if (node.constants.length) section("weights", ...node.constants.flatMap(tensor));
  if (node.from.length) section("from", ...node.from.map(i => hit(nodes[i])));
  const to = nodes.filter(n => n.from.includes(node.id));
  if (to.length) section("to", ...to.map(hit));
  panel(parts);
}

function find(text) {
  const t = text.toLowerCase(), hits = nodes.filter(n => (n.name + " " + n.op).toLowerCase().includes(t));
  panel([html("h2", {}, `${hits.length} node${hits.length === 1 ? "" : "s"}`), ...hits.slice(0, 300).map(hit), hits.length > 300 ? html("p", { className: "keys" }, `and ${hits.length - 300} more`) : ""]);
  return hits;
}

function overview() {
  const most = data.ops.length ? data.ops[0][1] : 1;
  const ops = html("table", {}, ...data.ops.map(([op, n]) => toned(html("tr", {}, html("td", { title: op }, html("a", { onclick: () => { $("find").value = op; find(op); } }, op)), html("td", {}, n.toLocaleString("en")), html("td", { className: "bar" }, html("i", { style: `width:${Math.max(3, 100 * n / most)}%` }))), op)));
  const keys = html("p", { className: "keys" }, html("kbd", {}, "/"), " find  ", html("kbd", {}, "F"), " fit  ", html("kbd", {}, "↑"), html("kbd", {}, "↓"), " along the edges  ", html("kbd", {}, "Esc"), " back");
  panel([html("h2", {}, data.title), rows(data.facts), ...data.ops.length ? [html("h3", {}, "operators"), ops, html("h3", {}, "keys"), keys] : []]);
}

// ---- tensors, where there is no graph

const heaviest = data.tensors.reduce((most, t) => Math.max(most, t.bytes), 1);
function tree(list, depth, parent) {
  const groups = new Map();
  for (const t of list) { const parts = t.name.split("/"), k = depth < parts.length - 1 ? parts[depth] : null; if (!groups.has(k)) groups.set(k, []); groups.get(k).push(t); }
  const total = l => l.reduce((s, t) => s + t.bytes, 0);
  for (const [k, inside] of groups) {
    if (k !== null && inside.length > 1) {
      const d = html("details", {}, html("summary", {}, html("b", {}, k), html("span", {}, `${inside.length} tensors, ${size(total(inside))}`)));
      const fill = () => { if (d.open && d.children.length === 1) tree(inside, depth + 1, d); };
      d.addEventListener("toggle", fill);
      if (data.tensors.length <= 400 || list.length === inside.length) { d.open = true; fill(); }
      parent.append(d);
    } else for (const t of inside) {
      const row = html("div", { className: "row item" }, html("b", {}, t.name.split("/").slice(depth).join("/").replace("/.ATTRIBUTES/VARIABLE_VALUE", "")), html("span", {}, t.short), html("span", {}, size(t.bytes)), html("i", { style: `width:${Math.max(1, 100 * t.bytes / heaviest)}%` }));
      row.onclick = () => { document.querySelector(".row.on")?.classList.remove("on"); row.classList.add("on"); panel([html("h2", {}, t.name), ...tensor(t).slice(1)]); };
      parent.append(row);
    }
  }
}
const size = n => { let u = 0; while (n >= 1024 && u < 4) { n /= 1024; u++; } return `${u && n < 100 ? n.toPrecision(3) : Math.round(n)} ${["B", "KiB", "MiB", "GiB", "TiB"][u]}`; };
function list(text) {
  const t = text.toLowerCase(), found = data.tensors.filter(x => x.name.toLowerCase().includes(t));
  $("list").replaceChildren();
  tree(found, 0, $("list"));
}

// ---- the report of a conversion

// Bars of the roots of counts; those outside of what is held are shaded.
function counts(h) {
  const most = Math.sqrt(Math.max(1, ...h.counts)), n = h.counts.length;
  return h.counts.map((c, i) => html("i", { className: (i + 1) / n <= h.from || i / n >= h.to ? "cut" : "", style: `height:${(c && 6) + 94 * Math.sqrt(c) / most}%` }));
}

function report() {
  const few = 400, place = $("report"), { facts, tables } = data.report;
  if (place.childElementCount) return;
  place.append(html("div", { className: "tiles" }, ...facts.map(([k, v]) => html("div", {}, html("b", {}, v), html("span", {}, k)))));
  for (const t of tables) {
    const go = r => () => {
      $("graph").value = r.graph; show(r.graph);
      const node = nodes.find(n => n.name === r.cells[0]) ?? nodes.find(n => n.name.startsWith(r.cells[0]));
      if (node) choose(node);
    };
    const bars = t.rows.some(r => r.bar);
    const row = r => html("tr", {}, html("td", {}, html("a", { onclick: go(r) }, r.cells[0])), ...r.cells.slice(1).map(c => html("td", {}, c)),
      ...(bars ? [html("td", { className: "bar" }, html("i", { style: `width:${100 * r.bar}%` }))] : []),
      ...(r.histogram ? [html("td", { className: "counts" }, ...counts(r.histogram))] : []));
    place.append(html("h2", {}, t.title), html("p", {}, t.about),
      html("table", {}, html("tr", {}, ...t.head.map(h => html("th", {}, h))), ...t.rows.slice(0, few).map(row)));
    if (t.rows.length > few) place.append(html("p", {}, `and ${t.rows.length - few} more`));
    if (!t.rows.length) place.append(html("p", {}, "none"));
  }
}

// ---- which graph, and the keys

function show(i) {
  $("report").hidden = i >= 0;
  for (const id of ["view", "panel", "find", "fold", "less", "more", "fit"]) $(id).style.display = i < 0 ? "none" : "";
  if (i < 0) return report();
  nodes = data.graphs[i].nodes.map((n, id) => ({ ...n, id }));
  chosen = null;
  quiet(); scopes(); unfold(); draw(); fit(READABLE); overview();
}
// The graph that computes most is the one to see first: the main one of a SavedModel only holds its variables.
const works = g => g.nodes.filter(n => !n.port && !/^(NoOp|Const|Identity\w*|\w*Var\w*|Restore\w*|Save\w*|Merge\w*|Sharded\w*|Static\w*|DisableCopy\w*|\w*PartitionedCall|Select|StringJoin|Pack|Assign\w*)$/.test(n.op)).length;
function begin() {
  $("title").textContent = data.title.split("/").filter(Boolean).slice(-2).join("/");
  document.title = $("title").title = data.title;
  $("kind").textContent = data.kind;
  for (const id of ["fold", "less", "more", "fit"]) $(id).hidden = !data.graphs.length;
  $("graph").hidden = data.graphs.length < 2;
  if (!data.graphs.length) { $("view").remove(); $("list").hidden = false; list(""); return overview(); }
  data.graphs.forEach((g, i) => $("graph").append(html("option", { value: i }, `${g.name} (${g.nodes.length})`)));
  const best = works(data.graphs[0]) ? 0 : data.graphs.reduce((b, g, i) => works(g) > works(data.graphs[b]) ? i : b, 0);
  if (data.report) $("graph").prepend(html("option", { value: -1 }, "report"));
  const first = data.report ? -1 : best;
  $("graph").value = first;
  show(first);
}
$("graph").onchange = e => show(+e.target.value);
$("find").oninput = e => !data.graphs.length ? list(e.target.value) : e.target.value ? find(e.target.value) : overview();
$("find").onkeydown = e => { if (e.key === "Enter" && data.graphs.length) { const hits = find(e.target.value); if (hits.length) choose(hits[0]); } };
$("fold").onclick = () => { open = new Set(); chosen = null; draw(); fit(READABLE); overview(); };
$("fit").onclick = () => fit(0);
$("less").onclick = () => zoom(1 / 1.4);
$("more").onclick = () => zoom(1.4);
$("view").addEventListener("wheel", e => {
  e.preventDefault();
  const r = $("view").getBoundingClientRect();
  zoom(Math.exp(-e.deltaY / 500), e.clientX - r.left, e.clientY - r.top);
}, { passive: false });
$("view").addEventListener("pointermove", e => { $("view").classList.toggle("drag", e.buttons & 1); if (e.buttons & 1) { box.x += e.movementX; box.y += e.movementY; place(); } });
addEventListener("keydown", e => {
  if (e.target !== document.body && e.key !== "Escape") return;
  const next = !chosen ? null : e.key === "ArrowUp" ? nodes[chosen.from[0]] : e.key === "ArrowDown" ? nodes.find(n => n.from.includes(chosen.id)) : null;
  if (next) { e.preventDefault(); choose(next); }
  else if (e.key === "/") { e.preventDefault(); $("find").focus(); }
  else if (e.key === "f") fit(0);
  else if (e.key === "Escape") { $("find").value = ""; document.activeElement.blur(); chosen = null; if (data.graphs.length) draw(); else list(""); overview(); }
});
begin();
