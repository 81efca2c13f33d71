/** What a reviewer has typed and not sent: kept in the tab, so that neither a reload nor a lost connection takes it. */
import { signal } from "../core/view.js";

const PLACE = "imgdiff-drafts";
const NAME = "imgdiff-reviewer";

/** Drafts by id of the record. @type {import("@preact/signals").Signal<Record<string, any>>} */
const drafts = signal(parsed(sessionStorage.getItem(PLACE)));

/** The name under which somebody reviews while the server has no keys. */
export const reviewer = signal(localStorage.getItem(NAME) ?? "");

/** @param {string} name */
export function setReviewer(name) {
  reviewer.value = name.slice(0, 64);
  localStorage.setItem(NAME, reviewer.value);
}

/** The draft of a record: {caption?, regions, rating, note?}. @param {string} id */
export const draftOf = (id) => drafts.value[id] ?? { regions: {}, rating: {} };

/** Keep a draft; null forgets it. @param {string} id @param {any} draft */
export function keepDraft(id, draft) {
  const { [id]: _, ...others } = drafts.value;
  drafts.value = draft === null ? others : { ...others, [id]: draft };
  if (Object.keys(drafts.value).length) sessionStorage.setItem(PLACE, JSON.stringify(drafts.value));
  else sessionStorage.removeItem(PLACE);
}

/** The corrections of a draft; null where it has none. @param {any} record @param {any} draft */
export function correctionsOf(record, draft) {
  const regions = {};
  for (const [at, fields] of Object.entries(draft.regions)) {
    const changed = Object.entries(fields).filter(([name, value]) => !same(value, now(record, at, name)));
    if (changed.length) regions[at] = Object.fromEntries(changed.map(([name, value]) => [name, toSend(record, at, name, value)]));
  }
  const caption = draft.caption !== undefined && draft.caption !== (record.review?.corrections?.caption ?? record.caption ?? "");
  if (!caption && !Object.keys(regions).length) return null;
  return { ...(caption ? { caption: draft.caption || null } : {}), ...(Object.keys(regions).length ? { regions } : {}) };
}

/** What a field of a region says now. */
function now(record, at, name) {
  const standing = record.review?.corrections?.regions?.[at]?.[name];
  const value = standing ?? record.regions[at]?.[name];
  return value ?? (name === "kept" ? true : "");
}

/** What is as the models said is no correction: null takes one away. An empty label says that nothing is there. */
function toSend(record, at, name, value) {
  if (same(value, record.regions[at][name] ?? (name === "kept" ? true : ""))) return null;
  return value === "" && !name.startsWith("label") ? null : value;
}

const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

function parsed(text) {
  try {
    return JSON.parse(text ?? "{}") ?? {};
  } catch {
    return {};
  }
}
