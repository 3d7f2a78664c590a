// Who is named near whom.

/** Two mentions closer than this, in UTF-16 units, are near each other. */
const NEAR = 240;
const NODES = 64;
const NODES_ON_A_PHONE = 26;

let pairsFound = null;

/** How often two entities are near each other: `[[a, b], n]`. */
function pairs() {
  if (pairsFound) return pairsFound;
  const counts = new Map();
  for (const { mentions } of documents) {
    mentions.forEach((first, i) => {
      for (let j = i + 1; j < mentions.length && mentions[j].start - first.end < NEAR; j += 1) {
        if (mentions[j].of !== first.of) count(counts, first.of, mentions[j].of);
      }
    });
  }
  pairsFound = [...counts.values()];
  return pairsFound;
}

function count(counts, one, other) {
  const [a, b] = one.key < other.key ? [one, other] : [other, one];
  const key = `${a.key}\n${b.key}`;
  const known = counts.get(key);
  if (known) known[1] += 1;
  else counts.set(key, [[a, b], 1]);
}

/** Nodes and the strongest edges between them. */
function graph() {
  const nodes = ranked().filter(isShown).slice(0, innerWidth < 780 ? NODES_ON_A_PHONE : NODES).map((entity, i) => {
    const angle = i * 2.399963;
    const far = 26 * Math.sqrt(i + 0.5);
    return { entity, r: 5 + 4.4 * Math.sqrt(entity.n), x: far * Math.cos(angle), y: far * Math.sin(angle) };
  });
  const of = new Map(nodes.map((node) => [node.entity, node]));
  const all = pairs().filter(([[a, b]]) => of.has(a) && of.has(b)).sort((x, y) => y[1] - x[1]);
  const degree = new Map();
  const edges = [];
  for (const [[a, b], n] of all) {
    const [da, db] = [degree.get(a) ?? 0, degree.get(b) ?? 0];
    if (Math.min(da, db) >= 3) continue;
    degree.set(a, da + 1);
    degree.set(b, db + 1);
    edges.push({ a: of.get(a), b: of.get(b), n });
  }
  return { nodes: nodes.filter((node) => degree.has(node.entity) || nodes.length < 12), edges };
}

/** Forces until they rest: nodes push each other away, edges pull, the middle holds. */
function settle({ nodes, edges }) {
  const ticks = 420;
  for (let tick = 0; tick < ticks; tick += 1) {
    const heat = (1 - tick / ticks) ** 1.4;
    nodes.forEach((node) => ([node.dx, node.dy] = [-node.x * 0.012, -node.y * 0.018]));
    nodes.forEach((a, i) => {
      for (let j = i + 1; j < nodes.length; j += 1) push(a, nodes[j]);
    });
    for (const { a, b, n } of edges) {
      const [x, y] = [b.x - a.x, b.y - a.y];
      const far = Math.hypot(x, y) || 1;
      const pull = (far - 62 - a.r - b.r) * 0.011 * Math.min(3, 1 + Math.log2(n));
      const [fx, fy] = [(x / far) * pull, (y / far) * pull];
      a.dx += fx; a.dy += fy; b.dx -= fx; b.dy -= fy;
    }
    for (const node of nodes) {
      const far = Math.hypot(node.dx, node.dy) || 1;
      const step = Math.min(far, 26 * heat + 0.4);
      node.x += (node.dx / far) * step;
      node.y += (node.dy / far) * step;
    }
  }
}

function push(a, b) {
  const [x, y] = [b.x - a.x || 0.1, b.y - a.y || 0.1];
  const far = Math.max(4, Math.hypot(x, y));
  let force = 2300 / (far * far);
  // Room for two names, which are wider than they are high.
  const close = a.r + b.r + 20 - far;
  if (close > 0) force += close * 0.24;
  const [fx, fy] = [(x / far) * force * 1.25, (y / far) * force];
  a.dx -= fx; a.dy -= fy; b.dx += fx; b.dy += fy;
}

/** Spreads the nodes over a picture of this size, in which a unit is a pixel. */
function spreadOut(nodes, width, height) {
  const area = box(nodes);
  const fill = (have, want) => Math.max(0.6, Math.min(2.6, want / have));
  const [sx, sy] = [fill(area.w, width - Math.min(150, width / 6)), fill(area.h, height - 40)];
  for (const node of nodes) {
    node.x *= sx;
    node.y *= sy;
  }
}

const cut = (name) => (name.length > 26 ? `${name.slice(0, 25)}…` : name);
const size = (node) => Math.min(20, 10 + node.r / 3);

/** Hides the names that would lie over greater entities or their names. */
function uncrowd(nodes) {
  const taken = [];
  for (const node of [...nodes].sort((a, b) => b.r - a.r)) {
    const { x, y, r } = node;
    const w = cut(node.entity.name).length * size(node) * 0.29;
    const box = [x - w, y + r + 2, x + w, y + r + 3 + size(node)];
    const isFree = taken.every((t) => box[2] < t[0] || t[2] < box[0] || box[3] < t[1] || t[3] < box[1]);
    node.isCrowded = !isFree;
    if (isFree) taken.push(box);
    taken.push([x - r, y - r, x + r, y + r]);
  }
}

function showNetwork(main) {
  const drawn = graph();
  if (drawn.nodes.length === 0) {
    main.replaceChildren(el("p", { class: "empty" }, "No entities are named near each other."));
    return;
  }
  settle(drawn);
  spreadOut(drawn.nodes, main.clientWidth, main.clientHeight - 48);
  uncrowd(drawn.nodes);
  const most = Math.max(...drawn.edges.map((edge) => edge.n), 1);
  for (const edge of drawn.edges) {
    const { a, b, n } = edge;
    const bend = 0.12;
    const [mx, my] = [(a.x + b.x) / 2 + (b.y - a.y) * bend, (a.y + b.y) / 2 - (b.x - a.x) * bend];
    edge.path = svg("path", { class: "edge", d: `M${a.x} ${a.y}Q${mx} ${my} ${b.x} ${b.y}`, "stroke-width": (0.7 + 3 * Math.sqrt(n / most)).toFixed(2), opacity: (0.16 + 0.5 * Math.sqrt(n / most)).toFixed(2) });
  }
  const layer = svg("g", {}, svg("g", {}, drawn.edges.map((edge) => edge.path)), svg("g", {}, drawn.nodes.map(drawNode).reverse()));
  const picture = svg("svg", { role: "group", "aria-label": "Entities that are named near each other" }, layer);
  const fit = () => moveTo(picture, box(drawn.nodes));
  main.replaceChildren(el("div", { class: "network" }, picture, el("p", { class: "caption" },
    el("span", {}, "The entities named most often; a line joins two that are named near each other."),
    el("button", { type: "button", onclick: fit }, "Fit"))));
  const lit = (key) => highlight(layer, drawn, key);
  for (const node of drawn.nodes) {
    const near = () => lit(node.entity.key);
    const rest = () => lit(state.entity);
    for (const [name, act] of [["pointerenter", near], ["focus", near], ["pointerleave", rest], ["blur", rest]]) node.group.addEventListener(name, act);
  }
  fit();
  pan(picture);
  lit(state.entity);
}

function drawNode(node) {
  const { entity, r, x, y } = node;
  const open = () => go({ entity: entity.key });
  const name = svg("text", { y: r + 4 + size(node) * 0.8 }, cut(entity.name));
  name.style.setProperty("--size", `${size(node).toFixed(1)}px`);
  const classes = ["node", hueOf(entity.label), !entity.isKnown && "nil", node.isCrowded && "crowded"].filter(Boolean);
  node.group = svg("g", { class: classes.join(" "), transform: `translate(${x.toFixed(1)} ${y.toFixed(1)})`, tabindex: "0", role: "button", "aria-label": `${entity.name}, ${entity.label}, ${plural(entity.n, "mention")}`, onclick: open, onkeydown: (event) => { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); open(); } } },
    svg("circle", { r: r.toFixed(1) }), name, svg("title", {}, `${entity.name} · ${plural(entity.n, "mention")}`));
  return node.group;
}

function highlight(layer, { nodes, edges }, key) {
  const of = edges.filter(({ a, b }) => a.entity.key === key || b.entity.key === key);
  const near = new Set(of.flatMap(({ a, b }) => [a, b]));
  const here = nodes.find((node) => node.entity.key === key);
  if (here) near.add(here);
  layer.classList.toggle("lit", Boolean(here));
  for (const edge of edges) edge.path.classList.toggle("near", of.includes(edge));
  for (const node of nodes) {
    node.group.classList.toggle("near", near.has(node));
    node.group.classList.toggle("on", node.entity.key === state.entity);
  }
}

function box(nodes) {
  const wide = (node) => Math.max(node.r, node.isCrowded ? 0 : cut(node.entity.name).length * size(node) * 0.3) + 10;
  const x0 = Math.min(...nodes.map((node) => node.x - wide(node)));
  const x1 = Math.max(...nodes.map((node) => node.x + wide(node)));
  const y0 = Math.min(...nodes.map((node) => node.y - node.r - 10));
  const y1 = Math.max(...nodes.map((node) => node.y + node.r + 30));
  return { x: x0, y: y0, w: x1 - x0, h: y1 - y0 };
}

function moveTo(picture, view) {
  picture.view = view;
  picture.setAttribute("viewBox", [view.x, view.y, view.w, view.h].map((n) => n.toFixed(2)).join(" "));
}

/** Drag to move, wheel or two fingers to zoom. */
function pan(picture) {
  const fingers = new Map();
  const scale = () => Math.max(picture.view.w / picture.clientWidth, picture.view.h / picture.clientHeight);
  const zoom = (factor, clientX, clientY) => {
    const { x, y, w, h } = picture.view;
    const area = picture.getBoundingClientRect();
    const [px, py] = [(clientX - area.left) / area.width, (clientY - area.top) / area.height];
    moveTo(picture, { x: x + w * px * (1 - factor), y: y + h * py * (1 - factor), w: w * factor, h: h * factor });
  };
  picture.addEventListener("wheel", (event) => {
    event.preventDefault();
    zoom(Math.exp(Math.max(-60, Math.min(60, event.deltaY)) * 0.004), event.clientX, event.clientY);
  }, { passive: false });
  picture.addEventListener("pointerdown", (event) => fingers.set(event.pointerId, event));
  for (const name of ["pointerup", "pointercancel", "pointerleave"]) picture.addEventListener(name, (event) => fingers.delete(event.pointerId));
  picture.addEventListener("pointermove", (event) => {
    const before = fingers.get(event.pointerId);
    if (!before) return;
    const other = [...fingers.values()].find((finger) => finger.pointerId !== event.pointerId);
    if (other) {
      const far = (finger) => Math.hypot(finger.clientX - other.clientX, finger.clientY - other.clientY) || 1;
      zoom(far(before) / far(event), other.clientX, other.clientY);
    } else {
      const { x, y, w, h } = picture.view;
      moveTo(picture, { x: x - (event.clientX - before.clientX) * scale(), y: y - (event.clientY - before.clientY) * scale(), w, h });
    }
    fingers.set(event.pointerId, event);
  });
}
