/** The two pictures in the chosen way: side by side, one over the other, blinking, or their difference. */
import { html, useEffect, useState } from "../core/view.js";
import { Picture } from "../core/picture.js";
import { Boxes } from "./boxes.js";
import { asCss, inverse } from "./geometry.js";
import { Pane } from "./pane.js";

const BLINK_MS = 700; // chosen, not measured

/** @param {{view: any, items: any[]}} props */
export function Stage({ view, items }) {
  const Way = { side: SideBySide, swipe: Swipe, blink: Blink, difference: Difference }[view.mode.value];
  return html`<${Way} view=${view} items=${items} />`;
}

function SideBySide({ view, items }) {
  return html`<div class="stage two">
    ${[1, 2].map(
      (side) => html`<figure key=${side}>
        <figcaption>${side === 1 ? "Before" : "After"}</figcaption>
        <${Pane}
          view=${view} side=${side} label=${side === 1 ? "Before" : "After"}
          overlay=${(laid) => html`<${Boxes} ...${{ view, side, laid, items }} />`}
        >${() => html`<${Image} view=${view} side=${side} />`}<//>
      </figure>`,
    )}
  </div>`;
}

function Swipe({ view, items }) {
  const [share, setShare] = useState(50);
  const drag = (event) => {
    if (event.buttons !== 1) return;
    const { left, width } = event.currentTarget.parentElement.getBoundingClientRect();
    setShare(Math.min(100, Math.max(0, (100 * (event.clientX - left)) / width)));
  };
  return html`<div class="stage one">
    <${Pane}
      view=${view} side=${1} label="Before on the left, after on the right of the line"
      overlay=${(laid) => html`
        <div class="over" style=${{ clipPath: `inset(0 0 0 ${share}%)` }}>
          <div class="plane" style=${{ transform: `translate(${laid.left}px,${laid.top}px) scale(${laid.scale})` }}>
            <${Image} view=${view} side=${2} laidOn />
          </div>
        </div>
        <div
          class="handle" style=${{ left: `${share}%` }} aria-hidden="true"
          onPointerDown=${(event) => event.currentTarget.setPointerCapture(event.pointerId)} onPointerMove=${drag}
        ></div>
        <${Boxes} ...${{ view, side: 1, laid, items }} />`}
    >${() => html`<${Image} view=${view} side=${1} />`}<//>
    <label class="slider">Before <input
      type="range" min="0" max="100" value=${share} aria-label="Where after begins"
      onInput=${(event) => setShare(Number(event.target.value))}
    /> After</label>
  </div>`;
}

function Blink({ view, items }) {
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const [running, setRunning] = useState(!calm);
  const [second, setSecond] = useState(false);
  useEffect(() => {
    if (!running) return undefined;
    const timer = setInterval(() => setSecond((now) => !now), BLINK_MS);
    return () => clearInterval(timer);
  }, [running]);
  return html`<div class="stage one">
    <${Pane}
      view=${view} side=${1} label=${second ? "After" : "Before"}
      overlay=${(laid) => html`<span class="which">${second ? "After" : "Before"}</span>
        <${Boxes} ...${{ view, side: 1, laid, items }} />`}
    >${() => html`<${Image} view=${view} side=${1} />
      <div class=${second ? "shown" : "hidden"}><${Image} view=${view} side=${2} laidOn /></div>`}<//>
    <div class="slider">
      <button onClick=${() => setRunning(!running)}>${running ? "Pause" : "Blink"}</button>
      <button onClick=${() => (setRunning(false), setSecond(!second))}>Show ${second ? "before" : "after"}</button>
    </div>
  </div>`;
}

function Difference({ view, items }) {
  const [gain, setGain] = useState(3);
  return html`<div class="stage one">
    <${Pane}
      view=${view} side=${1} label="Difference: black where both are the same"
      overlay=${(laid) => html`<${Boxes} ...${{ view, side: 1, laid, items }} />`}
    >${() => html`<div class="difference" style=${{ filter: `brightness(${gain})` }}>
      <${Image} view=${view} side=${1} />
      <div class="subtracted"><${Image} view=${view} side=${2} laidOn /></div>
    </div>`}<//>
    <label class="slider">Faint <input
      type="range" min="1" max="12" step="0.5" value=${gain} aria-label="How strongly differences are shown"
      onInput=${(event) => setGain(Number(event.target.value))}
    /> Strong</label>
  </div>`;
}

/** One picture in its own pixels; `laidOn` lays image2 on image1 as the comparison did. */
function Image({ view, side, laidOn = false }) {
  const image = side === 1 ? view.record.image1 : view.record.image2;
  const style = { width: `${image.width}px`, height: `${image.height}px` };
  if (laidOn) style.transform = asCss(inverse(view.matrix));
  return html`<div class="image" style=${style}>
    <${Picture} path=${image.url ?? `v1/assets/${image.asset}`} alt=${side === 1 ? "Before" : "After"} />
  </div>`;
}
