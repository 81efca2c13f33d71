/** Synthesise: a photo or a caption in, edited pairs out. */
import { html, useRef, useState } from "../core/view.js";
import { upload } from "../core/api.js";
import { percent } from "../core/format.js";
import { sentence } from "../core/problems.js";
import { go } from "../core/router.js";
import { refuse } from "../compare/choosing.js";
import { Slot } from "../compare/slot.js";
import { Target } from "./target.js";

const OPERATIONS = {
  remove: { text: "Remove an object", target: true },
  replace: { text: "Replace an object", target: true, replacement: "by what" },
  add: { text: "Add an object", replacement: "what" },
  recolour: { text: "Change an object's colour", target: true, replacement: "new colour" },
  move: { text: "Move an object", target: true },
  recount: { text: "Change how many there are", target: true },
};

let last = { photo: null, fields: { operation: "remove", target: "", replacement: "", caption: "", count: "4", seed: "" }, box: null };

export function Page() {
  const [{ photo, fields, box }, setState] = useState(last);
  const [problem, setProblem] = useState(null);
  const [sent, setSent] = useState(null);
  const stopping = useRef(null);
  const change = (more) => setState((last = { ...last, ...more }));
  const set = (name) => (event) => change({ fields: { ...last.fields, [name]: event.target.value } });
  const operation = OPERATIONS[fields.operation];
  const take = async ([file]) => {
    const refusal = await refuse(file);
    setProblem(refusal);
    if (!refusal) change({ photo: file, box: null });
  };
  const submit = async (event) => {
    event.preventDefault();
    setProblem(null);
    setSent(0);
    stopping.current = new AbortController();
    try {
      const job = await upload("v1/syntheses", toForm(photo, fields, operation.target ? box : null), setSent, stopping.current.signal);
      go(["jobs", job.id]);
    } catch (error) {
      if (error.name !== "AbortError") setProblem(sentence(error));
    } finally {
      setSent(null);
    }
  };
  return html`<h1>Make pairs that differ in one thing</h1>
    <form class="synthesise" onSubmit=${submit}>
      <div>
        ${photo
          ? html`<${Target} photo=${photo} box=${box} marking=${Boolean(operation.target)} onBox=${(next) => change({ box: next })} onRemove=${() => change({ photo: null, box: null })} />`
          : html`<${Slot} at=${0} title="Photo" chosen=${null} onFiles=${take} onUrl=${() => null} onClear=${() => null} />`}
      </div>
      <div class="fields">
        <label>Edit <select value=${fields.operation} onChange=${set("operation")}>
          ${Object.entries(OPERATIONS).map(([name, { text }]) => html`<option key=${name} value=${name}>${text}</option>`)}
        </select></label>
        ${operation.target && html`<label>Object <input value=${fields.target} onInput=${set("target")} placeholder=${box ? "what you marked, such as cup" : "chosen by imgdiff"} maxlength="200" /></label>`}
        ${operation.replacement && html`<label>${operation.replacement[0].toUpperCase() + operation.replacement.slice(1)} <input value=${fields.replacement} onInput=${set("replacement")} maxlength="200" /></label>`}
        <label>Caption of the photo <input value=${fields.caption} onInput=${set("caption")} placeholder=${photo ? "not needed" : "instead of a photo, where the server can draw"} maxlength="2000" /></label>
        <div class="pairwise">
          <label>Pairs <input type="number" min="1" max="64" required value=${fields.count} onInput=${set("count")} /></label>
          <label>Seed <input type="number" min="0" max="4294967295" value=${fields.seed} onInput=${set("seed")} placeholder="drawn" /></label>
        </div>
        <div role="alert">${problem && html`<p class="failure">${problem}</p>`}</div>
        <div class="row">
          <button class="primary" type="submit" disabled=${(!photo && !fields.caption) || sent !== null}>Make ${fields.count === "1" ? "a pair" : "pairs"}</button>
          ${sent !== null && html`<progress value=${sent} max="1" aria-label="Sending"></progress><span role="status">Sending: ${percent(sent)}</span>
            <button type="button" onClick=${() => stopping.current.abort()}>Stop</button>`}
        </div>
        <p class="hint">Every pair goes through the same checks as an uploaded one; what is refused comes back with its reason.</p>
      </div>
    </form>`;
}

function toForm(photo, fields, box) {
  const form = new FormData();
  if (photo) form.append("image", photo, photo.name || "photo.png");
  const { target, replacement } = OPERATIONS[fields.operation];
  const given = { ...fields, target: target ? fields.target : "", replacement: replacement ? fields.replacement : "" };
  Object.entries(given).forEach(([name, value]) => value.trim() && form.append(name, value.trim()));
  if (box) form.append("target_box", JSON.stringify(box));
  return form;
}
