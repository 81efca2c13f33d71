/** Review: a queue of pairs, the doubtful ones first, judged by single keys. */
import { html, useEffect, useLayoutEffect, useRef, useState } from "../core/view.js";
import { read, withQuery } from "../core/api.js";
import { Failure, Waiting } from "../core/loading.js";
import { note } from "../core/notes.js";
import { sentence } from "../core/problems.js";
import { go, place, to } from "../core/router.js";
import { DatasetList } from "../datasets/list.js";
import { filtersOf } from "../datasets/filters.js";
import { done, renewed, undo } from "./outbox.js";
import { Reviewing } from "./reviewing.js";

const PAGE = 20; // records fetched at a time; chosen, not measured
const SOON = 5; // records left when the next ones are fetched; chosen, not measured
const QUEUES = { unreviewed: "not reviewed", disputed: "disputed", accepted: "accepted", corrected: "corrected", rejected: "rejected" };

export function Page() {
  const [name] = place.value.rest;
  if (!name) return html`<p>Choose the dataset that you want to review.</p><${DatasetList} />`;
  const filters = { review: "unreviewed", order: "doubtful", ...filtersOf(place.value.query) };
  return html`<${Queue} key=${JSON.stringify([name, filters])} name=${name} filters=${filters} />`;
}

function Queue({ name, filters }) {
  const { records, error, complete, fetchMore } = useQueue(name, filters);
  const [at, setAt] = useState(0);
  const record = records[at];
  useEffect(() => {
    if (records.length - at < SOON && !complete && !error) fetchMore();
  }, [at, records.length, complete, error]);
  const goTo = (next) => setAt(Math.max(0, Math.min(records.length, next)));
  const takeBack = () =>
    undo().then(
      (found) => {
        if (!found) return note("There is nothing to take back.");
        const where = records.findIndex((one) => one.id === found.id);
        if (where >= 0) setAt(where);
        note("The last review was taken back.");
      },
      (problem) => note(sentence(problem), "bad"),
    );
  const keys = { n: () => goTo(at + 1), p: () => goTo(at - 1), ArrowRight: () => goTo(at + 1), ArrowLeft: () => goTo(at - 1), u: takeBack };
  return html`
    <p class="crumbs"><a href=${to(["datasets", name])}>${name}</a></p>
    <div class="row spread">
      <h1>Review</h1>
      <label>Show <select value=${filters.review} onChange=${(event) => go(["review", name], { ...filters, review: event.target.value }, true)}>
        ${Object.entries(QUEUES).map(([state, text]) => html`<option key=${state} value=${state}>${text}</option>`)}
      </select></label>
    </div>
    <div class="row">
      <button disabled=${at === 0} onClick=${() => goTo(at - 1)}>Back <kbd>P</kbd></button>
      <button disabled=${!record} onClick=${() => goTo(at + 1)}>Skip <kbd>N</kbd></button>
      <button disabled=${!done.value.length} onClick=${takeBack}>Undo <kbd>U</kbd></button>
      <span class="hint" role="status">${record ? `Pair ${at + 1}${complete ? ` of ${records.length}` : ""}. ` : ""}${done.value.length} reviewed. Keys 1, 2 and 3 rate high, medium and low.</span>
    </div>
    ${error && html`<${Failure} error=${error} again=${fetchMore} />`}
    ${record && html`<${Reviewing} key=${record.id} record=${record} onDecided=${() => goTo(at + 1)} onConflict=${() => goTo(records.indexOf(record))} keys=${keys} />`}
    ${!record && !error && (complete ? html`<${Empty} name=${name} keys=${keys} />` : html`<${Waiting} />`)}
  `;
}

function Empty({ name, keys }) {
  useLayoutEffect(() => {
    const listen = (event) => keys[event.key]?.();
    document.addEventListener("keydown", listen);
    return () => document.removeEventListener("keydown", listen);
  }, [keys]);
  return html`<p class="empty">Nothing is left here. <a href=${to(["datasets", name], { view: "quality" })}>See how right the dataset is</a>, or <a href=${to(["datasets", name], { view: "export" })}>export it</a>.</p>`;
}

/** Records of the queue, fetched before they are needed. */
function useQueue(name, filters) {
  const [state, setState] = useState({ records: [], cursor: null, complete: false, error: null });
  const busy = useRef(false);
  const fetchMore = async () => {
    if (busy.current || state.complete) return;
    busy.current = true;
    try {
      const page = await read(withQuery(`v1/datasets/${encodeURIComponent(name)}/records`, { ...filters, page_size: PAGE, cursor: state.cursor }));
      const seen = new Set(state.records.map((one) => one.id));
      const more = page.records.filter((one) => !seen.has(one.id) && one.review.state === filters.review);
      setState({ records: [...state.records, ...more], cursor: page.next_cursor, complete: page.next_cursor === null, error: null });
    } catch (error) {
      setState((before) => ({ ...before, error }));
    }
    busy.current = false;
  };
  const records = state.records.map((one) => renewed.value[one.id] ?? one);
  return { ...state, records, fetchMore };
}
