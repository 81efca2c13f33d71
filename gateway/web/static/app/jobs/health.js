/** Whether the server and its services are well, and which models they run on what. */
import { html } from "../core/view.js";
import { address, read } from "../core/api.js";
import { useLoaded, useRepeated } from "../core/loading.js";
import { offline } from "../core/problems.js";

const PAUSE_MS = 10000; // between two looks; chosen, not measured

/** Readiness is answered 503 with the same document, which is no problem document. */
async function ready(signal) {
  const answer = await fetch(address("readyz"), { signal }).catch((error) => {
    throw error.name === "AbortError" ? error : offline();
  });
  return answer.json();
}

export function Health() {
  const readiness = useLoaded(ready, []);
  const models = useLoaded((signal) => read("v1/models", { signal }), []);
  useRepeated(() => (readiness.again(), models.again()), PAUSE_MS);
  const checks = readiness.value;
  const troubles = Object.entries(checks?.checks ?? {}).filter(([, said]) => said !== "ok");
  return html`<section aria-labelledby="health-title">
    <h2 id="health-title">Services</h2>
    ${readiness.error && html`<p class="failure">${readiness.error.message}</p>`}
    ${checks && !troubles.length && html`<p class="well">Everything answers.</p>`}
    ${troubles.length > 0 &&
    html`<div class="failure" role="alert">
      <p>${checks.ready ? "Jobs are accepted, but some will be late:" : "No job can be accepted now:"}</p>
      <ul>${troubles.map(([name, said]) => html`<li key=${name}><strong>${name}</strong>: ${said}</li>`)}</ul>
    </div>`}
    ${models.value &&
    html`<ul class="services">
      ${models.value.services.map(
        (one) => html`<li key=${one.service} class=${one.ready ? "up" : "down"}>
          <h3>${one.service}</h3>
          <p>${one.ready ? "Ready" : one.backend ? "Warming up" : "Does not answer"}${one.backend ? `: ${one.backend} on ${one.device}` : ""}</p>
          ${one.models.length > 0 &&
          html`<details>
            <summary>${one.models.length === 1 ? "1 model" : `${one.models.length} models`}</summary>
            <ul>${one.models.map((model) => html`<li key=${model.name}>${model.name} ${model.version} <span class="hint">${model.licence}</span></li>`)}</ul>
          </details>`}
        </li>`,
      )}
    </ul>`}
  </section>`;
}
