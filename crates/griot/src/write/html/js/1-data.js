// What the records say, put together: mentions of documents, entities of mentions.
"use strict";

const $ = (id) => document.getElementById(id);

/** An element with attributes and children; text is only ever text. */
function el(tag, attributes = {}, ...children) {
  const space = ["svg", "g", "path", "line", "circle", "text", "title"].includes(tag) && attributes.svg;
  const node = space ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "svg" || value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "part") node.style.setProperty("--part", value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

const svg = (tag, attributes = {}, ...children) => el(tag, { ...attributes, svg: true }, ...children);
const plural = (n, one, many = one + "s") => `${n.toLocaleString("en")} ${n === 1 ? one : many}`;
const fold = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
const percent = (part) => `${Math.round(part * 100)}%`;

/** Colors of types: the usual ones have their own, others what is left. */
const HUES = { PER: 0, PERS: 0, PERSON: 0, LOC: 1, GPE: 1, LOCATION: 1, ORG: 2, ORGANIZATION: 2, MISC: 3 };

const documents = [];
const entities = new Map();
const labels = new Map();

function hueOf(label) {
  return `h${labels.get(label)?.hue ?? 3}`;
}

function addLabel(label) {
  let known = labels.get(label);
  if (!known) {
    const rest = [...labels.values()].filter((each) => each.isOther).length;
    const usual = HUES[label.toUpperCase()];
    known = { label, n: 0, hue: usual ?? 4 + (rest % 4), isOther: usual === undefined, isShown: true };
    labels.set(label, known);
  }
  known.n += 1;
}

/** The entity of a mention; mentions without a link are one entity if they look the same. */
function entityOf(mention) {
  const link = mention.entity;
  const key = link ? `id ${link.id}` : `form ${mention.label} ${mention.text}`;
  let entity = entities.get(key);
  if (!entity) {
    entity = {
      key,
      id: link?.id ?? null,
      isKnown: Boolean(link) && !/^nil/i.test(link.id),
      name: link?.name || mention.text,
      label: link?.type || mention.label,
      mentions: [],
      documents: new Set(),
      variants: new Map(),
      folded: "",
    };
    entities.set(key, entity);
  }
  entity.mentions.push(mention);
  entity.documents.add(mention.document);
  entity.variants.set(mention.text, (entity.variants.get(mention.text) ?? 0) + 1);
  return entity;
}

function load() {
  for (const block of document.querySelectorAll("script.document")) {
    const record = JSON.parse(block.textContent);
    const index = documents.length;
    const mentions = record.entities.map((read) => ({ ...read, document: index }));
    mentions.sort((a, b) => a.start - b.start || b.end - a.end);
    mentions.forEach((mention) => (mention.of = entityOf(mention)));
    mentions.forEach((mention) => addLabel(mention.of.label));
    documents.push({ ...record, index, mentions });
    block.remove();
  }
  for (const entity of entities.values()) {
    const forms = [...entity.variants].sort((a, b) => b[1] - a[1]);
    entity.variants = new Map(forms);
    entity.folded = fold([entity.name, entity.id ?? "", ...entity.variants.keys()].join("\n"));
    entity.n = entity.mentions.length;
  }
}

const ranked = () => [...entities.values()].sort((a, b) => b.n - a.n || a.name.localeCompare(b.name));
const isShown = (entity) => labels.get(entity.label)?.isShown ?? true;

/** A web address of an entity, if its identifier has one. */
function address(entity) {
  if (!entity.isKnown) return null;
  if (/^Q[0-9]+$/.test(entity.id)) return `https://www.wikidata.org/wiki/${entity.id}`;
  return /^https?:\/\/[^\s]+$/.test(entity.id) ? entity.id : null;
}

function identifier(entity) {
  const href = address(entity);
  if (href) return el("a", { href, target: "_blank", rel: "noopener noreferrer" }, entity.id);
  if (entity.isKnown) return el("span", { class: "quiet" }, entity.id);
  return el("span", { class: "quiet" }, entity.id ? "not in the knowledge base" : "not linked");
}

/** Reasons in words; `text` is that of the document. */
function reason(evidence, text) {
  const at = () => `“${text.slice(evidence.start, evidence.end).replace(/\s+/g, " ")}”`;
  switch (evidence.kind) {
    case "alias": {
      const how = evidence.matched === "exact" ? "" : `, ${evidence.matched} match`;
      const language = ["und", "mul"].includes(evidence.language) ? "" : ` in ${evidence.language}`;
      return `a known name (${evidence.alias}${language}${how})`;
    }
    case "transliteration": return `in Latin letters: ${evidence.latin}`;
    case "acronym": return `the text explains it: ${at()}`;
    case "coreference": return `the same as ${at()}`;
    case "prior": return `usual meaning of the name: ${percent(evidence.probability)}`;
    case "country": return `the text is about ${evidence.country.toUpperCase()}: ${plural(evidence.votes, "sign")}`;
    case "context": return `words of its description: ${evidence.words.join(", ")}`;
    case "composed": return `composed name: ${evidence.key}`;
    case "collection": return "clearer in other documents";
    case "decision": return "decided by hand";
    default: return evidence.kind;
  }
}

/** The reasons of all mentions; of those that only differ in a number, the strongest. */
function reasons(mentions) {
  const strongest = new Map();
  for (const mention of mentions) {
    for (const evidence of mention.evidence ?? []) {
      const said = reason(evidence, documents[mention.document].text);
      const key = said.replace(/[0-9]+%?( signs?)?$/, "");
      const n = evidence.votes ?? evidence.probability ?? 0;
      if (!strongest.has(key) || strongest.get(key).n < n) strongest.set(key, { said, n });
    }
  }
  return [...strongest.values()].map(({ said }) => said);
}

/** Candidates of a mention as bars. */
function candidates(mention) {
  return mention.candidates.slice(0, 6).map((candidate) =>
    el("div", { class: "candidate" },
      el("span", { title: candidate.id }, candidate.name || candidate.id),
      el("span", { class: "number" }, percent(candidate.score)),
      el("div", { class: "bar" }, el("i", { part: percent(candidate.score) }))));
}

const section = (title, ...children) => el("div", { class: "section" }, el("h3", {}, title), ...children);
const type = (label) => el("span", { class: `type ${hueOf(label)}` }, label);
