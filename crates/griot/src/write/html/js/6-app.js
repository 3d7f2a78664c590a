// The state of the page, what is shown of it, and the keys.

const VIEWS = ["read", "index", "network", "spread"];
const state = { view: "read", document: 0, mention: null, entity: null, order: 2, nEntities: PAGE, nDocuments: PAGE, chosen: 0 };

function go(change) {
  const before = { ...state };
  Object.assign(state, change);
  hideCard();
  if (state.view !== before.view || state.document !== before.document || "mention" in change) show();
  else if (state.view === "network") showNetwork($("main"));
  else if (state.view === "index") showIndex($("main"));
  light();
  if (state.entity !== before.entity) showInspector();
  remember();
}

function show() {
  for (const view of VIEWS) {
    const tab = $(`tab-${view}`);
    tab.setAttribute("aria-selected", String(view === state.view));
    tab.tabIndex = view === state.view ? 0 : -1;
  }
  $("main").setAttribute("aria-labelledby", `tab-${state.view}`);
  $("documents").classList.toggle("aside", state.view !== "read");
  $("documents").hidden = documents.length < 2;
  showDocuments();
  ({ read: showText, index: showIndex, network: showNetwork, spread: showSpread })[state.view]($("main"));
}

/** The place in the address, so that it can be shared. */
function remember() {
  const place = new URLSearchParams({ view: state.view });
  if (state.document > 0) place.set("document", state.document + 1);
  if (state.entity) place.set("entity", state.entity);
  // Some readers of local files forbid it, and nothing depends on it.
  try { history.replaceState(null, "", `#${place}`); } catch { /* stays where it is */ }
}

function recall() {
  const place = new URLSearchParams(location.hash.slice(1));
  const index = Number(place.get("document") ?? 1) - 1;
  if (VIEWS.includes(place.get("view"))) state.view = place.get("view");
  if (documents[index]) state.document = index;
  if (entities.has(place.get("entity"))) state.entity = place.get("entity");
}

function showFacts() {
  const n = documents.reduce((sum, each) => sum + each.mentions.length, 0);
  const known = [...entities.values()].filter((entity) => entity.isKnown).length;
  const facts = [[documents.length, "document"], [n, "mention"], [entities.size, entities.size === 1 ? "entity" : "entities"]];
  const parts = facts.flatMap(([count, name], i) => [i > 0 && " · ", el("b", {}, count.toLocaleString("en")), ` ${name}${count === 1 || name.startsWith("entit") ? "" : "s"}`]);
  if (known > 0) parts.push(" · ", el("b", {}, known.toLocaleString("en")), " linked");
  $("facts").replaceChildren(...parts.filter(Boolean));
  document.title = `${plural(entities.size, "entity", "entities")} in ${plural(documents.length, "document")} · griot`;
}

function showLegend() {
  $("legend").replaceChildren(...[...labels.values()].sort((a, b) => b.n - a.n).map((each) => {
    const toggle = () => { each.isShown = !each.isShown; showLegend(); show(); };
    return el("button", { type: "button", class: `chip h${each.hue}`, "aria-pressed": String(each.isShown), onclick: toggle }, each.label, el("span", { class: "number" }, each.n.toLocaleString("en")));
  }));
}

/* Finding */

function find(typed) {
  const wanted = fold(typed.trim());
  if (!wanted) return [];
  const starts = (entity) => Number(!entity.folded.split("\n").some((form) => form.startsWith(wanted)));
  const names = ranked().filter((entity) => entity.folded.includes(wanted)).sort((a, b) => starts(a) - starts(b)).slice(0, 7);
  const texts = documents.filter((each) => fold(each.id).includes(wanted) || each.text.toLowerCase().includes(typed.trim().toLowerCase())).slice(0, 6);
  return [
    ...names.map((entity) => ({ group: "Entities", open: () => go({ entity: entity.key }), parts: [el("span", { class: "grow" }, entity.name), type(entity.label), el("span", { class: "number" }, entity.n.toLocaleString("en"))] })),
    ...texts.map((each) => ({ group: "Documents", open: () => { go({ view: "read", document: each.index, mention: null }); showFound(typed.trim()); }, parts: [el("span", { class: "grow" }, short(each)), el("span", { class: "number" }, plural(each.mentions.length, "mention"))] })),
  ];
}

/** Scrolls to the first place of a text where `wanted` stands. */
function showFound(wanted) {
  const walker = document.createTreeWalker($("main"), NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const at = node.data.toLowerCase().indexOf(wanted.toLowerCase());
    if (at < 0 || !node.parentElement.closest(".words")) continue;
    const found = node.splitText(at);
    found.splitText(Math.min(wanted.length, found.data.length));
    const spot = el("span", { class: "found-here" }, found.data);
    found.replaceWith(spot);
    spot.scrollIntoView({ block: "center" });
    return;
  }
}

function showFindings() {
  const field = $("find");
  const found = find(field.value);
  state.chosen = Math.max(0, Math.min(state.chosen, found.length - 1));
  const items = found.flatMap((each, i) => {
    const head = each.group !== found[i - 1]?.group && el("li", { class: "group", role: "presentation" }, each.group);
    const option = el("li", { role: "option", id: `found-${i}`, "aria-selected": String(i === state.chosen), onpointerdown: (event) => { event.preventDefault(); choose(each); } }, each.parts);
    return [head, option].filter(Boolean);
  });
  $("found").replaceChildren(...items);
  $("found").hidden = found.length === 0 || document.activeElement !== field;
  field.setAttribute("aria-expanded", String(!$("found").hidden));
  if (found.length > 0) field.setAttribute("aria-activedescendant", `found-${state.chosen}`);
  else field.removeAttribute("aria-activedescendant");
  return found;
}

function choose(found) {
  $("find").blur();
  $("found").hidden = true;
  found.open();
}

function typing(event) {
  const found = showFindings();
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    state.chosen += event.key === "ArrowDown" ? 1 : -1;
    showFindings();
  } else if (event.key === "Enter" && found.length > 0) {
    event.preventDefault();
    choose(found[state.chosen]);
  } else if (event.key === "Escape") {
    $("find").value = "";
    $("find").blur();
    if (state.view === "index") showIndex($("main"));
  }
}

/* Light and dark */

function switchTheme() {
  const root = document.documentElement;
  const isDark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = isDark ? "light" : "dark";
  // A page from a file may have no storage.
  try { localStorage.setItem("griot-theme", root.dataset.theme); } catch { /* forgets it */ }
}

function recallTheme() {
  try {
    const theme = localStorage.getItem("griot-theme");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  } catch { /* follows the system */ }
}

/* Keys */

const KEYS = [
  ["/", "find a name or a text"],
  ["1 2 3 4", "read, index, network, spread"],
  ["j k", "next mention, the one before"],
  ["Enter", "all of the entity"],
  ["n p", "next document, the one before"],
  ["t", "light or dark"],
  ["Esc", "close"],
];

function showKeys() {
  const rows = KEYS.flatMap(([keys, what]) => [el("dt", {}, keys.split(" ").flatMap((key) => [el("kbd", {}, key), " "])), el("dd", {}, what)]);
  $("keys").replaceChildren(el("h2", {}, "Keyboard"), el("dl", {}, rows),
    el("form", { method: "dialog", class: "row" }, el("button", { class: "chip h1" }, "Close")));
  $("keys").showModal();
}

function goBy(by) {
  const next = state.document + by;
  if (documents[next]) go({ view: "read", document: next, mention: null });
}

const ACTIONS = {
  "/": () => { $("find").focus(); $("find").select(); },
  j: () => nextMention(1),
  k: () => nextMention(-1),
  n: () => goBy(1),
  p: () => goBy(-1),
  t: switchTheme,
  "?": showKeys,
  Escape: () => ($("card").hidden ? go({ entity: null }) : hideCard()),
};
VIEWS.forEach((view, i) => (ACTIONS[i + 1] = () => go({ view })));

function pressed(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || $("keys").open) return;
  if (event.target === $("find")) return;
  const mark = event.target.closest?.("mark");
  if (mark && (event.key === "Enter" || event.key === " ")) {
    event.preventDefault();
    go({ entity: mark.mention.of.key });
  } else if (mark && ["ArrowRight", "ArrowLeft"].includes(event.key)) {
    event.preventDefault();
    nextMention(event.key === "ArrowRight" ? 1 : -1);
  } else if (event.target.role === "tab" && ["ArrowRight", "ArrowLeft"].includes(event.key)) {
    const next = VIEWS[(VIEWS.indexOf(state.view) + (event.key === "ArrowRight" ? 1 : 3)) % 4];
    go({ view: next });
    $(`tab-${next}`).focus();
  } else if (ACTIONS[event.key]) {
    event.preventDefault();
    ACTIONS[event.key]();
  }
}

function listen() {
  document.addEventListener("keydown", pressed);
  for (const view of VIEWS) $(`tab-${view}`).addEventListener("click", () => go({ view }));
  $("theme").addEventListener("click", switchTheme);
  $("help").addEventListener("click", showKeys);
  $("find").addEventListener("input", () => { state.chosen = 0; showFindings(); if (state.view === "index") showIndex($("main")); });
  $("find").addEventListener("keydown", typing);
  $("find").addEventListener("focus", showFindings);
  $("find").addEventListener("blur", () => { $("found").hidden = true; $("find").setAttribute("aria-expanded", "false"); });
  const main = $("main");
  const over = (act) => (event) => { const mark = event.target.closest?.("mark:not(.off)"); if (mark) act(mark); };
  main.addEventListener("pointerover", over(showCard));
  main.addEventListener("focusin", over(showCard));
  main.addEventListener("pointerout", over(hideCard));
  main.addEventListener("focusout", over(hideCard));
  main.addEventListener("scroll", hideCard);
  main.addEventListener("click", over((mark) => { roam(mark); go({ entity: mark.mention.of.key }); }));
}

recallTheme();
load();
recall();
showFacts();
showLegend();
listen();
show();
showInspector();
light();
