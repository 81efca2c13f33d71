/** The judgement of one record: ratings, accept, reject or correct. */
import { classes, html } from "../core/view.js";
import { ago } from "../core/format.js";
import { key } from "../core/session.js";
import { Correction } from "./correction.js";
import { correctionsOf, draftOf, keepDraft, reviewer, setReviewer } from "./drafts.js";
import { pending } from "./outbox.js";

/** The questions that the paper's raters answered. */
export const QUESTIONS = [
  ["box", "Do the boxes show a difference?"],
  ["content", "Is what each side shows named rightly?"],
  ["caption", "Does the sentence describe the difference?"],
];
export const RATINGS = ["high", "medium", "low"];

/** What is sent for a decision. @param {any} record @param {"accepted"|"rejected"} wish @returns {any} */
export function toReview(record, wish) {
  const draft = draftOf(record.id);
  const corrections = correctionsOf(record, draft);
  const rating = Object.keys(draft.rating).length ? { rating: draft.rating } : {};
  const noted = draft.note ? { note: draft.note } : {};
  if (wish === "rejected" || !corrections) return { state: wish, ...rating, ...noted };
  return { state: "corrected", corrections, ...rating, ...noted };
}

/**
 * @param {{record: any, shown: any, correcting: boolean, question: number, onQuestion: (at: number) => void,
 *   onCorrecting: (on: boolean) => void, onDecide: (wish: "accepted"|"rejected") => void}} props
 */
export function ReviewPanel({ record, shown, correcting, question, onQuestion, onCorrecting, onDecide }) {
  const draft = draftOf(record.id);
  const changed = correctionsOf(record, draft) !== null;
  const rate = (name, value) => {
    const rating = { ...draft.rating, [name]: draft.rating[name] === value ? undefined : value };
    keepDraft(record.id, { ...draft, rating: JSON.parse(JSON.stringify(rating)) });
  };
  return html`<section class="judge" aria-label="Review">
    <${Standing} review=${record.review} />
    <div class="row decisions">
      <button class="good" aria-keyshortcuts="a" onClick=${() => onDecide("accepted")}>${changed ? "Save correction" : "Accept"} <kbd>${changed ? "Ctrl ↵" : "A"}</kbd></button>
      <button class="bad" aria-keyshortcuts="r" onClick=${() => onDecide("rejected")}>Reject <kbd>R</kbd></button>
      <button aria-keyshortcuts="c" aria-expanded=${correcting} onClick=${() => onCorrecting(!correcting)}>Correct <kbd>C</kbd></button>
    </div>
    <table class="ratings">
      <tbody>
        ${QUESTIONS.map(([name, text], at) => html`<tr key=${name} class=${classes(at === question && "asked")}>
          <th scope="row">${text}</th>
          <td><div class="choice" role="group" aria-label=${text}>
            ${RATINGS.map((value) => html`<button key=${value} aria-pressed=${(draft.rating[name] ?? null) === value} onClick=${() => (onQuestion(at), rate(name, value))}>${value}</button>`)}
          </div></td>
        </tr>`)}
      </tbody>
    </table>
    ${correcting && html`<${Correction} record=${shown} draft=${draft} onDraft=${(next) => keepDraft(record.id, next)} />`}
    ${changed && html`<p class="row"><span class="hint">Corrected, not saved yet.</span><button onClick=${() => keepDraft(record.id, null)}>Forget the changes</button></p>`}
    ${!key.value && html`<label class="who">Your name <input value=${reviewer.value} placeholder="anonymous" maxlength="64" onInput=${(event) => setReviewer(event.target.value)} /></label>`}
    <${Sending} />
  </section>`;
}

function Standing({ review }) {
  if (!review || review.state === "unreviewed") return html`<p class="hint">Nobody has reviewed this pair.</p>`;
  return html`<p><span class=${`tag review-${review.state}`}>${review.state}</span>
    ${" "}<span class="hint">${review.reviewer ? `by ${review.reviewer}, ` : ""}${ago(review.at)}${review.reviewers > 1 ? `; ${review.reviewers} reviewers` : ""}${review.note ? `: ${review.note}` : ""}</span></p>`;
}

/** What is not stored yet. */
function Sending() {
  const { number, broken } = pending.value;
  if (!broken) return null;
  return html`<p class="failure" role="alert">The connection is lost. ${number === 1 ? "One review waits" : `${number} reviews wait`} and will be sent when it is back.</p>`;
}
