/** How far a job is: its stages, its share, and how long it will take. */
import { html } from "../core/view.js";
import { duration, percent } from "../core/format.js";

const STAGES = { editing: "Editing the photo", detection: "Finding differences", captioning: "Describing them" };
const STATES = {
  pending: "to come",
  queued: "waiting",
  running: "running",
  succeeded: "done",
  failed: "failed",
  cancelled: "cancelled",
};

/** What a state of a job means, in words. */
export const JOB_STATES = {
  queued: "Waiting",
  running: "Running",
  succeeded: "Done",
  failed: "Failed",
  cancelled: "Cancelled",
  expired: "Expired",
};

export const FINAL = new Set(["succeeded", "failed", "cancelled", "expired"]);

/** @param {{job: any, lost?: boolean}} props */
export function Progress({ job, lost }) {
  return html`<section class="progress" aria-label="Progress">
    <p role="status">
      <strong>${JOB_STATES[job.state] ?? job.state}</strong>
      ${job.state === "queued" && job.queue_position > 0 && `, ${job.queue_position} before it`}
      ${!FINAL.has(job.state) && job.eta_seconds !== null && `, about ${duration(job.eta_seconds)} left`}
      ${lost && " · The connection is lost; trying again …"}
    </p>
    <progress value=${job.progress} max="1" aria-label="Share that is done">${percent(job.progress)}</progress>
    <ol class="stages">
      ${job.stages.map(
        (stage) => html`<li key=${stage.name} class=${`stage-${stage.state}`}>
          <span>${STAGES[stage.name] ?? stage.name}</span>
          <span class="hint">${STATES[stage.state] ?? stage.state}${stage.seconds === null ? "" : `, ${duration(stage.seconds)}`}${stage.attempts > 1 ? `, ${stage.attempts} attempts` : ""}</span>
        </li>`,
      )}
    </ol>
  </section>`;
}
