/** Reviews on their way: sent one after the other, again while the connection is lost, never over somebody else's. */
import { computed, signal } from "../core/view.js";
import { read, send } from "../core/api.js";
import { note } from "../core/notes.js";
import { sentence } from "../core/problems.js";
import { key } from "../core/session.js";
import { keepDraft, reviewer } from "./drafts.js";

const PAUSE_MS = 2000; // before a lost connection is tried again; chosen, not measured

const waiting = signal([]);
const broken = signal(false);

/** How many reviews are not stored yet, and whether the connection is lost. */
export const pending = computed(() => ({ number: waiting.value.length, broken: broken.value }));

/** The newest state of records that were reviewed here, by id. */
export const renewed = signal({});

/** What can be taken back, newest last: {id, number}. */
export const done = signal([]);

/**
 * Send a review. @param {any} record @param {any} review @param {() => void} onConflict the record changed meanwhile
 */
export function submit(record, review, onConflict) {
  const named = key.value || !reviewer.value ? review : { ...review, reviewer: reviewer.value };
  waiting.value = [...waiting.value, { record, review: named, onConflict }];
  if (waiting.value.length === 1) run();
}

/** Take back the last review of this tab; resolves to its record. */
export async function undo() {
  const last = done.value.at(-1);
  if (!last) return null;
  const record = await read(`v1/records/${last.id}/reviews/${last.number}`, { method: "DELETE" });
  done.value = done.value.slice(0, -1);
  renew(record);
  return record;
}

/** The newest state of a record. @param {any} record */
export function newest(record) {
  const found = renewed.value[record.id];
  return found && found.review.revision >= (record.review?.revision ?? 0) ? found : record;
}

async function run() {
  while (waiting.value.length) {
    const one = waiting.value[0];
    try {
      const answer = await send(`v1/records/${one.record.id}`, {
        method: "PATCH",
        headers: { "If-Match": `"${newest(one.record).review?.revision ?? 0}"` },
        json: { review: one.review },
      });
      const record = await answer.json();
      renew(record);
      done.value = [...done.value.slice(-50), { id: record.id, number: record.review.revision }];
      keepDraft(record.id, null);
    } catch (error) {
      if (!error.status) {
        broken.value = true;
        await again();
        continue;
      }
      await refused(one, error);
    }
    broken.value = false;
    waiting.value = waiting.value.slice(1);
  }
}

async function refused(one, error) {
  if (error.status === 412) {
    note("Somebody reviewed this record meanwhile. Look at it again; what you typed is kept.", "bad");
    await read(`v1/records/${one.record.id}`).then(renew, () => null);
  } else if (error.status === 404) note("This record was deleted meanwhile.", "bad");
  else note(`Not stored: ${sentence(error)}`, "bad");
  one.onConflict(error);
}

const renew = (record) => (renewed.value = { ...renewed.value, [record.id]: record });

/** Until the browser is online again, or for a while. */
function again() {
  return new Promise((resolve) => {
    const go = () => {
      clearTimeout(timer);
      removeEventListener("online", go);
      resolve();
    };
    const timer = setTimeout(go, PAUSE_MS);
    addEventListener("online", go);
  });
}

addEventListener("beforeunload", (event) => waiting.value.length && event.preventDefault());
