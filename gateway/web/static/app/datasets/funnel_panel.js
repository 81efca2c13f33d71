/** The funnel as a picture: what entered every gate, what it dropped and why; a reason's bar shows its pairs. */
import { html } from "../core/view.js";
import { read } from "../core/api.js";
import { count, words } from "../core/format.js";
import { Failure, useLoaded, Waiting } from "../core/loading.js";
import { to } from "../core/router.js";
import { plain, useMeanings } from "../viewer/reasons.js";

/** @param {{path: string, name: string}} props */
export function FunnelPanel({ path, name }) {
  const { value, error, loading, again } = useLoaded((signal) => read(`${path}/funnel`, { signal }), [path]);
  if (error) return html`<${Failure} error=${error} again=${again} />`;
  if (loading && !value) return html`<${Waiting} />`;
  const { totals, steps } = value;
  const most = Math.max(1, ...steps.map((step) => step.pairs.entered));
  return html`<section aria-label="Funnel">
    <p>
      ${count(totals.asked, "pair")}: ${totals.survived.toLocaleString("en")} differ and passed every gate,
      ${" "}${totals.dropped.toLocaleString("en")} were dropped${totals.open ? `, ${totals.open} are not decided yet` : ""}${totals.failed ? `, ${totals.failed} failed` : ""}${totals.cancelled ? `, ${totals.cancelled} were cancelled` : ""}.
    </p>
    <ol class="funnel">
      ${steps.map((step) => html`<${Step} key=${step.step} step=${step} most=${most} name=${name} />`)}
    </ol>
  </section>`;
}

function Step({ step, most, name }) {
  const { pairs } = step;
  const drops = Object.entries(pairs.dropped);
  const noted = Object.entries(step.regions.dropped);
  if (!pairs.entered && !noted.length) return null;
  return html`<li>
    <div class="step-name"><strong>${words(step.step)}</strong> <span class="hint">${pairs.entered.toLocaleString("en")} in, ${pairs.left.toLocaleString("en")} out</span></div>
    <div class="flow">
      <span class="passed" style=${{ width: `${(100 * pairs.left) / most}%` }}></span>
      ${drops.map(([code, number]) => html`<a
        key=${code} class="lost" href=${pairsWith(name, code)} style=${{ width: `${(100 * number) / most}%` }}
        aria-label=${`${number} dropped: ${code}. Show them`} title=${code}
      ></a>`)}
    </div>
    ${drops.length + noted.length > 0 &&
    html`<ul class="drops">
      ${drops.map(([code, number]) => html`<${Drop} key=${code} ...${{ code, number, name, what: "pair" }} />`)}
      ${noted.filter(([code]) => !pairs.dropped[code]).map(([code, number]) => html`<${Drop} key=${code} ...${{ code, number, name, what: "place" }} />`)}
    </ul>`}
  </li>`;
}

/** Where the pairs with a reason are shown; where they cannot be, what it means. */
const pairsWith = (name, code) => to(["datasets", name], { reason: code });

function Drop({ code, number, name, what }) {
  const meaning = useMeanings()?.get(code)?.meaning;
  return html`<li>
    <a href=${pairsWith(name, code)}>${count(number, what)} dropped</a>: ${meaning ? plain(meaning) : code}
  </li>`;
}
