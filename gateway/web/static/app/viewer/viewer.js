/** A record as people look at it: both pictures, the sentences, and what they rest on. */
import { html, useEffect, useMemo, useState } from "../core/view.js";
import { count } from "../core/format.js";
import { Copies } from "./copies.js";
import { Answer, Facts } from "./facts.js";
import { RegionItem } from "./region.js";
import { Stage } from "./stage.js";
import { createView, MODES } from "./state.js";

const COLOURS = 6; // of boxes, as in the drawn answer

/** Regions as they are shown: numbered in the order of the sentences. @param {any[]} regions */
export function toItems(regions) {
  return regions.map((region, at) => ({
    id: at,
    number: at + 1,
    region,
    colour: at % COLOURS,
    text: region.caption ?? `Something is ${region.change === "changed" ? "different" : region.change} here.`,
  }));
}

/** @param {{record: any, children?: any}} props */
export function Viewer({ record, children }) {
  const view = useMemo(() => createView(record), [record.id]);
  const [rejected, setRejected] = useState(false);
  const items = useMemo(() => toItems(record.regions), [record]);
  const kept = items.filter((item) => item.region.kept);
  const dropped = items.filter((item) => !item.region.kept);
  const shown = rejected ? items : kept;
  useEffect(() => setRejected(false), [record.id]);
  return html`<article class="viewer">
    <div class="look">
      <${Toolbar} view=${view} />
      <${Stage} view=${view} items=${shown} />
      <p class="hint">Drag to move, pinch or Ctrl + wheel to zoom; keys + − 0 and arrows when a picture is focused.</p>
    </div>
    <div class="told">
      <${Answer} record=${record} />
      ${children}
      ${kept.length > 0 &&
      html`<ol class="regions" aria-label="Differences">
        ${kept.map((item) => html`<${RegionItem} key=${item.id} view=${view} item=${item} />`)}
      </ol>`}
      ${dropped.length > 0 &&
      html`<label class="check">
          <input type="checkbox" checked=${rejected} onChange=${() => setRejected(!rejected)} />
          Show ${count(dropped.length, "rejected place")}
        </label>
        ${rejected &&
        html`<ol class="regions" aria-label="Rejected places">
          ${dropped.map((item) => html`<${RegionItem} key=${item.id} view=${view} item=${item} />`)}
        </ol>`}`}
      <${Facts} record=${record} />
      <${Copies} record=${record} />
    </div>
  </article>`;
}

function Toolbar({ view }) {
  const { zoom } = view.look.value;
  return html`<div class="toolbar">
    <div class="choice" role="group" aria-label="How to look">
      ${MODES.map(
        ([mode, label]) => html`<button
          key=${mode} aria-pressed=${view.mode.value === mode} onClick=${() => (view.mode.value = mode)}
        >${label}</button>`,
      )}
    </div>
    <div class="choice" role="group" aria-label="Zoom">
      <button aria-label="Zoom out" disabled=${zoom === 1} onClick=${() => view.zoom(1 / 1.5)}>−</button>
      <button aria-label="Fit the pictures" onClick=${view.reset}>${Math.round(zoom * 100)} %</button>
      <button aria-label="Zoom in" onClick=${() => view.zoom(1.5)}>+</button>
    </div>
  </div>`;
}
