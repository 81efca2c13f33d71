/** One record by its address: `#/records/ID`. */
import { html } from "../core/view.js";
import { read } from "../core/api.js";
import { Failure, useLoaded, Waiting } from "../core/loading.js";
import { place } from "../core/router.js";
import { note } from "../core/notes.js";
import { Reviewing } from "../review/reviewing.js";

export function Page() {
  const id = place.value.rest[0] ?? "";
  const { value, error, loading, again } = useLoaded((signal) => read(`v1/records/${encodeURIComponent(id)}`, { signal }), [id]);
  return html`<h1>Record</h1>
    ${error && html`<${Failure} error=${error} again=${again} />`}
    ${loading && !value && html`<${Waiting} />`}
    ${value && value.id === id && html`<${Reviewing} key=${value.id} record=${value} onDecided=${() => note("Stored.")} onConflict=${again} />`}`;
}
