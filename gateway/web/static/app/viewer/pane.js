/** One pane: a picture or two that can be moved and zoomed by mouse, fingers and keys. */
import { html, useEffect, useRef, useState } from "../core/view.js";

const STEP = 0.15; // of the pane to an arrow key; chosen, not measured
const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** The size of an element, as it changes. @param {{current: HTMLElement|null}} ref */
export function useSize(ref) {
  const [size, setSize] = useState({ width: 0, height: 0 });
  useEffect(() => {
    const watch = new ResizeObserver(([entry]) => {
      const { width, height } = entry.contentRect;
      setSize({ width, height });
    });
    watch.observe(ref.current);
    return () => watch.disconnect();
  }, []);
  return size;
}

/**
 * @param {{view: any, side: 1|2, label: string, children: (laid: any) => any, overlay?: (laid: any) => any}} props
 *   `children` draws what moves with the picture, `overlay` what stays as thin as it is
 */
export function Pane({ view, side, label, children, overlay }) {
  const ref = useRef(null);
  const pane = useSize(ref);
  const laid = view.lay(side, pane);
  useGestures(ref, view, side);
  const zoomed = view.look.value.zoom > 1;
  const { width, height } = side === 1 ? view.record.image1 : view.record.image2;
  return html`<div
    ref=${ref} class=${zoomed ? "pane zoomed" : "pane"} tabindex="0" role="group" aria-label=${label}
    style=${{ aspectRatio: `${width} / ${height}` }} onKeyDown=${(event) => onKey(event, view, pane, laid)}
  >
    ${pane.width > 0 &&
    html`<div
        class="plane"
        style=${{ transform: `translate(${laid.left}px,${laid.top}px) scale(${laid.scale})` }}
        data-sharp=${laid.scale > 3 ? "" : undefined}
      >
        ${children(laid)}
      </div>
      ${overlay?.(laid)}`}
  </div>`;
}

function onKey(event, view, pane, laid) {
  if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "+" || event.key === "=") view.zoom(1.5);
  else if (event.key === "-") view.zoom(1 / 1.5);
  else if (event.key === "0") view.reset();
  else if (KEYS[event.key] && view.look.value.zoom > 1) {
    const [x, y] = KEYS[event.key];
    view.move((x * STEP * pane.width) / laid.scale, (y * STEP * pane.height) / laid.scale);
  } else return;
  event.preventDefault();
}

/** Dragging moves, two fingers and the wheel with Ctrl zoom, a double click zooms in. */
function useGestures(ref, view, side) {
  useEffect(() => {
    const element = ref.current;
    const fingers = new Map();
    let apart = 0;
    const scale = () => view.lay(side, size(element)).scale;
    const pixel = (event) => {
      const { left, top, width, height } = element.getBoundingClientRect();
      const { x, y } = view.look.value;
      const first = view.lay(1, { width, height }).scale;
      return { x: x + (event.clientX - left - width / 2) / first, y: y + (event.clientY - top - height / 2) / first };
    };
    const onDown = (event) => {
      if (event.button !== 0 || event.target.closest("button, .handle")) return;
      fingers.set(event.pointerId, event);
      if (event.pointerType === "mouse") element.setPointerCapture(event.pointerId);
      apart = distance(fingers);
    };
    const onMove = (event) => {
      const before = fingers.get(event.pointerId);
      if (!before) return;
      fingers.set(event.pointerId, event);
      if (fingers.size === 2) {
        const now = distance(fingers);
        if (apart > 0) view.zoom(now / apart, pixel(event));
        apart = now;
      } else if (view.look.value.zoom > 1) {
        view.move((before.clientX - event.clientX) / scale(), (before.clientY - event.clientY) / scale());
      }
    };
    const onUp = (event) => fingers.delete(event.pointerId);
    const onWheel = (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      view.zoom(Math.exp(-event.deltaY / 200), pixel(event));
    };
    const onDouble = (event) => event.target.closest("button") || view.zoom(2, pixel(event));
    const listeners = { pointerdown: onDown, pointermove: onMove, pointerup: onUp, pointercancel: onUp, dblclick: onDouble };
    Object.entries(listeners).forEach(([name, one]) => element.addEventListener(name, one));
    element.addEventListener("wheel", onWheel, { passive: false });
    return () => {
      Object.entries(listeners).forEach(([name, one]) => element.removeEventListener(name, one));
      element.removeEventListener("wheel", onWheel);
    };
  }, [view, side]);
}

const size = (element) => ({ width: element.clientWidth, height: element.clientHeight });

function distance(fingers) {
  const [a, b] = [...fingers.values()];
  return b ? Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY) : 0;
}
