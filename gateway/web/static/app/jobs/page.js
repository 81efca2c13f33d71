/** Jobs: what runs, waits and failed, what was given up, and whether the services are well. */
import { html } from "../core/view.js";
import { place } from "../core/router.js";
import { JobPage } from "./job.js";
import { JobList } from "./list.js";
import { DeadLetters } from "./dead_letters.js";
import { Health } from "./health.js";

export function Page() {
  const [id] = place.value.rest;
  if (id) return html`<${JobPage} key=${id} id=${id} />`;
  return html`<h1>Jobs</h1>
    <${Health} />
    <${JobList} />
    <${DeadLetters} />`;
}
