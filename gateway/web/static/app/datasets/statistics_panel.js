/** What the records of a dataset hold. */
import { html } from "../core/view.js";
import { read, withQuery } from "../core/api.js";
import { count, percent } from "../core/format.js";
import { Failure, useLoaded, Waiting } from "../core/loading.js";
import { to } from "../core/router.js";
import { Counts } from "./bars.js";

/** @param {{path: string, name: string, filters: Record<string, string>}} props */
export function StatisticsPanel({ path, name, filters }) {
  const { order, ...wanted } = filters;
  const asked = withQuery(`${path}/statistics`, { ...wanted, top: 15 });
  const { value, error, loading, again } = useLoaded((signal) => read(asked, { signal }), [asked]);
  if (error) return html`<${Failure} error=${error} again=${again} />`;
  if (loading && !value) return html`<${Waiting} />`;
  const link = (field) => (text) => to(["datasets", name], { ...filters, [field]: text });
  const rows = (counts) => Object.entries(counts).sort((a, b) => b[1] - a[1]);
  return html`<section aria-label="Statistics">
    <p>
      ${count(value.records, "record")}, ${count(value.images, "picture")} of ${count(value.scenes, "scene")},
      ${" "}${count(value.regions.kept, "difference")}${value.verified === null ? "" : `; of their sentences ${percent(value.verified)} are verified`}.
       <a href=${to(["datasets", name], { reason: "record.duplicate" })}>Near-duplicates</a>
    </p>
    <div class="columns">
      <${Counts} title="Verdicts" rows=${rows(value.verdicts)} href=${link("verdict")} />
      <${Counts} title="Kinds of change" rows=${rows(value.changes)} href=${link("change")} />
      <${Counts} title="Objects" rows=${value.objects.top.map((one) => [one.name, one.count])} href=${link("label")} />
      <${Counts} title="Replaced" rows=${value.replacements.top.map((one) => [`${one.before} → ${one.after}`, one.count])} />
      <${Counts} title="Differences in a record" rows=${Object.entries(value.regions.per_record)} />
      <${Counts} title="Size of differences" rows=${["small", "medium", "large"].map((one) => [one, value.boxes[one]])} />
      <${Counts} title="Edits" rows=${rows(value.edits)} />
    </div>
  </section>`;
}
