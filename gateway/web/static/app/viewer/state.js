/** What the viewer of one pair shows: how it shows it, where it looks, and which region is pointed at. */
import { signal } from "../core/view.js";
import { apply, fit, growth, layOut, toSecond } from "./geometry.js";

const MOST = 40; // times the fitting size; chosen, not measured

/** The ways to see two pictures. */
export const MODES = [
  ["side", "Side by side"],
  ["swipe", "Swipe"],
  ["blink", "Blink"],
  ["difference", "Difference"],
];

/** @param {any} record */
export function createView(record) {
  const mode = signal("side");
  const look = signal({ x: record.image1.width / 2, y: record.image1.height / 2, zoom: 1 });
  const pointed = signal(null);
  const matrix = toSecond(record);
  return {
    record,
    matrix,
    mode,
    look,
    pointed,
    /** Zoom by a factor around a pixel of image1. */
    zoom(factor, at = look.value) {
      const { x, y, zoom } = look.value;
      const next = Math.min(MOST, Math.max(1, zoom * factor));
      const moved = 1 - zoom / next;
      look.value = held({ x: x + (at.x - x) * moved, y: y + (at.y - y) * moved, zoom: next }, record.image1);
    },
    /** Move by pixels of image1. */
    move(dx, dy) {
      look.value = held({ ...look.value, x: look.value.x + dx, y: look.value.y + dy }, record.image1);
    },
    /** Show everything. */
    reset() {
      look.value = { x: record.image1.width / 2, y: record.image1.height / 2, zoom: 1 };
    },
    /** Look at a box of image1 closely. */
    lookAt([x1, y1, x2, y2]) {
      const { width, height } = record.image1;
      const zoom = Math.min(8, Math.max(1, 0.6 * Math.min(width / (x2 - x1), height / (y2 - y1))));
      look.value = held({ x: (x1 + x2) / 2, y: (y1 + y2) / 2, zoom }, record.image1);
    },
    /** How an image lies in a pane of this size. */
    lay(side, pane) {
      const { x, y, zoom } = look.value;
      const scale = fit(record.image1, pane) * zoom;
      if (side === 1) return layOut({ x, y }, scale, pane);
      const [x2, y2] = apply(matrix, x, y);
      const whole = zoom === 1 ? fit(record.image2, pane) : scale / growth(matrix, x, y);
      const centre = zoom === 1 ? { x: record.image2.width / 2, y: record.image2.height / 2 } : { x: x2, y: y2 };
      return layOut(centre, whole, pane);
    },
  };
}

function held(look, image) {
  if (look.zoom === 1) return { x: image.width / 2, y: image.height / 2, zoom: 1 };
  return {
    zoom: look.zoom,
    x: Math.min(image.width, Math.max(0, look.x)),
    y: Math.min(image.height, Math.max(0, look.y)),
  };
}
