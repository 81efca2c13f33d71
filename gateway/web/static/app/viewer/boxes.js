/** The boxes of regions over a picture; pointing at one points at its sentence, and the other way round. */
import { classes, html } from "../core/view.js";

/**
 * @param {{view: any, side: 1|2, laid: {scale: number, left: number, top: number}, items: any[]}} props
 *   `items` are {id, number, region, colour}
 */
export function Boxes({ view, side, laid, items }) {
  return items.map((item) => {
    const box = boxOf(item.region, side);
    if (!box) return null;
    const [x1, y1, x2, y2] = box;
    const here = view.pointed.value === item.id;
    return html`<button
      key=${`${item.id}-${side}`} type="button" style=${{
        left: `${laid.left + x1 * laid.scale}px`,
        top: `${laid.top + y1 * laid.scale}px`,
        width: `${(x2 - x1) * laid.scale}px`,
        height: `${(y2 - y1) * laid.scale}px`,
      }}
      class=${classes("box", `colour-${item.colour}`, here && "pointed", !item.region.kept && "dropped", laid.top + y1 * laid.scale < 20 && "at-top")}
      aria-label=${`Region ${item.number}: ${item.text}`}
      onMouseEnter=${() => (view.pointed.value = item.id)} onMouseLeave=${() => (view.pointed.value = null)}
      onFocus=${() => (view.pointed.value = item.id)} onBlur=${() => (view.pointed.value = null)}
      onClick=${() => show(view, item)}
    ><span class="number">${item.number}</span></button>`;
  });
}

/** Point at a region and bring its sentence into view. */
function show(view, item) {
  view.pointed.value = item.id;
  document.getElementById(`region-${item.id}`)?.scrollIntoView({ block: "nearest", behavior: "smooth" });
}

/** The place of a region in one of the images; of what moved, where it is there. @param {any} region @param {1|2} side */
export function boxOf(region, side) {
  if (side === 1) return region.box ?? null;
  if (region.change === "moved" && region.moved_to) return region.moved_to;
  return region.box2 ?? region.box ?? null;
}
