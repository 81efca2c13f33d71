/** The contact sheet of a synthesis: pairs that became records, and why the others did not. */
import { html } from "../core/view.js";
import { count } from "../core/format.js";
import { Picture } from "../core/picture.js";
import { to } from "../core/router.js";
import { Reasons } from "../viewer/reasons.js";

/** @param {{job: any}} props */
export function Sheet({ job }) {
  const { records, rejected } = job;
  if (!records.length && !rejected.length) return null;
  return html`<p>${count(records.length, "pair")} accepted, ${rejected.length} refused.</p>
    <ul class="sheet">
      ${records.map(
        (record) => html`<li key=${record.id} class="made">
          <a href=${to(["records", record.id])}>
            <span class="two-small">
              <${Picture} path=${`v1/assets/${record.image1.asset}`} alt="Before" lazy />
              <${Picture} path=${`v1/assets/${record.image2.asset}`} alt="After" lazy />
            </span>
            <span>${record.caption ?? "A pair without a caption"}</span>
          </a>
        </li>`,
      )}
      ${rejected.map(
        (one) => html`<li key=${`rejected-${one.index}`} class="refused">
          <p><strong>Pair ${one.index + 1} was refused.</strong></p>
          <${Reasons} reasons=${one.reasons} />
        </li>`,
      )}
    </ul>`;
}
