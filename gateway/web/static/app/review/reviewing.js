/** One record under review, with its keys: A accept, R reject, C correct, 1 2 3 rate, Ctrl+Enter save. */
import { html, useLayoutEffect, useRef, useState } from "../core/view.js";
import { corrected } from "../viewer/corrections.js";
import { Viewer } from "../viewer/viewer.js";
import { correctionsOf, draftOf, keepDraft } from "./drafts.js";
import { newest, submit } from "./outbox.js";
import { QUESTIONS, RATINGS, ReviewPanel, toReview } from "./panel.js";

/**
 * Another record needs another `key`, so that no key press is lost between two.
 * @param {{record: any, onDecided: () => void, onConflict: () => void, keys?: Record<string, () => void>}} props
 *   `keys` are more keys and what they do
 */
export function Reviewing({ record: given, onDecided, onConflict, keys = {} }) {
  const record = newest(given);
  const [correcting, setCorrecting] = useState(() => correctionsOf(record, draftOf(record.id)) !== null);
  const [question, setQuestion] = useState(0);
  const area = useRef(null);
  const shown = corrected(record, draftOf(record.id));
  const decide = (wish) => {
    submit(record, toReview(record, wish), onConflict);
    document.activeElement?.blur();
    onDecided();
  };
  const rate = (value) => {
    const draft = draftOf(record.id);
    keepDraft(record.id, { ...draft, rating: { ...draft.rating, [QUESTIONS[question][0]]: value } });
    setQuestion((question + 1) % QUESTIONS.length);
  };
  const wished = useRef(false);
  const correct = () => {
    wished.current = true;
    setCorrecting(true);
  };
  useLayoutEffect(() => {
    if (wished.current) area.current.querySelector(".correction textarea")?.focus();
    wished.current = false;
  });
  const all = {
    a: () => decide("accepted"),
    r: () => decide("rejected"),
    c: correct,
    1: () => rate(RATINGS[0]),
    2: () => rate(RATINGS[1]),
    3: () => rate(RATINGS[2]),
    ...keys,
  };
  useKeys(all, () => decide("accepted"));
  return html`<div ref=${area}>
    <${Viewer} record=${shown}>
      <${ReviewPanel} ...${{ record, shown, correcting, question }} onQuestion=${setQuestion} onCorrecting=${(on) => (on ? correct() : setCorrecting(false))} onDecide=${decide} />
    <//>
  </div>`;
}

/** Keys work wherever one is, but where one types; Ctrl+Enter saves there, and Escape leaves. */
function useKeys(keys, save) {
  const latest = useRef({});
  latest.current = { keys, save };
  useLayoutEffect(() => {
    const listen = (event) => {
      const typing = event.target.closest?.("input:not([type=checkbox]), textarea, select, dialog");
      if (typing) {
        if (event.key === "Escape") event.target.blur();
        if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) latest.current.save();
        return;
      }
      if (event.altKey || event.repeat) return;
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) return latest.current.save();
      if (event.ctrlKey || event.metaKey) return;
      if (event.target.closest?.(".pane") && event.key.startsWith("Arrow")) return;
      const run = latest.current.keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
      if (!run) return;
      event.preventDefault();
      run();
    };
    document.addEventListener("keydown", listen);
    return () => document.removeEventListener("keydown", listen);
  }, []);
}
