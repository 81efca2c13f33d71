/** Server-sent events by `fetch`, since EventSource sends no key; a broken stream goes on where it ended. */
import { send } from "./api.js";

const PAUSE_MS = 1000; // before a broken stream is opened again; chosen, not measured

/**
 * Call `each` with every event's document until the stream ends. Throws Problem where the server refuses.
 * @param {string} path @param {(document: any) => void} each @param {AbortSignal} signal
 * @param {(broken: boolean) => void} [onBreak] whether the connection is lost
 */
export async function follow(path, each, signal, onBreak = () => {}) {
  let last = null;
  while (!signal.aborted) {
    try {
      const headers = { Accept: "text/event-stream", ...(last === null ? {} : { "Last-Event-ID": last }) };
      const answer = await send(path, { headers, signal });
      onBreak(false);
      if (answer.status === 204) return;
      for await (const event of events(answer.body)) {
        last = event.id ?? last;
        each(JSON.parse(event.data));
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error.status) throw error;
      onBreak(true);
    }
    await new Promise((resolve) => setTimeout(resolve, last === null ? PAUSE_MS : PAUSE_MS / 4));
  }
}

async function* events(stream) {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    text += value;
    const parts = text.split("\n\n");
    text = parts.pop();
    for (const part of parts) {
      const event = fields(part);
      if (event.data) yield event;
    }
  }
}

function fields(part) {
  const found = {};
  for (const line of part.split("\n")) {
    const at = line.indexOf(":");
    if (at > 0) found[line.slice(0, at)] = line.slice(at + 1).trimStart();
  }
  return found;
}
