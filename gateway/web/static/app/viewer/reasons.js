/** What reason codes mean, in sentences. */
import { html, signal } from "../core/view.js";
import { score, words } from "../core/format.js";

const meanings = signal(null);

/** All codes as {code, drops_when, meaning, paper}; null until they are here. */
export function useMeanings() {
  if (meanings.value === null) load();
  return meanings.value;
}

let loading = null;

function load() {
  loading ??= fetch(new URL("../../reasons.json", import.meta.url))
    .then((answer) => answer.json())
    .then((list) => (meanings.value = new Map(list.map((one) => [one.code, one]))))
    .catch(() => (loading = null));
}

/** One reason as a sentence with its figures. @param {{reason: {code: string, value?: number, threshold?: number}}} props */
export function Reason({ reason }) {
  const known = useMeanings()?.get(reason.code);
  const value = reason.value ?? null;
  const threshold = reason.threshold ?? null;
  return html`<span class="reason">
    ${known ? plain(known.meaning) : `${words(reason.code.replace(".", ": "))}.`}
    ${value !== null && html`<span class="figures"> It is ${score(value, 3)}${threshold === null ? "" : `, the threshold ${score(threshold, 3)}`}.</span>`}
    ${reason.record && html` <a href=${`#/records/${encodeURIComponent(reason.record)}`}>The earlier record.</a>`}
    ${" "}<a class="code" href="#/reasons?code=${encodeURIComponent(reason.code)}">${reason.code}</a>
  </span>`;
}

/** A text of the documentation without its marks of code. @param {string} text */
export const plain = (text) => text.replaceAll("`", "");

/** Several reasons as a list. @param {{reasons: any[]}} props */
export const Reasons = ({ reasons }) =>
  reasons.length
    ? html`<ul class="reasons">
        ${reasons.map((reason, at) => html`<li key=${at}><${Reason} reason=${reason} /></li>`)}
      </ul>`
    : null;
