// The text of a document with its entities, and the card over one of them.

const PAGE = 400;

function short(document) {
  return document.id.split(/[\\/]/).pop() || `document ${document.index + 1}`;
}

function mix(mentions) {
  const counts = new Map();
  for (const mention of mentions) counts.set(mention.of.label, (counts.get(mention.of.label) ?? 0) + 1);
  const parts = [...labels.keys()].filter((label) => counts.has(label));
  return el("span", { class: "mix" }, parts.map((label) => {
    const part = el("i", { class: hueOf(label) });
    part.style.flexGrow = counts.get(label);
    return part;
  }));
}

function showDocuments() {
  const list = documents.slice(0, state.nDocuments).map((document) =>
    el("button", { type: "button", title: document.id, "aria-current": document.index === state.document && "true", onclick: () => go({ view: "read", document: document.index, mention: null }) },
      el("span", { class: "name" }, short(document)),
      el("span", { class: "first" }, document.text.slice(0, 200).trim().slice(0, 80) || "empty"),
      mix(document.mentions)));
  const rest = documents.length - list.length;
  if (rest > 0) {
    const more = () => { state.nDocuments += PAGE; showDocuments(); };
    list.push(el("button", { type: "button", class: "more", onclick: more }, `${plural(rest, "more document")}…`));
  }
  $("documents").replaceChildren(...list);
  $("documents").querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
}

/** The mentions of `list` inside `start..end` as marks in `parent`, an outer mention around those inside. */
function marked(parent, document, list, start, end) {
  let done = start;
  while (list.length > 0 && list[0].start < end) {
    const mention = list.shift();
    const from = Math.max(mention.start, done);
    const to = Math.min(mention.end, end);
    if (to <= from) continue;
    parent.append(document.text.slice(done, from));
    const mark = el("mark", { class: `${hueOf(mention.of.label)}${mention.of.isKnown ? "" : " nil"}`, role: "button", tabindex: "-1", "aria-label": `${mention.text}, ${mention.label}` });
    mark.mention = mention;
    marked(mark, document, list, from, to);
    parent.append(mark);
    done = to;
  }
  parent.append(document.text.slice(done, end));
}

const marks = () => [...$("main").querySelectorAll("mark:not(.off)")];

function showText(main) {
  const document = documents[state.document];
  if (!document) {
    main.replaceChildren(el("p", { class: "empty" }, "There is no document here."));
    return;
  }
  const words = el("div", { class: "words", dir: "auto", lang: document.language });
  marked(words, document, [...document.mentions], 0, document.text.length);
  const n = new Set(document.mentions.map((mention) => mention.of)).size;
  main.replaceChildren(el("article", { class: "text" },
    el("h2", {}, document.id),
    el("p", { class: "meta" },
      el("span", {}, plural(document.mentions.length, "mention")),
      el("span", {}, plural(n, "entity", "entities")),
      document.language && el("span", {}, `language: ${document.language}`)),
    words,
    step()));
  dim();
  light();
  const first = marks()[0];
  if (first) first.tabIndex = 0;
  if (state.mention !== null) focusMention(state.mention);
  else main.scrollTop = 0;
}

function step() {
  const button = (index, arrow) => documents[index]
    ? el("button", { type: "button", onclick: () => go({ document: index, mention: null }) }, arrow(short(documents[index])))
    : el("span");
  return el("nav", { class: "step", "aria-label": "Other documents" },
    button(state.document - 1, (name) => `← ${name}`),
    button(state.document + 1, (name) => `${name} →`));
}

function dim() {
  for (const mark of $("main").querySelectorAll("mark")) {
    mark.classList.toggle("off", !isShown(mark.mention.of));
  }
}

/** Marks all mentions of the entity that is looked at. */
function light() {
  for (const mark of $("main").querySelectorAll("mark")) {
    mark.classList.toggle("on", mark.mention.of.key === state.entity);
  }
}

function focusMention(index) {
  const mention = documents[state.document].mentions[index];
  const mark = [...$("main").querySelectorAll("mark")].find((each) => each.mention === mention);
  if (!mark) return;
  roam(mark);
  mark.scrollIntoView({ block: "center" });
}

/** One mention can be reached with Tab, the others with the arrows from there. */
function roam(mark) {
  for (const each of $("main").querySelectorAll("mark[tabindex='0']")) each.tabIndex = -1;
  mark.tabIndex = 0;
  mark.focus({ preventScroll: true });
}

function nextMention(by) {
  const all = marks();
  if (all.length === 0) return;
  const here = all.indexOf(document.activeElement);
  const next = here < 0 ? (by > 0 ? 0 : all.length - 1) : (here + by + all.length) % all.length;
  roam(all[next]);
  all[next].scrollIntoView({ block: "nearest" });
}

function showCard(mark) {
  const { mention } = mark;
  const entity = mention.of;
  const why = reasons([mention]);
  const row = el("p", { class: "row" }, type(entity.label), identifier(entity));
  if (mention.score < 1) row.append(el("span", { class: "quiet" }, `found ${percent(mention.score)}`));
  if (mention.entity && entity.isKnown) row.append(el("span", { class: "quiet" }, `linked ${percent(mention.entity.score)}`));
  const card = $("card");
  card.className = `card ${hueOf(entity.label)}`;
  const parts = [
    el("p", { class: "title" }, entity.name), row,
    mention.stands_for && el("p", { class: "row quiet" }, `stands for ${mention.stands_for}`),
    (mention.candidates?.length ?? 0) > 1 && section("Candidates", ...candidates(mention)),
    why.length > 0 && section("Why", el("ul", { class: "why" }, why.slice(0, 5).map((each) => el("li", {}, each)))),
  ];
  card.replaceChildren(...parts.filter(Boolean));
  card.hidden = false;
  mark.setAttribute("aria-describedby", "card");
  const place = [...mark.getClientRects()].pop();
  const { width, height } = card.getBoundingClientRect();
  const below = place.bottom + 10 + height < innerHeight;
  card.style.left = `${Math.max(12, Math.min(place.left, innerWidth - width - 12))}px`;
  card.style.top = `${Math.max(12, below ? place.bottom + 10 : place.top - height - 10)}px`;
}

function hideCard() {
  $("card").hidden = true;
  $("main").querySelector("[aria-describedby]")?.removeAttribute("aria-describedby");
}
