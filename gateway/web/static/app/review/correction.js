/** The form that corrects a record: its text, and of every difference the sentence, names, kind and place. */
import { html } from "../core/view.js";

const CHANGES = ["added", "removed", "replaced", "recoloured", "moved", "changed"];

/** @param {{record: any, draft: any, onDraft: (draft: any) => void}} props `record` is as it is shown */
export function Correction({ record, draft, onDraft }) {
  const set = (at, fields) =>
    onDraft({ ...draft, regions: { ...draft.regions, [at]: { ...draft.regions[at], ...fields } } });
  const kept = record.regions.map((region, at) => ({ region, at })).filter(({ region }) => (region.was ?? region).kept);
  return html`<div class="correction">
    <label>Text for the pair
      <textarea rows="3" maxlength="2000" value=${draft.caption ?? record.caption ?? ""} onInput=${(event) => onDraft({ ...draft, caption: event.target.value })}></textarea>
    </label>
    ${kept.map(({ region, at }) => html`<fieldset key=${at} class=${region.kept === false ? "dropped" : ""}>
      <legend>Difference ${at + 1}</legend>
      <label>Sentence <textarea rows="2" maxlength="2000" value=${region.caption ?? ""} onInput=${(event) => set(at, { caption: event.target.value })}></textarea></label>
      <div class="pairwise">
        ${["label1", "label2"].map((name) => html`<label key=${name}>${name === "label1" ? "Before, there is" : "After, there is"}
          <input value=${region[name] ?? ""} maxlength="200" placeholder="nothing" onInput=${(event) => set(at, { [name]: event.target.value })} />
        </label>`)}
        <label>Kind <select value=${region.change} onChange=${(event) => set(at, { change: event.target.value })}>
          ${CHANGES.map((one) => html`<option key=${one} value=${one}>${one}</option>`)}
        </select></label>
      </div>
      ${["box", "box2"].map((name) => region[name] && html`<${Place} key=${name} ...${{ name, box: region[name], image: record[name === "box" ? "image1" : "image2"] }} onBox=${(box) => set(at, { [name]: box })} />`)}
      <label class="check"><input type="checkbox" checked=${region.kept === false} onChange=${(event) => set(at, { kept: !event.target.checked })} /> This is no difference</label>
    </fieldset>`)}
    <label>Note <input value=${draft.note ?? ""} maxlength="2000" onInput=${(event) => onDraft({ ...draft, note: event.target.value })} /></label>
  </div>`;
}

const EDGES = ["left", "top", "right", "bottom"];

/** Four numbers, which arrow keys change; the picture shows the box at once. */
function Place({ name, box, image, onBox }) {
  const side = name === "box" ? "before" : "after";
  const most = [image.width - 1, image.height - 1, image.width, image.height];
  const change = (at, value) => {
    const next = box.with(at, Math.min(most[at], Math.max(0, Math.round(value))));
    if (next[0] < next[2] && next[1] < next[3]) onBox(next);
  };
  return html`<div class="place" role="group" aria-label=${`Place ${side}`}>
    <span class="hint">Place ${side}</span>
    ${EDGES.map((edge, at) => html`<label key=${edge}>${edge}
      <input type="number" value=${box[at]} min="0" max=${most[at]} aria-label=${`${edge} edge ${side}`} onInput=${(event) => event.target.value !== "" && change(at, Number(event.target.value))} />
    </label>`)}
  </div>`;
}
