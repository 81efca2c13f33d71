/** Counts as bars: one of several parts, or several of one. */
import { html } from "../core/view.js";
import { words } from "../core/format.js";

/** One bar of parts with a legend. @param {{parts: Record<string, number>}} props */
export function Bar({ parts }) {
  const given = Object.entries(parts).filter(([, number]) => number > 0);
  const all = given.reduce((sum, [, number]) => sum + number, 0);
  if (!all) return null;
  return html`<div class="bar" aria-hidden="true">
      ${given.map(([name, number]) => html`<span key=${name} class=${`part part-${name}`} style=${{ width: `${(100 * number) / all}%` }}></span>`)}
    </div>
    <ul class="legend">
      ${given.map(([name, number]) => html`<li key=${name}><span class=${`dot part-${name}`}></span>${words(name)} ${number.toLocaleString("en")}</li>`)}
    </ul>`;
}

/** A table of counts with bars. @param {{title: string, rows: [string, number][], href?: (name: string) => string|null}} props */
export function Counts({ title, rows, href = () => null }) {
  const most = Math.max(1, ...rows.map(([, number]) => number));
  if (!rows.length) return null;
  return html`<section class="counts">
    <h3>${title}</h3>
    <table>
      <tbody>
        ${rows.map(([name, number]) => {
          const target = href(name);
          return html`<tr key=${name}>
            <th scope="row">${target ? html`<a href=${target}>${words(name)}</a>` : words(name)}</th>
            <td class="number">${number.toLocaleString("en")}</td>
            <td class="drawn" aria-hidden="true"><span style=${{ width: `${(100 * number) / most}%` }}></span></td>
          </tr>`;
        })}
      </tbody>
    </table>
  </section>`;
}
