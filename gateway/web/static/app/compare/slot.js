/** The place of one of the two pictures. */
import { classes, html, useEffect, useRef, useState } from "../core/view.js";
import { size } from "../core/format.js";
import { ACCEPTED, filesOf, URLS } from "./choosing.js";

/** @param {{at: number, title?: string, chosen: any, onFiles: (files: File[]) => void, onUrl: (url: string) => void, onClear: () => void}} props */
export function Slot({ at, title, chosen, onFiles, onUrl, onClear }) {
  const input = useRef(null);
  const [over, setOver] = useState(false);
  const name = title ?? (at === 0 ? "Before" : "After");
  const drop = (event) => {
    event.preventDefault();
    event.stopPropagation();
    setOver(false);
    onFiles(filesOf(event.dataTransfer));
  };
  return html`<div
    class=${classes("slot", over && "over", chosen && "filled")}
    onDragOver=${(event) => (event.preventDefault(), setOver(true))} onDragLeave=${() => setOver(false)} onDrop=${drop}
  >
    <h2>${name}</h2>
    ${chosen
      ? html`<${Chosen} chosen=${chosen} name=${name} />`
      : html`<p class="hint">Drop a picture here, paste one, or</p>`}
    <div class="row">
      <button type="button" onClick=${() => input.current.click()}>${chosen ? "Another one" : "Choose a picture"}</button>
      ${chosen && html`<button type="button" onClick=${onClear} aria-label=${`Remove ${name.toLowerCase()}`}>Remove</button>`}
    </div>
    <input
      ref=${input} type="file" accept=${ACCEPTED} multiple class="hidden-input" tabindex="-1" aria-label=${`${name}: file`}
      onChange=${(event) => (onFiles([...event.target.files]), (event.target.value = ""))}
    />
    ${URLS && !chosen && !title && html`<${ByUrl} name=${name} onUrl=${onUrl} />`}
  </div>`;
}

function Chosen({ chosen, name }) {
  const [url, setUrl] = useState(null);
  const [seen, setSeen] = useState(true);
  useEffect(() => {
    if (typeof chosen === "string") return undefined;
    const made = URL.createObjectURL(chosen);
    setUrl(made);
    setSeen(true);
    return () => URL.revokeObjectURL(made);
  }, [chosen]);
  if (typeof chosen === "string") return html`<p class="chosen-url">${chosen}</p>`;
  return html`<figure class="chosen">
    ${url && seen && html`<img src=${url} alt=${`${name}: ${chosen.name}`} onError=${() => setSeen(false)} />`}
    ${!seen && html`<p class="hint">The browser cannot show this file; the server may.</p>`}
    <figcaption>${chosen.name || "Pasted picture"} <span class="hint">${size(chosen.size)}</span></figcaption>
  </figure>`;
}

function ByUrl({ name, onUrl }) {
  const [url, setUrl] = useState("");
  return html`<form class="row" onSubmit=${(event) => (event.preventDefault(), url && onUrl(url))}>
    <input type="url" value=${url} placeholder="https://…" aria-label=${`${name}: address of a picture`} onInput=${(event) => setUrl(event.target.value)} />
    <button type="submit">Use</button>
  </form>`;
}
