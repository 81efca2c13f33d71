/** Datasets: the list of them, or one with its pairs, funnel, scores and export. */
import { html } from "../core/view.js";
import { place } from "../core/router.js";
import { DatasetPage } from "./dataset.js";
import { DatasetList } from "./list.js";

export function Page() {
  const [name] = place.value.rest;
  return name ? html`<${DatasetPage} key=${name} name=${name} />` : html`<${DatasetList} />`;
}
