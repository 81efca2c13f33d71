/** One region: its sentence, and on demand everything that it rests on. */
import { classes, html } from "../core/view.js";
import { percent, score } from "../core/format.js";
import { Reasons } from "./reasons.js";

const OUTCOMES = {
  verified: "Independent evidence agrees with the sentence.",
  unverified: "The sentence rests on one source alone.",
  repaired: "The sentence was replaced by one that the evidence supports.",
  dropped: "The sentence was left out, because the evidence does not support it.",
};
const SOURCES = {
  detector: "object detector",
  classifier: "image classifier",
  pixels: "the pixels",
  box: "the place",
  given: "your caption",
  text: "text reader",
  model: "language model",
};
const SCORES = {
  crop_similarity: "Likeness of the two crops",
  text_match1: "Match of words and picture, before",
  text_match2: "Match of words and picture, after",
  caption_similarity: "Likeness of the two captions",
};

/** @param {{view: any, item: any}} props */
export function RegionItem({ view, item }) {
  const { region } = item;
  const here = view.pointed.value === item.id;
  return html`<li
    id=${`region-${item.id}`} class=${classes("region", here && "pointed", !region.kept && "dropped")}
    onMouseEnter=${() => (view.pointed.value = item.id)} onMouseLeave=${() => (view.pointed.value = null)}
  >
    <div class="sentence">
      <button
        class=${`badge colour-${item.colour}`} aria-label=${`Show region ${item.number} closely`}
        onClick=${() => ((view.pointed.value = item.id), region.box && view.lookAt(region.box))}
      >${item.number}</button>
      <p>${item.text}</p>
    </div>
    <p class="tags">
      <span class=${`tag kind-${region.change}`}>${region.change}</span>
      ${region.confidence !== null && html`<span class="tag">${percent(region.confidence)} sure</span>`}
      ${region.check && html`<span class=${`tag check-${region.check.outcome}`}>${region.check.outcome}</span>`}
    </p>
    ${!region.kept && html`<${Reasons} reasons=${region.reasons} />`}
    <details>
      <summary>Evidence</summary>
      <${Sides} region=${region} />
      <${Evidence} region=${region} />
      ${region.kept && region.reasons.length > 0 && html`<h4>Gates that fired</h4><${Reasons} reasons=${region.reasons} />`}
    </details>
  </li>`;
}

function Sides({ region }) {
  const sides = [1, 2].map((side) => ({
    name: side === 1 ? "Before" : "After",
    shows: region[`caption${side}`] ?? region[`label${side}`],
    label: region[`label${side}`],
    text: region[`text${side}`],
  }));
  return html`<dl class="sides">
    ${sides.map(
      ({ name, shows, label, text }) => html`<div key=${name}>
        <dt>${name}</dt>
        <dd>
          ${shows ?? "Not known what it shows."}
          ${label && label !== shows && html`<span class="hint"> (${label})</span>`}
          ${text && html`<br />Text read: <q>${text}</q>`}
        </dd>
      </div>`,
    )}
  </dl>`;
}

function Evidence({ region }) {
  const scores = Object.entries(region.scores ?? {}).filter(([, value]) => value !== null);
  return html`
    ${region.check &&
    html`<p>${OUTCOMES[region.check.outcome] ?? region.check.outcome}
      ${region.check.written && html` It was: <q>${region.check.written}</q>`}</p>
      <${Reasons} reasons=${region.check.objections} />`}
    <table class="figures-table">
      <tbody>
        <tr><th scope="row">Difference</th><td>${score(region.difference)}</td></tr>
        ${scores.map(([name, value]) => html`<tr key=${name}><th scope="row">${SCORES[name] ?? name}</th><td>${score(value)}</td></tr>`)}
        ${["box", "box2"].map(
          (name) => region[name] && html`<tr key=${name}>
            <th scope="row">Place ${name === "box" ? "before" : "after"}</th><td>${region[name].join(", ")}</td>
          </tr>`,
        )}
      </tbody>
    </table>
    ${region.words?.length > 0 &&
    html`<h4>Where the words come from</h4>
      <ul class="words">
        ${region.words.map(
          (word, at) => html`<li key=${at}><q>${word.text}</q> ${SOURCES[word.source] ?? word.source}${word.score === null ? "" : ` (${score(word.score)})`}</li>`,
        )}
      </ul>`}
  `;
}
