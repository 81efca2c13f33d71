/** Export: a format, what is filtered, and how much has come. */
import { html, useRef, useState } from "../core/view.js";
import { send, withQuery } from "../core/api.js";
import { size } from "../core/format.js";
import { note } from "../core/notes.js";
import { sentence } from "../core/problems.js";

/** Formats with what they are for. */
export const FORMATS = {
  parquet: "Parquet with the pictures inside, for Hugging Face datasets",
  jsonl: "JSON lines, one record a line, flat",
  records: "the whole records as JSON lines",
  llava: "LLaVA conversations",
  internvl: "InternVL conversations",
  imagefolder: "a folder of pictures with metadata",
  webdataset: "WebDataset shards",
  coco: "COCO boxes and masks",
  "label-studio": "Label Studio tasks",
  cvat: "CVAT for images",
  fiftyone: "FiftyOne",
  "data-juicer": "Data-Juicer",
};

/** @param {{path: string, filters: Record<string, string>}} props */
export function ExportPanel({ path, filters }) {
  const [format, setFormat] = useState("parquet");
  const [state, setState] = useState(null);
  const stopping = useRef(null);
  const { order, ...wanted } = filters;
  const run = async () => {
    stopping.current = new AbortController();
    setState({ bytes: 0 });
    try {
      const answer = await send(withQuery(`${path}/export`, { ...wanted, format }), { headers: { Accept: "*/*" }, signal: stopping.current.signal });
      const name = /filename="([^"]+)"/.exec(answer.headers.get("Content-Disposition") ?? "")?.[1] ?? `export.${format}`;
      const bytes = await save(answer, name, (so) => setState({ bytes: so }));
      setState({ bytes, done: true, name });
    } catch (error) {
      setState(null);
      if (error.name !== "AbortError") note(sentence(error), "bad");
    }
  };
  return html`<section aria-label="Export" class="export">
    <p>${Object.keys(wanted).length ? "What is filtered above is exported." : "Every record is exported; filters above choose some."}</p>
    <p class="row">
      <label>Format <select value=${format} onChange=${(event) => setFormat(event.target.value)}>
        ${Object.entries(FORMATS).map(([name, text]) => html`<option key=${name} value=${name}>${name}: ${text}</option>`)}
      </select></label>
      <button class="primary" onClick=${run} disabled=${state && !state.done}>Export</button>
      ${state && !state.done && html`<button onClick=${() => stopping.current.abort()}>Stop</button>`}
    </p>
    ${state &&
    html`<p role="status">
      ${state.done ? `${state.name} is complete: ${size(state.bytes)}.` : html`<progress aria-label="Export"></progress> ${size(state.bytes)} so far …`}
    </p>`}
  </section>`;
}

/** Write an answer into a file of this name, and report how much of it has come. */
async function save(answer, name, onBytes) {
  let bytes = 0;
  const counted = answer.body.pipeThrough(
    new TransformStream({
      transform(chunk, out) {
        bytes += chunk.length;
        onBytes(bytes);
        out.enqueue(chunk);
      },
    }),
  );
  const blob = await new Response(counted).blob();
  const url = URL.createObjectURL(blob);
  const link = Object.assign(document.createElement("a"), { href: url, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
  return bytes;
}
