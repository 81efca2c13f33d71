/** Scores with the thresholds in force, and how many pairs would pass at another one. */
import { html, useEffect, useMemo, useState } from "../core/view.js";
import { read, withQuery } from "../core/api.js";
import { count, score } from "../core/format.js";
import { Failure, useLoaded, Waiting } from "../core/loading.js";
import { plain, useMeanings } from "../viewer/reasons.js";
import { Histogram } from "./histogram.js";
import { to } from "../core/router.js";

const PAUSE_MS = 250; // after the last move before the server is asked; chosen, not measured
const OF_PAIRS = new Set(["pair.too_different", "pair.too_similar"]); // gates on the similarity of whole pictures

/** @param {{path: string, name: string}} props */
export function ScoresPanel({ path, name }) {
  const load = (signal) => Promise.all([read(`${path}/funnel`, { signal }), read(`${path}/statistics?top=0`, { signal })]);
  const { value, error, loading, again } = useLoaded(load, [path]);
  if (error) return html`<${Failure} error=${error} again=${again} />`;
  if (loading && !value) return html`<${Waiting} />`;
  const [funnel, statistics] = value;
  return html`<section aria-label="Scores">
    <${Confidence} histogram=${statistics.confidence} name=${name} />
    <${Gates} path=${path} funnel=${funnel} similarity=${statistics.similarity} />
  </section>`;
}

/** How sure the verdicts are, and how many records would be left above a line. */
function Confidence({ histogram, name }) {
  const [least, setLeast] = useState(0.9);
  const left = above(histogram, least);
  const all = histogram.counts.reduce((sum, one) => sum + one, 0);
  if (!all) return html`<h2>Confidence</h2><p class="empty">No record has a confidence.</p>`;
  return html`<h2>Confidence in the verdict</h2>
    <${Histogram} histogram=${histogram} value=${least} onValue=${setLeast} marks=${[]} label="Least confidence" />
    <p>About ${left.toLocaleString("en")} of ${count(all, "record")} are at least ${Math.round(least * 100)} % sure.
      ${" "}<a href=${to(["datasets", name], { min_confidence: least })}>Show them</a></p>`;
}

/** Values at or above a line, as far as bins tell. */
function above({ edges, counts }, line) {
  const shares = counts.map((number, at) => {
    const [low, high] = [edges[at], edges[at + 1]];
    return number * Math.min(1, Math.max(0, (high - line) / (high - low || 1)));
  });
  return Math.round(shares.reduce((sum, one) => sum + one, 0));
}

function Gates({ path, funnel, similarity }) {
  const gates = useMemo(() => Object.assign({}, ...funnel.steps.map((step) => step.thresholds)), [funnel]);
  const codes = Object.keys(gates);
  const [code, setCode] = useState(codes.find((one) => OF_PAIRS.has(one)) ?? codes[0]);
  const meanings = useMeanings();
  if (!codes.length) return html`<h2>Gates</h2><p class="empty">No pair has been through a gate yet.</p>`;
  return html`<h2>What if a gate had another threshold?</h2>
    <p class="row"><label>Gate <select value=${code} onChange=${(event) => setCode(event.target.value)}>
      ${codes.map((one) => html`<option key=${one} value=${one}>${one}</option>`)}
    </select></label></p>
    ${meanings?.get(code) && html`<p>${plain(meanings.get(code).meaning)}</p>`}
    <${WhatIf} key=${code} ...${{ path, code, funnel, inForce: gates[code] }} histogram=${OF_PAIRS.has(code) ? similarity : null} />`;
}

function WhatIf({ path, code, funnel, inForce, histogram }) {
  const [value, setValue] = useState(inForce[0]);
  const [answer, setAnswer] = useState(null);
  const moved = !inForce.includes(value);
  const asked = withQuery(`${path}/funnel`, { threshold: `${code}:${value}` });
  useEffect(() => {
    if (!moved) return setAnswer(null);
    const leaving = new AbortController();
    const timer = setTimeout(
      () => read(asked, { signal: leaving.signal }).then((one) => setAnswer({ asked, what: one.what_if }), (error) => leaving.signal.aborted || setAnswer({ asked, error })),
      PAUSE_MS,
    );
    return () => (clearTimeout(timer), leaving.abort());
  }, [asked, moved]);
  const current = answer?.asked === asked ? answer : null;
  return html`
    <${Histogram} histogram=${histogram} range=${rangeOf(inForce)} value=${value} onValue=${setValue} marks=${inForce} label=${`Threshold of ${code}`} />
    <p role="status">
      ${!moved && html`${score(value, 4)} is in force: ${count(funnel.totals.survived, "pair")} and ${count(funnel.regions, "place")} pass.`}
      ${moved && !current && "Counting …"}
      ${current?.what && html`At ${score(value, 4)}, <strong>${count(current.what.totals.survived, "pair")}</strong> and ${count(current.what.regions, "place")} would pass; now it is ${funnel.totals.survived.toLocaleString("en")} and ${funnel.regions.toLocaleString("en")}.
        ${current.what.totals.unknown > 0 && ` Of ${current.what.totals.unknown} the stored scores do not tell.`}`}
    </p>
    ${current?.error && html`<${Failure} error=${current.error} />`}
    ${moved && html`<button onClick=${() => setValue(inForce[0])}>Back to ${score(inForce[0], 4)}</button>`}`;
}

/** From where to where a threshold can be moved. */
function rangeOf(inForce) {
  const most = Math.max(...inForce);
  if (most <= 0.05) return [0, 0.2];
  return most <= 1 ? [0, 1] : [0, 2 * most];
}
