/** A job that is followed while it runs. */
import { useEffect, useState } from "../core/view.js";
import { read } from "../core/api.js";
import { follow } from "../core/events.js";
import { FINAL } from "./stages.js";

const GONE = "This job is gone: it was deleted, or it belongs to somebody else.";

/**
 * The job with this id, as it changes; with its records once it has ended.
 * @param {string} id @returns {{job: any, error: any, lost: boolean, again: () => void}}
 */
export function useJob(id) {
  const [state, setState] = useState({ job: null, error: null, lost: false });
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const leaving = new AbortController();
    const set = (more) => leaving.signal.aborted || setState((before) => ({ ...before, ...more }));
    const path = `v1/jobs/${encodeURIComponent(id)}`;
    const run = async () => {
      set({ error: null });
      const job = await read(path, { signal: leaving.signal });
      set({ job, error: null });
      if (FINAL.has(job.state)) return;
      const each = ({ job: changed }) => set({ job: changed });
      await follow(`${path}/events`, each, leaving.signal, (lost) => set({ lost }));
      set({ job: await read(path, { signal: leaving.signal }), lost: false });
    };
    run().catch((error) => {
      if (error.status === 404) error.message = GONE;
      set({ error });
    });
    return () => leaving.abort();
  }, [id, turn]);
  return { ...state, again: () => setTurn((number) => number + 1) };
}
