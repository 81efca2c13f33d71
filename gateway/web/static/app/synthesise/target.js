/** The photo, on which one marks the object to edit by dragging around it. */
import { html, useEffect, useRef, useState } from "../core/view.js";

const SMALL = 8; // pixels of the screen: less is a click, which takes the mark away; chosen, not measured

/** @param {{photo: File, box: number[]|null, marking: boolean, onBox: (box: number[]|null) => void, onRemove: () => void}} props */
export function Target({ photo, box, marking, onBox, onRemove }) {
  const [url, setUrl] = useState(null);
  const [image, setImage] = useState(null);
  const [from, setFrom] = useState(null);
  const ref = useRef(null);
  useEffect(() => {
    const made = URL.createObjectURL(photo);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [photo]);
  const point = (event) => {
    const { left, top, width, height } = ref.current.getBoundingClientRect();
    const within = (value) => Math.min(1, Math.max(0, value));
    return [within((event.clientX - left) / width) * image.width, within((event.clientY - top) / height) * image.height];
  };
  const onDown = (event) => {
    if (!marking || !image) return;
    ref.current.setPointerCapture(event.pointerId);
    setFrom(point(event));
  };
  const onMove = (event) => {
    if (!from) return;
    const to = point(event);
    const scale = image.width / ref.current.getBoundingClientRect().width;
    const next = [Math.min(from[0], to[0]), Math.min(from[1], to[1]), Math.max(from[0], to[0]), Math.max(from[1], to[1])].map(Math.round);
    onBox(next[2] - next[0] < SMALL * scale || next[3] - next[1] < SMALL * scale ? null : next);
  };
  const style = box && image && {
    left: `${(100 * box[0]) / image.width}%`,
    top: `${(100 * box[1]) / image.height}%`,
    width: `${(100 * (box[2] - box[0])) / image.width}%`,
    height: `${(100 * (box[3] - box[1])) / image.height}%`,
  };
  return html`<figure class="target">
    <div class="marked" ref=${ref} onPointerDown=${onDown} onPointerMove=${onMove} onPointerUp=${() => setFrom(null)}>
      ${url && html`<img src=${url} alt=${`Photo: ${photo.name}`} draggable=${false} onLoad=${(event) => setImage({ width: event.target.naturalWidth, height: event.target.naturalHeight })} />`}
      ${marking && style && html`<span class="mark colour-1" style=${style}></span>`}
    </div>
    <figcaption class="row">
      <span class="hint">${!marking ? photo.name : box ? `Marked: ${box.join(", ")}` : "Drag around the object, or name it."}</span>
      ${marking && box && html`<button type="button" onClick=${() => onBox(null)}>Remove the mark</button>`}
      <button type="button" onClick=${onRemove}>Another photo</button>
    </figcaption>
  </figure>`;
}
