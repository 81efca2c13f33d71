/** One dataset: its pairs, its funnel, its scores, what it holds, and its export. */
import { html } from "../core/view.js";
import { read } from "../core/api.js";
import { count } from "../core/format.js";
import { Failure, useLoaded } from "../core/loading.js";
import { place, to } from "../core/router.js";
import { Bar } from "./bars.js";
import { ExportPanel } from "./export_panel.js";
import { Filters, filtersOf } from "./filters.js";
import { FunnelPanel } from "./funnel_panel.js";
import { Grid } from "./grid.js";
import { QualityPanel } from "./quality_panel.js";
import { ScoresPanel } from "./scores_panel.js";
import { StatisticsPanel } from "./statistics_panel.js";

const VIEWS = {
  pairs: "Pairs",
  funnel: "Funnel",
  scores: "Scores",
  statistics: "Statistics",
  quality: "Quality",
  export: "Export",
};

/** @param {{name: string}} props */
export function DatasetPage({ name }) {
  const { query } = place.value;
  const view = VIEWS[query.get("view")] ? query.get("view") : "pairs";
  const filters = filtersOf(query);
  const path = `v1/datasets/${encodeURIComponent(name)}`;
  const { value, error, again } = useLoaded((signal) => read(path, { signal }), [path]);
  return html`
    <p class="crumbs"><a href=${to(["datasets"])}>Datasets</a></p>
    <h1>${name}</h1>
    ${error && html`<${Failure} error=${error} again=${again} />`}
    ${value &&
    html`
      ${value.description && html`<p>${value.description}</p>`}
      <div class="row"><span>${count(value.records, "record")}</span> <a class="button" href=${to(["review", name], filters)}>Review${Object.keys(filters).length ? " these" : ""}</a></div>
      <${Bar} parts=${value.verdicts} />
      <nav class="tabs" aria-label="Views of the dataset">
        ${Object.entries(VIEWS).map(
          ([id, title]) => html`<a
            key=${id} href=${to(["datasets", name], { ...filters, view: id === "pairs" ? "" : id })}
            aria-current=${id === view ? "page" : undefined}
          >${title}</a>`,
        )}
      </nav>
      ${["pairs", "statistics", "export"].includes(view) && html`<${Filters} name=${name} view=${view} filters=${filters} />`}
      ${view === "pairs" && html`<${Grid} path=${path} filters=${filters} />`}
      ${view === "funnel" && html`<${FunnelPanel} path=${path} name=${name} />`}
      ${view === "scores" && html`<${ScoresPanel} path=${path} name=${name} />`}
      ${view === "statistics" && html`<${StatisticsPanel} path=${path} name=${name} filters=${filters} />`}
      ${view === "quality" && html`<${QualityPanel} path=${path} name=${name} />`}
      ${view === "export" && html`<${ExportPanel} path=${path} filters=${filters} />`}
    `}
  `;
}
