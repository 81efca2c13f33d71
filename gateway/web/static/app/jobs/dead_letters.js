/** Dead letters: work that was given up although nothing was wrong with it. */
import { html } from "../core/view.js";
import { read } from "../core/api.js";
import { ago, count } from "../core/format.js";
import { Failure, useLoaded } from "../core/loading.js";
import { note } from "../core/notes.js";
import { describeProblem, sentence } from "../core/problems.js";
import { go, to } from "../core/router.js";

export function DeadLetters() {
  const { value, error, again } = useLoaded((signal) => read("v1/dead-letters", { signal }), []);
  if (error) return html`<h2>Given up</h2><${Failure} error=${error} again=${again} />`;
  if (!value?.dead_letters.length) return null;
  return html`<section aria-labelledby="dead-title">
    <h2 id="dead-title">Given up</h2>
    <p class="hint">Stages that were given up after too many attempts, or because their service died. They can be run again.</p>
    <ul class="jobs">
      ${value.dead_letters.map((letter) => html`<${Letter} key=${letter.id} letter=${letter} again=${again} />`)}
    </ul>
  </section>`;
}

function Letter({ letter, again }) {
  const path = `v1/dead-letters/${letter.id}`;
  const fail = (error) => note(sentence(error), "bad");
  const replay = () => read(`${path}/replay`, { method: "POST" }).then((job) => go(["jobs", job.id]), fail);
  const discard = () => read(path, { method: "DELETE" }).then(again, fail);
  return html`<li class="job">
    <span class="state state-failed">${letter.stage}</span>
    <a href=${to(["jobs", letter.job])}>its job</a>
    <span class="hint">${ago(letter.created_at)}</span>
    <span class="about">${describeProblem(letter.error)} ${count(letter.attempts, "attempt")}, ${count(letter.deaths, "death")} of its service.</span>
    ${letter.replayed_as
      ? html`<a href=${to(["jobs", letter.replayed_as])}>run again ${ago(letter.replayed_at)}</a>`
      : html`<button onClick=${replay}>Run again</button>`}
    <button class="quiet" onClick=${discard}>Discard</button>
  </li>`;
}
