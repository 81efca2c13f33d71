/** The list of jobs, newest first; it renews itself while the tab is seen. */
import { html, useState } from "../core/view.js";
import { read, withQuery } from "../core/api.js";
import { ago, count, duration, percent } from "../core/format.js";
import { Failure, useLoaded, useRepeated, Waiting } from "../core/loading.js";
import { note } from "../core/notes.js";
import { describeProblem, sentence } from "../core/problems.js";
import { go, place, to } from "../core/router.js";
import { FINAL, JOB_STATES } from "./stages.js";

const PAUSE_MS = 3000; // between two looks; chosen, not measured
const KINDS = { "difference-captions": "Comparison", synthesis: "Synthesis" };

export function JobList() {
  const state = place.value.query.get("state") ?? "";
  const [older, setOlder] = useState({ state, jobs: [], cursor: undefined });
  const page = (cursor) => read(withQuery("v1/jobs", { state, cursor, page_size: 50 }));
  const { value, error, loading, again } = useLoaded(() => page(null), [state]);
  useRepeated(again, PAUSE_MS);
  const more = older.state === state ? older : { state, jobs: [], cursor: undefined };
  const cursor = more.cursor === undefined ? value?.next_cursor : more.cursor;
  const fetchMore = async () => {
    const next = await page(cursor).catch((problem) => note(sentence(problem), "bad"));
    if (next) setOlder({ state, jobs: [...more.jobs, ...next.jobs], cursor: next.next_cursor });
  };
  const newest = value?.jobs ?? [];
  const seen = new Set(newest.map((job) => job.id));
  const jobs = [...newest, ...more.jobs.filter((job) => !seen.has(job.id))];
  return html`<section aria-labelledby="jobs-title">
    <div class="row spread">
      <h2 id="jobs-title">All jobs</h2>
      <label>Show <select value=${state} onChange=${(event) => go(["jobs"], { state: event.target.value }, true)}>
        <option value="">all</option>
        ${Object.entries(JOB_STATES).map(([name, text]) => html`<option key=${name} value=${name}>${text.toLowerCase()}</option>`)}
      </select></label>
    </div>
    ${error && html`<${Failure} error=${error} again=${again} />`}
    ${loading && !value && !error && html`<${Waiting} />`}
    ${value && !jobs.length && html`<p class="empty">${state ? "There are no such jobs." : "There are no jobs yet."} <a href=${to([])}>Compare two pictures</a></p>`}
    ${jobs.length > 0 &&
    html`<ul class="jobs">
      ${jobs.map((job) => html`<${JobLine} key=${job.id} job=${job} again=${again} />`)}
    </ul>`}
    ${cursor && html`<button onClick=${fetchMore}>Show older ones</button>`}
  </section>`;
}

function JobLine({ job, again }) {
  const cancel = () =>
    read(`v1/jobs/${job.id}`, { method: "DELETE" }).then(again, (error) => note(sentence(error), "bad"));
  return html`<li class="job">
    <span class=${`state state-${job.state}`}>${JOB_STATES[job.state] ?? job.state}</span>
    <a href=${to(["jobs", job.id])}>${KINDS[job.kind] ?? job.kind}</a>
    <span class="hint">${ago(job.created_at)}</span>
    <span class="about">${about(job)}</span>
    ${!FINAL.has(job.state) && html`<button class="quiet" onClick=${cancel} aria-label=${`Cancel ${job.id}`}>Cancel</button>`}
  </li>`;
}

function about(job) {
  if (job.error) return describeProblem(job.error);
  if (job.state === "running") return `${percent(job.progress)}${left(job)}`;
  if (job.state === "queued") return `${job.queue_position > 0 ? `${count(job.queue_position, "job")} before it` : "next"}${left(job)}`;
  if (job.rejected?.length) return `${count(job.rejected.length, "pair")} refused`;
  if (job.started_at && job.finished_at) return `took ${duration((Date.parse(job.finished_at) - Date.parse(job.started_at)) / 1000)}`;
  return "";
}

const left = (job) => (job.eta_seconds === null ? "" : `, about ${duration(job.eta_seconds)} left`);
