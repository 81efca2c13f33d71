/** The record as JSON, and the request as curl and Python, to copy. */
import { html } from "../core/view.js";
import { address } from "../core/api.js";
import { copy } from "../core/notes.js";
import { key } from "../core/session.js";

/** @param {{record: any}} props */
export function Copies({ record }) {
  const ways = {
    JSON: () => JSON.stringify(record, null, 1),
    curl: () => asCurl(record),
    Python: () => asPython(record),
  };
  return html`<p class="row copies">
    Copy as
    ${Object.entries(ways).map(
      ([name, make]) => html`<button key=${name} onClick=${() => copy(make(), name)}>${name}</button>`,
    )}
    <button onClick=${() => copy(link(record), "The link")}>Link</button>
    <a class="button" href=${address(`v1/records/${record.id}/preview`)} onClick=${key.value ? openWithKey : undefined}>Picture</a>
  </p>`;
}

/** A link that shows the record to whoever may see it. */
const link = (record) => new URL(`#/records/${record.id}`, document.baseURI).href;

const root = () => address("").replace(/\/$/, "");

/** The same comparison again. */
function asCurl(record) {
  const body = JSON.stringify({ image1: { asset: record.image1.asset }, image2: { asset: record.image2.asset } });
  return [
    "curl -s -H 'Prefer: wait=30' -H 'Content-Type: application/json' \\",
    ...(key.value ? ['  -H "Authorization: Bearer $IMGDIFF_API_KEY" \\'] : []),
    `  -d '${body}' \\`,
    `  ${root()}/v1/difference-captions`,
  ].join("\n");
}

function asPython(record) {
  return `from imgdiff import Client

with Client(${JSON.stringify(root())}) as client:
    record = client.record(${JSON.stringify(record.id)})
    for region in record.regions:
        if region.kept:
            print(region.box, region.change.value, region.caption)
`;
}

async function openWithKey(event) {
  event.preventDefault();
  const { send } = await import("../core/api.js");
  const answer = await send(new URL(event.target.href).pathname, { headers: { Accept: "image/png" } });
  window.open(URL.createObjectURL(await answer.blob()));
}
