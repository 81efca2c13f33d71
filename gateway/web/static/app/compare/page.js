/** Compare: two pictures in, an answer out. */
import { html, useLayoutEffect, useRef, useState } from "../core/view.js";
import { read, upload } from "../core/api.js";
import { percent } from "../core/format.js";
import { sentence } from "../core/problems.js";
import { go } from "../core/router.js";
import { filesOf, put, refuse } from "./choosing.js";
import { Slot } from "./slot.js";

let kept = [null, null]; // so that the pictures are still there when one comes back to this page

export function Page() {
  const [chosen, setChosen] = useState(kept);
  const [problems, setProblems] = useState([]);
  const [sent, setSent] = useState(null);
  const stopping = useRef(null);
  const change = (next) => setChosen((kept = next));

  const take = async (files, meant = null) => {
    if (!files.length) return;
    const refusals = await Promise.all(files.map(refuse));
    const more = files.length > 2 ? [`A pair has two pictures; of the ${files.length} the first two are taken.`] : [];
    setProblems([...refusals.filter(Boolean), ...more]);
    change(put(kept, files.filter((_, at) => !refusals[at]), meant));
  };
  useDocument("paste", (event) => take(filesOf(event.clipboardData)));
  useDocument("dragover", (event) => event.preventDefault());
  useDocument("drop", (event) => (event.preventDefault(), take(filesOf(event.dataTransfer))));

  const submit = async (event) => {
    event.preventDefault();
    setProblems([]);
    stopping.current = new AbortController();
    setSent(0);
    try {
      const job = await begin(chosen, setSent, stopping.current.signal);
      go(["jobs", job.id]);
    } catch (error) {
      if (error.name !== "AbortError") setProblems([sentence(error)]);
    } finally {
      setSent(null);
    }
  };

  return html`<h1>What changed between two pictures?</h1>
    <form class="compare" onSubmit=${submit}>
      <div class="slots">
        ${[0, 1].map(
          (at) => html`<${Slot}
            key=${at} at=${at} chosen=${chosen[at]} onFiles=${(files) => take(files, at)}
            onUrl=${(url) => change(kept.with(at, url))} onClear=${() => change(kept.with(at, null))}
          />`,
        )}
      </div>
      <div role="alert">
        ${problems.map((text) => html`<p key=${text} class="failure">${text}</p>`)}
      </div>
      <div class="row">
        <button class="primary" type="submit" disabled=${!chosen[0] || !chosen[1] || sent !== null}>Compare</button>
        <button type="button" disabled=${!chosen[0] && !chosen[1]} onClick=${() => change([chosen[1], chosen[0]])}>Swap</button>
        ${sent !== null &&
        html`<progress value=${sent} max="1" aria-label="Sending"></progress>
          <span role="status">${sent < 1 ? `Sending: ${percent(sent)}` : "Sent. The server reads the pictures …"}</span>
          <button type="button" onClick=${() => stopping.current.abort()}>Stop</button>`}
      </div>
    </form>`;
}

function useDocument(name, listen) {
  const latest = useRef(listen);
  latest.current = listen;
  useLayoutEffect(() => {
    const call = (event) => latest.current(event);
    document.addEventListener(name, call);
    return () => document.removeEventListener(name, call);
  }, []);
}

/** Submit the pair; one of files is a form, and where one is named by URL the other is sent before. */
async function begin(chosen, onShare, signal) {
  if (chosen.every((one) => one instanceof File)) {
    const form = new FormData();
    chosen.forEach((file, at) => form.append(`image${at + 1}`, file, file.name || "pasted.png"));
    return upload("v1/difference-captions", form, onShare, signal);
  }
  const references = await Promise.all(chosen.map((one) => reference(one, onShare, signal)));
  return read("v1/difference-captions", { method: "POST", json: { image1: references[0], image2: references[1] }, signal });
}

async function reference(one, onShare, signal) {
  if (typeof one === "string") return { url: one };
  const form = new FormData();
  form.append("image", one, one.name || "pasted.png");
  return { asset: (await upload("v1/assets", form, onShare, signal)).id };
}
