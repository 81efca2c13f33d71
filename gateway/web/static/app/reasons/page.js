/** What every reason code means. */
import { classes, html, useEffect, useState } from "../core/view.js";
import { Waiting } from "../core/loading.js";
import { place } from "../core/router.js";
import { score } from "../core/format.js";
import { plain, useMeanings } from "../viewer/reasons.js";

const SUBJECTS = {
  pair: "The pair as a whole",
  alignment: "Laying one picture on the other",
  region: "Places that differ",
  object: "Objects of captions",
  caption: "Captions",
  question: "Questions about a pair",
  record: "Records of a dataset",
  text: "Checks of a sentence",
  rewrite: "Edited captions",
  edit: "Edits of a photo",
};
const ACTS = {
  below: "Rejects below its threshold",
  above: "Rejects above its threshold",
  always: "Rejects whenever it fires",
  never: "Only reports",
};

export function Page() {
  const meanings = useMeanings();
  const [search, setSearch] = useState("");
  const wanted = place.value.query.get("code");
  useEffect(() => {
    if (wanted && meanings) document.getElementById(`code-${wanted}`)?.scrollIntoView({ block: "center" });
  }, [wanted, meanings]);
  if (!meanings) return html`<h1>What reasons mean</h1><${Waiting} />`;
  const found = [...meanings.values()].filter((one) => `${one.code} ${one.meaning}`.toLowerCase().includes(search.toLowerCase()));
  return html`<h1>What reasons mean</h1>
    <p>
      Every place that was proposed and rejected keeps the reason: a gate that fired, with what it measured and the threshold
      it was compared with. Thresholds can be changed with each request.
    </p>
    <p><label>Search <input type="search" value=${search} onInput=${(event) => setSearch(event.target.value)} /></label></p>
    ${Object.entries(SUBJECTS).map(([subject, title]) => {
      const codes = found.filter((one) => one.code.startsWith(`${subject}.`));
      return codes.length > 0 && html`<section key=${subject}>
        <h2>${title}</h2>
        <dl class="codes">
          ${codes.map(
            (one) => html`<div key=${one.code} id=${`code-${one.code}`} class=${classes(wanted === one.code && "pointed")}>
              <dt><code>${one.code}</code></dt>
              <dd>${plain(one.meaning)} <span class="hint">${ACTS[one.drops_when]}${one.paper === null ? "." : `; the paper's is ${score(one.paper, 4)}.`}</span></dd>
            </div>`,
          )}
        </dl>
      </section>`;
    })}
    ${!found.length && html`<p class="empty">No reason has these words.</p>`}`;
}
