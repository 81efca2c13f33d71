/** Short notes to the person: shown for a while, and read out by screen readers. */
import { html, signal } from "./view.js";

const SHOWN_MS = 6000; // chosen, not measured
const notes = signal([]);
let next = 0;

/** Show a note. @param {string} text @param {"good"|"bad"} [kind] @param {{label: string, run: () => void}} [action] */
export function note(text, kind = "good", action = null) {
  const id = ++next;
  notes.value = [...notes.value.slice(-2), { id, text, kind, action }];
  setTimeout(() => (notes.value = notes.value.filter((one) => one.id !== id)), SHOWN_MS);
}

/** Copy a text and say so. @param {string} text @param {string} what */
export async function copy(text, what) {
  try {
    await navigator.clipboard.writeText(text);
    note(`${what} copied.`);
  } catch {
    note("The browser does not let this page copy. Select the text instead.", "bad");
  }
}

/** The place of the notes. */
export function Notes() {
  return html`<div class="notes" role="status" aria-live="polite">
    ${notes.value.map(
      ({ id, text, kind, action }) => html`<p key=${id} class=${`note ${kind}`}>
        ${text} ${action && html`<button class="quiet" onClick=${action.run}>${action.label}</button>`}
      </p>`,
    )}
  </div>`;
}
