/** What holds of the pair as a whole, and how the record came to be. */
import { html } from "../core/view.js";
import { duration, percent, score, when, words } from "../core/format.js";
import { Reasons } from "./reasons.js";

const VERDICTS = {
  different: "The pictures differ",
  same: "No difference found",
  unrelated: "Two different scenes",
  undetermined: "Could not be judged",
};

/** The verdict in words. @param {string} verdict */
export const verdictText = (verdict) => VERDICTS[verdict] ?? words(verdict);

/** The verdict, the text for the pair, and what differs everywhere. @param {{record: any}} props */
export function Answer({ record }) {
  const kept = record.regions.filter((region) => region.kept);
  const alone = kept.length === 1 && kept[0].caption === record.caption;
  return html`<section class="answer" aria-label="Answer">
    <p class="tags">
      <span class=${`verdict verdict-${record.verdict}`}>${verdictText(record.verdict)}</span>
      ${record.confidence !== null && html`<span class="tag">${percent(record.confidence)} sure</span>`}
    </p>
    ${record.caption && !alone && html`<p class="caption">${record.caption}</p>`}
    ${record.pair_changes.length > 0 &&
    html`<ul class="pair-changes" aria-label="What differs as a whole">
      ${record.pair_changes.map(
        (one, at) => html`<li key=${at}>${one.text}${one.harmless ? html`<span class="hint"> (harmless)</span>` : ""}</li>`,
      )}
    </ul>`}
    <${Reasons} reasons=${record.reasons} />
  </section>`;
}

/** Everything about the pair that few ask for. @param {{record: any}} props */
export function Facts({ record }) {
  const { provenance, alignment, source } = record;
  const rows = [
    ["Record", record.id],
    ["Dataset", html`<a href=${`#/datasets/${encodeURIComponent(record.dataset)}`}>${record.dataset}</a>`],
    ["Made", when(record.created_at)],
    ["Before", `${record.image1.width} × ${record.image1.height} pixels`],
    ["After", `${record.image2.width} × ${record.image2.height} pixels`],
    ["Likeness of the whole pictures", score(record.similarity, 3)],
    ["Laid on each other", alignment.applied ? `${words(alignment.model)}, agreement ${score(alignment.score)}` : "as they are"],
    ["Given caption before", source.caption1],
    ["Given caption after", source.caption2],
    ["Edit", source.edit && edit(source.edit)],
    ["Policy", provenance.policy],
    ["Time", Object.entries(provenance.seconds).map(([stage, seconds]) => `${stage} ${duration(seconds)}`).join(", ")],
    ["Version", provenance.version],
  ];
  return html`<details class="facts">
    <summary>About this record</summary>
    <table class="figures-table">
      <tbody>
        ${rows.map(([name, value]) => value && html`<tr key=${name}><th scope="row">${name}</th><td>${value}</td></tr>`)}
      </tbody>
    </table>
    <h4>Models</h4>
    <ul class="models">
      ${provenance.models.map((one, at) => html`<li key=${at}>${one.name} ${one.version} <span class="hint">${one.stage}, ${one.licence}</span></li>`)}
    </ul>
    ${record.metadata && html`<h4>Metadata</h4><pre>${JSON.stringify(record.metadata, null, 1)}</pre>`}
  </details>`;
}

/** The edit of a synthesis in words. */
const edit = ({ operation, before, after, seed }) =>
  `${operation} ${[before, after].filter(Boolean).join(" → ")} (seed ${seed})`;
