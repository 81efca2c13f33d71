/** How right a dataset is, by its reviews: precision with intervals, agreement, and the threshold for a wanted precision. */
import { html, useState } from "../core/view.js";
import { read, withQuery } from "../core/api.js";
import { count, percent, score, words } from "../core/format.js";
import { Failure, useLoaded, Waiting } from "../core/loading.js";
import { to } from "../core/router.js";
import { Bar } from "./bars.js";

/** @param {{path: string, name: string}} props */
export function QualityPanel({ path, name }) {
  const [wanted, setWanted] = useState("0.9");
  const asked = withQuery(`${path}/quality`, { precision: wanted });
  const { value, error, loading, again } = useLoaded((signal) => read(asked, { signal }), [asked]);
  if (error) return html`<${Failure} error=${error} again=${again} />`;
  if (loading && !value) return html`<${Waiting} />`;
  const { overall, threshold, minimum } = value;
  return html`<section aria-label="Quality">
    <h2>Reviews</h2>
    <${Bar} parts=${value.reviews} />
    <p>
      ${overall.precision === null
        ? `Of ${count(overall.reviewed, "reviewed record")} ${overall.right} are right. A precision is given from ${minimum} reviews on.`
        : `Of ${count(overall.reviewed, "reviewed record")} ${overall.right} are right: ${interval(overall)}.`}
      ${" "}<a href=${to(["review", name])}>Review more</a>
    </p>
    <h2>Least confidence for a wanted precision</h2>
    <p class="row"><label>Wanted precision <select value=${wanted} onChange=${(event) => setWanted(event.target.value)}>
      ${["0.8", "0.9", "0.95", "0.99"].map((one) => html`<option key=${one} value=${one}>${percent(Number(one))}</option>`)}
    </select></label></p>
    ${threshold &&
    html`<p role="status">${threshold.confidence === null
      ? threshold.missing
      : html`At a confidence of ${score(threshold.confidence)} or more: ${interval(threshold)}; ${count(threshold.kept, "record")} are left.
          ${" "}<a href=${to(["datasets", name], { min_confidence: threshold.confidence })}>Show them</a>`}</p>`}
    <div class="columns">
      <${Precisions} title="By kind of change" rows=${value.changes.map((one) => [words(one.change), one])} />
      <${Precisions} title="By confidence" rows=${value.buckets.filter((one) => one.reviewed).map((one) => [`${percent(one.least)} to ${percent(one.most)}`, one])} />
      ${value.agreement.length > 0 &&
      html`<section class="counts"><h3>Agreement of reviewers</h3><table><tbody>
        ${value.agreement.map((one) => html`<tr key=${one.reviewers.join()}>
          <th scope="row">${one.reviewers.join(" and ")}</th><td>${percent(one.agreement)} of ${one.records}</td><td>kappa ${score(one.kappa)}</td>
        </tr>`)}
      </tbody></table></section>`}
      ${Object.entries(value.ratings).map(([name, counts]) => Object.values(counts).some(Boolean) && html`<section key=${name} class="counts"><h3>Rated: ${name}</h3><${Bar} parts=${counts} /></section>`)}
    </div>
  </section>`;
}

const interval = (one) => `${percent(one.precision)} (${percent(one.low)} to ${percent(one.high)})`;

function Precisions({ title, rows }) {
  if (!rows.length) return null;
  return html`<section class="counts"><h3>${title}</h3><table><tbody>
    ${rows.map(([name, one]) => html`<tr key=${name}>
      <th scope="row">${name}</th><td class="number">${one.right} / ${one.reviewed}</td>
      <td>${one.precision === null ? html`<span class="hint">too few</span>` : interval(one)}</td>
    </tr>`)}
  </tbody></table></section>`;
}
