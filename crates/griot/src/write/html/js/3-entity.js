// All of one entity, at the side; and the index of all.

/** A few words around a mention. */
function line(mention) {
  const { text, id } = documents[mention.document];
  const start = Math.max(0, mention.start - 44);
  const end = Math.min(text.length, mention.end + 44);
  const flat = (from, to) => text.slice(from, to).replace(/\s+/g, " ");
  const index = documents[mention.document].mentions.indexOf(mention);
  return el("li", {}, el("button", { type: "button", onclick: () => go({ view: "read", document: mention.document, mention: index }) },
    `${start > 0 ? "…" : ""}${flat(start, mention.start)}`,
    el("b", {}, flat(mention.start, mention.end)),
    `${flat(mention.end, end)}${end < text.length ? "…" : ""}`,
    documents.length > 1 && el("small", {}, id)));
}

/** The entities that are mentioned near another, most often first. */
function companions(entity) {
  const counts = new Map();
  for (const [pair, n] of pairs()) {
    const [a, b] = pair;
    if (a === entity || b === entity) counts.set(a === entity ? b : a, n);
  }
  return [...counts].sort((a, b) => b[1] - a[1]).slice(0, 10);
}

function showInspector() {
  const panel = $("inspector");
  const entity = entities.get(state.entity);
  panel.hidden = !entity;
  if (!entity) return;
  const clearest = entity.mentions.reduce((best, m) => ((m.candidates?.length ?? 0) > (best.candidates?.length ?? 0) ? m : best));
  const why = reasons(entity.mentions);
  const near = companions(entity);
  const stands = [...new Set(entity.mentions.map((mention) => mention.stands_for).filter(Boolean))];
  const sum = (n, name) => el("div", {}, el("dt", {}, name), el("dd", {}, n.toLocaleString("en")));
  panel.className = `inspector ${hueOf(entity.label)}`;
  panel.replaceChildren(...[
    el("button", { type: "button", class: "icon close", "aria-label": "Close", onclick: () => go({ entity: null }) }, "✕"),
    el("h2", { class: "title" }, entity.name),
    el("p", { class: "row" }, type(entity.label), identifier(entity)),
    el("dl", { class: "sums" }, sum(entity.n, "mentions"), sum(entity.documents.size, "documents"), sum(entity.variants.size, "spellings")),
    stands.length > 0 && el("p", { class: "row quiet" }, `stands for ${stands.join(", ")}`),
    section("Spellings", el("ul", { class: "tags" }, [...entity.variants].slice(0, 24).map(([form, n]) => el("li", {}, form, n > 1 && el("span", { class: "number" }, ` ${n}`))))),
    (clearest.candidates?.length ?? 0) > 0 && section("Candidates", ...candidates(clearest)),
    why.length > 0 && section("Why", el("ul", { class: "why" }, why.slice(0, 8).map((each) => el("li", {}, each)))),
    near.length > 0 && section("Near it", el("ul", { class: "tags" }, near.map(([other, n]) => el("li", {}, el("button", { type: "button", onclick: () => go({ entity: other.key }) }, other.name), el("span", { class: "number" }, ` ${n}`))))),
    section("Mentions", el("ul", { class: "lines" }, entity.mentions.slice(0, 60).map(line)),
      entity.n > 60 && el("p", { class: "quiet" }, `and ${plural(entity.n - 60, "more", "more")}`)),
  ].filter(Boolean));
  panel.scrollTop = 0;
}

const COLUMNS = [
  { name: "Entity", order: (a, b) => a.name.localeCompare(b.name) },
  { name: "Type", order: (a, b) => a.label.localeCompare(b.label) || b.n - a.n },
  { name: "Mentions", order: (a, b) => b.n - a.n || a.name.localeCompare(b.name), end: true },
  { name: "Documents", order: (a, b) => b.documents.size - a.documents.size || b.n - a.n, end: true, wide: true },
  { name: "Spellings", order: (a, b) => b.variants.size - a.variants.size || b.n - a.n, wide: true },
  { name: "Identifier", order: (a, b) => Number(b.isKnown) - Number(a.isKnown) || (a.id ?? "").localeCompare(b.id ?? "", "en", { numeric: true }), wide: true },
];

function showIndex(main) {
  const wanted = fold($("find").value.trim());
  const shown = ranked().filter((entity) => isShown(entity) && entity.folded.includes(wanted)).sort(COLUMNS[state.order].order);
  const n = shown.reduce((most, entity) => Math.max(most, entity.n), 1);
  const head = COLUMNS.map((column, i) => {
    const sort = () => { state.order = i; showIndex(main); };
    const button = el("button", { type: "button", "aria-sort": state.order === i && "descending", onclick: sort }, column.name, state.order === i && " ↓");
    return el("th", { class: `${column.end ? "end " : ""}${column.wide ? "wide" : ""}`, scope: "col" }, button);
  });
  const rows = shown.slice(0, state.nEntities).map((entity) => row(entity, n));
  const rest = shown.length - rows.length;
  const more = () => { state.nEntities += PAGE; showIndex(main); };
  main.replaceChildren(el("div", { class: "index" },
    el("table", {}, el("thead", {}, el("tr", {}, head)), el("tbody", {}, rows)),
    shown.length === 0 && el("p", { class: "empty" }, "No entity has that name."),
    rest > 0 && el("button", { type: "button", class: "more", onclick: more }, `${plural(rest, "more entity", "more entities")}…`)));
}

function row(entity, most) {
  const open = () => go({ entity: entity.key });
  const others = [...entity.variants.keys()].filter((form) => form !== entity.name);
  return el("tr", { class: `${hueOf(entity.label)}${entity.key === state.entity ? " on" : ""}`, onclick: (event) => event.target.closest("a") || open() },
    el("td", {}, el("button", { type: "button", class: "name", onclick: open }, entity.name)),
    el("td", {}, type(entity.label)),
    el("td", { class: "end" }, el("div", { class: "count" }, el("div", { class: "bar" }, el("i", { part: percent(entity.n / most) })), el("span", { class: "number" }, entity.n.toLocaleString("en")))),
    el("td", { class: "end wide number" }, entity.documents.size.toLocaleString("en")),
    el("td", { class: "wide variants" }, others.slice(0, 5).join(" · "), others.length > 5 && ` +${others.length - 5}`),
    el("td", { class: "wide id" }, identifier(entity)));
}
