//! The page of `floe view`, looked at in Chromium: opened, clicked, searched, photographed.
//!
//! Skipped where there is no Chromium; `FLOE_CHROMIUM` names one. `FLOE_SCREENSHOTS` names a folder that
//! keeps the pictures.

use floe::tflite::build::{ModelBuilder, OpSpec, QuantSpec, TensorSpec};
use floe::tflite::{encode, op};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Clicks a folded scope, searches a node, clicks it among the hits, and says what is there then.
const CLICKS: &str = r##"<script>{
const said = [], say = (k, v) => said.push(k + "=" + v), begun = performance.now();
const items = () => document.querySelectorAll("g.item").length;
const click = e => e.dispatchEvent(new MouseEvent("click", { bubbles: true }));
say("items", items());
const scope = document.querySelector("g.scope");
if (scope) { click(scope); say("unfolded", items()); }
const find = document.getElementById("find");
find.value = "WANTED";
find.dispatchEvent(new Event("input"));
say("hits", document.querySelector("#panel h2").textContent);
click(document.querySelector("#panel a"));
say("chosen", document.querySelectorAll("g.item.on").length);
const seen = document.querySelector("g.item.on").getBoundingClientRect();
say("seen", seen.width > 40 && seen.x > 0 && seen.y > 0 && seen.bottom < innerHeight);
say("panel", document.getElementById("panel").innerText.replace(/\s+/g, " "));
say("bars", document.querySelectorAll(".hist i").length);
say("quick", performance.now() - begun < 5000);
document.body.append(Object.assign(document.createElement("pre"), { id: "said", hidden: true, textContent: said.join("\n") }));
}</script>"##;

fn chromium() -> Option<PathBuf> {
    let named = std::env::var_os("FLOE_CHROMIUM").map(PathBuf::from);
    let usual = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
    named.or_else(|| usual.iter().map(PathBuf::from).find(|path| path.exists()))
}

fn chrome(program: &Path, folder: &Path, page: &Path, what: &str) -> Vec<u8> {
    let done = Command::new(program)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
        .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
        .args(["--window-size=1400,900", what])
        .arg(format!("--user-data-dir={}", folder.join("profile").display()))
        .arg(format!("file://{}", page.display()))
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    done.stdout
}

/// Writes the page of `model`, clicks through it looking for `wanted`, and gives what it said.
fn look(name: &str, model: &[u8], wanted: &str) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("model.tflite");
    std::fs::write(&file, model).unwrap();
    look_at(name, &file, &CLICKS.replace("WANTED", wanted))
}

/// Writes the page of what is at `file`, runs `clicks` in it, and gives what they said.
fn look_at(name: &str, file: &Path, clicks: &str) -> Option<String> {
    let Some(program) = chromium() else {
        eprintln!("no Chromium: the page is not looked at");
        return None;
    };
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("page.html");
    let floe = Command::new(env!("CARGO_BIN_EXE_floe"))
        .arg("view")
        .arg(file)
        .arg("-o")
        .arg(&page)
        .status();
    assert!(floe.unwrap().success());
    let html = std::fs::read_to_string(&page).unwrap();
    std::fs::write(&page, html.replace("</html>", &format!("{clicks}</html>"))).unwrap();
    let dom = String::from_utf8(chrome(&program, folder.path(), &page, "--dump-dom")).unwrap();
    let said = dom
        .split("<pre id=\"said\" hidden=\"\">")
        .nth(1)
        .unwrap_or_else(|| panic!("the clicks failed: {dom}"));
    let said = said.split("</pre>").next().unwrap().to_owned();
    let picture = folder.path().join("page.png");
    chrome(&program, folder.path(), &page, &format!("--screenshot={}", picture.display()));
    let bytes = std::fs::read(&picture).unwrap();
    // An empty page of this size is a tenth of that.
    assert!(bytes.starts_with(b"\x89PNG") && bytes.len() > 20_000, "{} bytes", bytes.len());
    if let Some(keep) = std::env::var_os("FLOE_SCREENSHOTS") {
        std::fs::write(Path::new(&keep).join(format!("{name}.png")), bytes).unwrap();
    }
    Some(said)
}

/// A chain of `length` operators; the names are what `name` gives.
fn chain(length: usize, name: impl Fn(usize) -> String) -> Vec<u8> {
    let mut model = ModelBuilder::new();
    let graph = model.add_subgraph("main");
    let dtype = floe::graph::DType::Float32;
    let mut tensor = |i: usize| model.add_tensor(graph, TensorSpec::new(name(i), dtype, &[1, 8]));
    let tensors: Vec<i32> = (0..=length).map(&mut tensor).collect();
    for pair in tensors.windows(2) {
        model.add_op(graph, OpSpec::new(op::SIN, &pair[..1], &pair[1..]));
    }
    model.set_ports(graph, &tensors[..1], &tensors[length..]);
    encode(&model.finish()).unwrap()
}

#[test]
fn ten_thousand_nodes_without_scopes() {
    let model = chain(10_000, |i| format!("step{i}"));
    let Some(said) = look("flat", &model, "step7777") else { return };
    assert!(
        said.contains("hits=1 node\n") && said.contains("chosen=1") && said.contains("seen=true"),
        "{said}"
    );
    assert!(said.contains("quick=true") && said.contains("float32 [1, 8]"), "{said}");
    let items: usize =
        said.lines().find_map(|l| l.strip_prefix("items=")).unwrap().parse().unwrap();
    assert!((2..=130).contains(&items), "{said}");
}

#[test]
fn ten_thousand_nodes_in_scopes() {
    let model = chain(10_000, |i| format!("net/block{}/layer{}/step{i}", i / 1000, i / 100));
    let Some(said) = look("scopes", &model, "step7777") else { return };
    assert!(
        said.contains("hits=1 node\n") && said.contains("chosen=1") && said.contains("seen=true"),
        "{said}"
    );
    assert!(
        said.contains("quick=true") && said.contains("net/block7/layer77/step7777 SIN"),
        "{said}"
    );
}

#[test]
fn weights_and_quantization_are_shown() {
    let mut model = ModelBuilder::new();
    let graph = model.add_subgraph("main");
    let dtype = floe::graph::DType::Int8;
    let spec = |name: &str, shape: &[i32], scale| {
        TensorSpec::new(name.to_owned(), dtype, shape).with_quant(QuantSpec::per_tensor(scale, 3))
    };
    let weights = model.add_buffer((0..=255).collect::<Vec<u8>>());
    let x = model.add_tensor(graph, spec("x", &[1, 16], 0.5));
    let y = model.add_tensor(graph, spec("y", &[1, 16], 0.25));
    let w = model.add_tensor(graph, spec("w", &[16, 16], 0.125).with_buffer(weights));
    model.add_op(graph, OpSpec::new(op::FULLY_CONNECTED, &[x, w], &[y]));
    model.set_ports(graph, &[x], &[y]);
    let Some(said) = look("weights", &encode(&model.finish()).unwrap(), "FULLY_CONNECTED") else {
        return;
    };
    for want in ["int8 [1, 16], scale 0.25000, zero point 3", "0.12500, zero point 3", "bars=32"] {
        assert!(said.contains(want), "{want}: {said}");
    }
}

/// Of a checkpoint, which has no graph, the tensors are shown by folder, and one when it is clicked.
#[test]
fn tensors_of_a_checkpoint_are_shown() {
    const CLICKS: &str = r##"<script>{
const said = [], say = (k, v) => said.push(k + "=" + v), rows = () => document.querySelectorAll(".row").length;
say("rows", rows());
const find = document.getElementById("find");
find.value = "_TRAINABLE";
find.dispatchEvent(new Event("input"));
say("found", rows() > 0 && [...document.querySelectorAll(".row b")].length === rows());
document.querySelector(".row").click();
say("chosen", document.querySelectorAll(".row.on").length);
say("panel", document.getElementById("panel").innerText.replace(/\s+/g, " "));
say("bars", document.querySelectorAll(".hist i").length);
document.body.append(Object.assign(document.createElement("pre"), { id: "said", hidden: true, textContent: said.join("\n") }));
}</script>"##;
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/digits/checkpoint");
    let Some(said) = look_at("checkpoint", &file, CLICKS) else { return };
    for want in ["found=true", "chosen=1", "float32 [", "bars=32"] {
        assert!(said.contains(want), "{want}: {said}");
    }
}
