/** The grid of pairs: only those that are seen are drawn, and more are fetched while one scrolls. */
import { html, useEffect, useRef, useState } from "../core/view.js";
import { read, withQuery } from "../core/api.js";
import { count, percent } from "../core/format.js";
import { Failure, Waiting } from "../core/loading.js";
import { Picture } from "../core/picture.js";
import { to } from "../core/router.js";
import { verdictText } from "../viewer/facts.js";

const PAGE = 60; // records fetched at a time; chosen, not measured
const CELL = { width: 270, height: 232 }; // pixels at least, and always
const AHEAD = 2; // rows that are drawn above and below what is seen; chosen, not measured

/** A picture as small as it is shown. @param {string} asset @param {number} [size] */
export const thumbnail = (asset, size = 320) => `v1/assets/${asset}/thumbnail?size=${size}`;

/** Records of a list as they come: without what the grid does not need. */
const lighter = (record) => ({ ...record, regions: record.regions.map(({ mask, words, ...rest }) => rest) });

/** @param {{path: string, filters: Record<string, string>}} props */
export function Grid({ path, filters }) {
  const { records, error, done, loading, more, again } = useRecords(path, filters);
  const ref = useRef(null);
  const { columns, first, last } = useWindow(ref, records.length);
  const rows = Math.ceil(records.length / columns);
  useEffect(() => {
    if (last >= records.length - columns && !done && !loading && !error) more();
  }, [last, records.length, done, loading, error]);
  return html`<section aria-label="Pairs">
    <p class="hint" role="status">${records.length ? `${count(records.length, "pair")}${done ? "" : " so far"}` : done ? "No pair is like that." : ""}</p>
    <ul
      ref=${ref} class="grid" style=${{ height: `${rows * CELL.height}px`, "--columns": columns }}
      onKeyDown=${(event) => onKey(event, columns)}
    >
      ${records.slice(first, last).map((record, at) => {
        const index = first + at;
        return html`<li
          key=${record.id} style=${{ transform: `translate(${(index % columns) * 100}%, ${Math.floor(index / columns) * CELL.height}px)` }}
        ><${Cell} record=${record} /></li>`;
      })}
    </ul>
    ${loading && html`<${Waiting} />`}
    ${error && html`<${Failure} error=${error} again=${again} />`}
  </section>`;
}

function Cell({ record }) {
  const review = record.review?.state;
  return html`<a class="cell" href=${to(["records", record.id])}>
    <span class="two-small">
      <${Picture} path=${thumbnail(record.image1.asset, 160)} alt="Before" lazy />
      <${Picture} path=${thumbnail(record.image2.asset, 160)} alt="After" lazy />
    </span>
    <span class="tags">
      <span class=${`tag verdict-${record.verdict}`}>${verdictText(record.verdict)}</span>
      ${record.confidence !== null && html`<span class="tag">${percent(record.confidence)}</span>`}
      ${review && review !== "unreviewed" && html`<span class=${`tag review-${review}`}>${review}</span>`}
    </span>
    <span class="words-of">${record.review?.corrections?.caption ?? record.caption ?? "No caption"}</span>
  </a>`;
}

/** Arrow keys go from pair to pair. */
function onKey(event, columns) {
  const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns }[event.key];
  if (!step) return;
  const cells = [...event.currentTarget.querySelectorAll(".cell")];
  const next = cells[cells.indexOf(document.activeElement) + step];
  if (!next) return;
  event.preventDefault();
  next.focus();
}

function useRecords(path, filters) {
  const asked = withQuery(`${path}/records`, { ...filters, page_size: PAGE });
  const empty = { asked, records: [], cursor: null, done: false, loading: true, error: null };
  const [state, setState] = useState(empty);
  const leaving = useRef(null);
  const now = state.asked === asked ? state : empty;
  const more = async (from = now) => {
    leaving.current?.abort();
    const { signal } = (leaving.current = new AbortController());
    setState({ ...from, loading: true, error: null });
    try {
      const page = await read(from.cursor ? `${asked}&cursor=${encodeURIComponent(from.cursor)}` : asked, { signal });
      setState({
        ...from,
        records: [...from.records, ...page.records.map(lighter)],
        cursor: page.next_cursor,
        done: page.next_cursor === null,
        loading: false,
        error: null,
      });
    } catch (error) {
      if (!signal.aborted) setState({ ...from, loading: false, error });
    }
  };
  useEffect(() => () => leaving.current?.abort(), []);
  useEffect(() => {
    more(empty);
  }, [asked]);
  return { ...now, more: () => more(now), again: () => more(now) };
}

/** Which cells are seen. */
function useWindow(ref, length) {
  const [seen, setSeen] = useState({ columns: 1, first: 0, last: 0 });
  useEffect(() => {
    const look = () => {
      if (!ref.current) return;
      const { top, width } = ref.current.getBoundingClientRect();
      const columns = Math.max(1, Math.floor(width / CELL.width));
      const from = Math.floor(-top / CELL.height) - AHEAD;
      const to = Math.ceil((window.innerHeight - top) / CELL.height) + AHEAD;
      const next = {
        columns,
        first: Math.min(length, Math.max(0, from * columns)),
        last: Math.min(length, Math.max(0, to * columns)),
      };
      setSeen((before) => (JSON.stringify(before) === JSON.stringify(next) ? before : next));
    };
    look();
    let waiting = 0;
    const soon = () => {
      cancelAnimationFrame(waiting);
      waiting = requestAnimationFrame(look);
    };
    const sized = new ResizeObserver(soon);
    if (ref.current) sized.observe(ref.current);
    addEventListener("scroll", soon, { passive: true });
    addEventListener("resize", soon);
    return () => {
      cancelAnimationFrame(waiting);
      sized.disconnect();
      removeEventListener("scroll", soon);
      removeEventListener("resize", soon);
    };
  }, [length]);
  return seen;
}
