/** What the API answers, while it is awaited, and when it refuses. */
import { html, useCallback, useEffect, useRef, useState } from "./view.js";
import { sentence } from "./problems.js";

/**
 * The result of `load`, which is called again whenever `on` changes; the earlier result stays until there is another.
 * @template T @param {(signal: AbortSignal) => Promise<T>} load @param {any[]} on
 * @returns {{value: T|null, error: any, loading: boolean, again: () => void, set: (value: T) => void}}
 */
export function useLoaded(load, on) {
  const [state, setState] = useState({ value: null, error: null, loading: true });
  const [turn, setTurn] = useState(0);
  const latest = useRef(load);
  latest.current = load;
  useEffect(() => {
    const leaving = new AbortController();
    setState((before) => ({ ...before, loading: true }));
    latest.current(leaving.signal).then(
      (value) => leaving.signal.aborted || setState({ value, error: null, loading: false }),
      (error) => leaving.signal.aborted || setState((before) => ({ ...before, error, loading: false })),
    );
    return () => leaving.abort();
  }, [...on, turn]);
  const again = useCallback(() => setTurn((number) => number + 1), []);
  const set = useCallback((value) => setState({ value, error: null, loading: false }), []);
  return { ...state, again, set };
}

/** Call `run` every so many milliseconds while the tab is seen. @param {() => void} run @param {number|null} pause */
export function useRepeated(run, pause) {
  const latest = useRef(run);
  latest.current = run;
  useEffect(() => {
    if (pause === null) return undefined;
    const timer = setInterval(() => document.hidden || latest.current(), pause);
    return () => clearInterval(timer);
  }, [pause]);
}

/** A refusal with a way to try again. @param {{error: any, again?: () => void}} props */
export function Failure({ error, again }) {
  return html`<div class="failure" role="alert">
    <p>${sentence(error)}</p>
    ${again && html`<button onClick=${again}>Try again</button>`}
  </div>`;
}

/** What waits. @param {{text?: string}} props */
export function Waiting({ text = "Loading …" }) {
  return html`<p class="waiting" role="status">${text}</p>`;
}
