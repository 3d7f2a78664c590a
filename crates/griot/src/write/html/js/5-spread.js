// Where in the documents, or in the one there is, entities are named.

const COLUMNS_MAX = 48;
const ROWS = 24;

/** The columns: documents, or stretches of the one there is. */
function bins() {
  if (documents.length === 1) {
    const [only] = documents;
    const n = Math.max(1, Math.min(COLUMNS_MAX, Math.ceil(only.text.length / 120)));
    const at = (mention) => Math.min(n - 1, Math.floor((mention.start / Math.max(1, only.text.length)) * n));
    return { n, at, name: (i) => `${percent(i / n)}–${percent((i + 1) / n)} of the text`, document: () => 0 };
  }
  const n = Math.min(COLUMNS_MAX, documents.length);
  const per = documents.length / n;
  const first = (i) => Math.ceil(i * per);
  const name = (i) => (per === 1 ? short(documents[i]) : `documents ${first(i) + 1}–${Math.max(first(i) + 1, Math.min(documents.length, first(i + 1)))}`);
  return { n, at: (mention) => Math.min(n - 1, Math.floor(mention.document / per)), name, document: first };
}

function showSpread(main) {
  const columns = bins();
  const shown = ranked().filter(isShown);
  if (shown.length === 0) {
    main.replaceChildren(el("p", { class: "empty" }, "No entity to show."));
    return;
  }
  const where = documents.length === 1 ? "from the beginning of the text to its end" : "in the order of the documents";
  main.replaceChildren(el("div", { class: "spread" },
    el("h2", {}, "How many names"), el("p", { class: "quiet" }, `Mentions by type, ${where}.`), stack(columns, shown),
    el("h2", {}, "Who is where"), el("p", { class: "quiet" }, `The ${plural(Math.min(ROWS, shown.length), "entity", "entities")} named most often; the stronger the color, the more often.`),
    el("div", { class: "grid" }, shown.slice(0, ROWS).flatMap((entity) => spreadRow(entity, columns)))));
}

function stack(columns, shown) {
  const counts = Array.from({ length: columns.n }, () => new Map());
  for (const entity of shown) {
    for (const mention of entity.mentions) {
      const column = counts[columns.at(mention)];
      column.set(entity.label, (column.get(entity.label) ?? 0) + 1);
    }
  }
  const sum = (column) => [...column.values()].reduce((a, b) => a + b, 0);
  const most = Math.max(1, ...counts.map(sum));
  const order = [...labels.keys()];
  return el("div", { class: "stack" }, counts.map((column, i) => {
    const parts = order.filter((label) => column.has(label));
    const said = parts.map((label) => `${label} ${column.get(label)}`).join(", ");
    const open = () => go({ view: "read", document: columns.document(i), mention: null });
    return el("button", { type: "button", title: `${columns.name(i)}: ${said || "none"}`, "aria-label": `${columns.name(i)}: ${said || "none"}`, onclick: open },
      parts.map((label) => el("i", { class: hueOf(label), part: `${(100 * column.get(label)) / most}%` })));
  }));
}

function spreadRow(entity, columns) {
  const cells = Array.from({ length: columns.n }, () => []);
  for (const mention of entity.mentions) cells[columns.at(mention)].push(mention);
  const most = Math.max(...cells.map((cell) => cell.length));
  const cell = (mentions, i) => {
    if (mentions.length === 0) return el("i");
    const [first] = mentions;
    const open = () => go({ view: "read", entity: entity.key, document: first.document, mention: documents[first.document].mentions.indexOf(first) });
    const name = `${entity.name}, ${columns.name(i)}: ${mentions.length}`;
    return el("button", { type: "button", title: name, "aria-label": name, part: percent(0.3 + 0.7 * (mentions.length / most)), onclick: open });
  };
  return [
    el("button", { type: "button", class: "name", title: entity.name, onclick: () => go({ entity: entity.key }) }, entity.name),
    el("div", { class: `cells ${hueOf(entity.label)}` }, cells.map(cell)),
    el("span", { class: "number" }, entity.n.toLocaleString("en")),
  ];
}
