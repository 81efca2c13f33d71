/** A histogram with a line that can be dragged, or moved by keys; without counts, the line alone. */
import { html, useRef } from "../core/view.js";
import { score } from "../core/format.js";

const HIGH = 120; // of the drawing, in its units
const WIDE = 600;

/**
 * @param {{histogram: any, range?: [number, number], value: number, onValue: (value: number) => void, marks: number[], label: string}} props
 *   `marks` are lines that do not move
 */
export function Histogram({ histogram, range = [0, 1], value, onValue, marks, label }) {
  const svg = useRef(null);
  const counts = histogram?.counts ?? [];
  const edges = histogram?.edges ?? range;
  const [low, high] = counts.length ? [edges[0], edges.at(-1)] : range;
  const most = Math.max(1, ...counts);
  const x = (at) => (WIDE * (Math.min(high, Math.max(low, at)) - low)) / (high - low);
  const drag = (event) => {
    if (event.type === "pointermove" && event.buttons !== 1) return;
    if (event.type === "pointerdown") svg.current.setPointerCapture(event.pointerId);
    const { left, width } = svg.current.getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (event.clientX - left) / width));
    onValue(Number((low + share * (high - low)).toPrecision(3)));
  };
  return html`<div class="histogram">
    <svg
      ref=${svg} viewBox=${`0 0 ${WIDE} ${HIGH}`} preserveAspectRatio="none" aria-hidden="true"
      onPointerDown=${drag} onPointerMove=${drag}
    >
      ${counts.map((number, at) => html`<rect
        key=${at} class=${edges[at] >= value ? "bin over" : "bin"} x=${x(edges[at]) + 0.5} width=${Math.max(0.5, x(edges[at + 1]) - x(edges[at]) - 1)}
        y=${HIGH - (HIGH * number) / most} height=${(HIGH * number) / most}
      />`)}
      ${marks.map((mark) => html`<line key=${mark} class="mark" x1=${x(mark)} x2=${x(mark)} y1="0" y2=${HIGH} />`)}
      <line class="line" x1=${x(value)} x2=${x(value)} y1="0" y2=${HIGH} />
    </svg>
    <input
      type="range" min=${low} max=${high} step=${(high - low) / 200} value=${value} aria-label=${label}
      onInput=${(event) => onValue(Number(Number(event.target.value).toPrecision(3)))}
    />
    <p class="hint ends"><span>${score(low, 2)}</span><span>${label}: ${score(value, 3)}</span><span>${score(high, 2)}</span></p>
  </div>`;
}
