/** One job: live while it runs, then its records, or why there are none. */
import { html, useState } from "../core/view.js";
import { read } from "../core/api.js";
import { ago, count } from "../core/format.js";
import { Failure, Waiting } from "../core/loading.js";
import { note } from "../core/notes.js";
import { describeProblem, sentence } from "../core/problems.js";
import { to } from "../core/router.js";
import { Reasons } from "../viewer/reasons.js";
import { Viewer } from "../viewer/viewer.js";
import { Sheet } from "./sheet.js";
import { useJob } from "./following.js";
import { FINAL, Progress } from "./stages.js";

const KINDS = { "difference-captions": "Comparison", synthesis: "Synthesis" };

/** @param {{id: string}} props */
export function JobPage({ id }) {
  const { job, error, lost, again } = useJob(id);
  const done = job?.state === "succeeded";
  return html`
    <p class="crumbs"><a href=${to(["jobs"])}>Jobs</a></p>
    <h1>${KINDS[job?.kind] ?? "Job"}</h1>
    ${error && html`<${Failure} error=${error} again=${error.status === 404 ? undefined : again} />`}
    ${!job && !error && html`<${Waiting} />`}
    ${job &&
    html`
      ${!done && html`<${Progress} job=${job} lost=${lost} />`}
      ${!FINAL.has(job.state) && html`<${Cancel} job=${job} />`}
      ${FINAL.has(job.state) && !done && html`<${Ended} job=${job} />`}
      ${job.kind === "synthesis" ? html`<${Sheet} job=${job} />` : html`<${Comparison} job=${job} />`}
      <p class="hint job-line"><code>${job.id}</code> · ${ago(job.created_at)} · <a href=${to([])}>Compare other pictures</a></p>
    `}
  `;
}

function Comparison({ job }) {
  return html`
    ${job.records.map((record) => html`<${Viewer} key=${record.id} record=${record} />`)}
    ${job.rejected.map(
      (one) => html`<section key=${one.index} class="failure">
        <p>No record was kept of this pair:</p>
        <${Reasons} reasons=${one.reasons} />
      </section>`,
    )}
  `;
}

function Cancel({ job }) {
  const [asked, setAsked] = useState(false);
  const cancel = () => {
    setAsked(true);
    read(`v1/jobs/${job.id}`, { method: "DELETE" }).catch((error) => (note(sentence(error), "bad"), setAsked(false)));
  };
  return html`<p class="row"><button onClick=${cancel} disabled=${asked}>${asked ? "Cancelling …" : "Cancel"}</button></p>`;
}

function Ended({ job }) {
  const text = {
    cancelled: "The job was cancelled.",
    expired: "The job took longer than it was given, and expired.",
    failed: "The job failed.",
  }[job.state];
  return html`<section class="failure" role="alert">
    <p>${text} ${job.error && describeProblem(job.error)}</p>
    <p><a href=${to([])}>Try again with ${job.kind === "synthesis" ? "another photo" : count(2, "picture")}</a></p>
  </section>`;
}
