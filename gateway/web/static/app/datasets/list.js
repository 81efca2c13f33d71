/** All datasets. */
import { html, useState } from "../core/view.js";
import { read, withQuery } from "../core/api.js";
import { count } from "../core/format.js";
import { Failure, useLoaded, Waiting } from "../core/loading.js";
import { sentence } from "../core/problems.js";
import { go, to } from "../core/router.js";
import { Bar } from "./bars.js";

export function DatasetList() {
  const [cursor, setCursor] = useState(null);
  const { value, error, loading, again } = useLoaded((signal) => read(withQuery("v1/datasets", { cursor, page_size: 50 }), { signal }), [cursor]);
  return html`<h1>Datasets</h1>
    ${error && html`<${Failure} error=${error} again=${again} />`}
    ${loading && !value && !error && html`<${Waiting} />`}
    ${value?.datasets.length === 0 && html`<p class="empty">There is no dataset yet. Every pair that is compared becomes a record of one: <a href=${to([])}>compare two pictures</a>.</p>`}
    ${value &&
    html`<ul class="datasets">
      ${value.datasets.map(
        (one) => html`<li key=${one.name}>
          <h2><a href=${to(["datasets", one.name])}>${one.name}</a></h2>
          ${one.description && html`<p>${one.description}</p>`}
          <p>${count(one.records, "record")} <a href=${to(["review", one.name])}>Review</a></p>
          <${Bar} parts=${one.verdicts} />
        </li>`,
      )}
    </ul>`}
    ${(value?.next_cursor || cursor) &&
    html`<p class="row">
      ${cursor && html`<button onClick=${() => setCursor(null)}>First page</button>`}
      ${value?.next_cursor && html`<button onClick=${() => setCursor(value.next_cursor)}>Next page</button>`}
    </p>`}
    <${NewDataset} />`;
}

function NewDataset() {
  const [name, setName] = useState("");
  const [problem, setProblem] = useState(null);
  const create = (event) => {
    event.preventDefault();
    setProblem(null);
    read("v1/datasets", { method: "POST", json: { name } }).then(
      () => go(["datasets", name]),
      (error) => setProblem(sentence(error)),
    );
  };
  return html`<form class="row" onSubmit=${create}>
    <label for="new-dataset">New dataset</label>
    <input id="new-dataset" value=${name} onInput=${(event) => setName(event.target.value)} autocomplete="off" />
    <button type="submit" disabled=${!name}>Create</button>
    ${problem && html`<span class="failure" role="alert">${problem}</span>`}
  </form>`;
}
