/** What is shown of a dataset; the address holds it, so that a filtered view can be shared. */
import { html, useEffect, useRef, useState } from "../core/view.js";
import { words } from "../core/format.js";
import { go } from "../core/router.js";
import { verdictText } from "../viewer/facts.js";
import { useMeanings } from "../viewer/reasons.js";

const NAMES = ["verdict", "change", "label", "min_confidence", "min_similarity", "max_similarity", "q", "review", "reason", "order"];
const CHOICES = {
  verdict: ["different", "same", "unrelated", "undetermined"],
  change: ["added", "removed", "replaced", "recoloured", "moved", "changed"],
  review: ["unreviewed", "accepted", "rejected", "corrected", "disputed"],
};
const PAUSE_MS = 350; // after the last key before a search begins; chosen, not measured

const title = (field) => field[0].toUpperCase() + words(field).slice(1);

/** The filters of an address. @param {URLSearchParams} query @returns {Record<string, string>} */
export const filtersOf = (query) =>
  Object.fromEntries(NAMES.map((name) => [name, query.get(name)]).filter(([, value]) => value));

/** @param {{name: string, view: string, filters: Record<string, string>}} props */
export function Filters({ name, view, filters }) {
  const meanings = useMeanings();
  const set = (more) => go(["datasets", name], { ...filters, ...more, view: view === "pairs" ? "" : view }, true);
  const open = matchMedia("(min-width: 40rem)").matches || Object.keys(filters).some((field) => field !== "q");
  const set1 = (field) => (event) => set({ [field]: event.target.value });
  return html`<form class="filters" role="search" onSubmit=${(event) => event.preventDefault()}>
    <${Typed} label="Search captions" value=${filters.q} onText=${(q) => set({ q })} type="search" />
    <details open=${open}><summary>Filters</summary><div class="more">
    ${Object.entries(CHOICES).map(
      ([field, choices]) => html`<label key=${field}>${title(field)}
        <select value=${filters[field] ?? ""} onChange=${set1(field)}>
          <option value="">any</option>
          ${choices.map((one) => html`<option key=${one} value=${one}>${field === "verdict" ? verdictText(one).toLowerCase() : one}</option>`)}
        </select>
      </label>`,
    )}
    <${Typed} label="Object" value=${filters.label} onText=${(label) => set({ label })} />
    <label>Reason
      <select value=${filters.reason ?? ""} onChange=${set1("reason")}>
        <option value="">any</option>
        ${[...(meanings?.keys() ?? [])].map((code) => html`<option key=${code} value=${code}>${code}</option>`)}
      </select>
    </label>
    <label>At least sure
      <select value=${filters.min_confidence ?? ""} onChange=${set1("min_confidence")}>
        <option value="">any</option>
        ${[0.5, 0.7, 0.8, 0.9, 0.95].map((share) => html`<option key=${share} value=${share}>${Math.round(share * 100)} %</option>`)}
      </select>
    </label>
    ${view === "pairs" &&
    html`<label>Order
      <select value=${filters.order ?? ""} onChange=${set1("order")}>
        <option value="">oldest first</option>
        <option value="doubtful">doubtful first</option>
      </select>
    </label>`}
    </div></details>
    ${Object.keys(filters).length > 0 && html`<button type="button" onClick=${() => go(["datasets", name], { view: view === "pairs" ? "" : view }, true)}>Clear</button>`}
  </form>`;
}

function Typed({ label, value = "", onText, type = "text" }) {
  const [typed, setTyped] = useState(value);
  const timer = useRef(null);
  useEffect(() => setTyped(value), [value]);
  const change = (event) => {
    setTyped(event.target.value);
    clearTimeout(timer.current);
    timer.current = setTimeout(onText, PAUSE_MS, event.target.value.trim());
  };
  return html`<label>${label} <input type=${type} value=${typed} onInput=${change} autocomplete="off" /></label>`;
}
