/** Stored pictures. With a key they are fetched with it, since an `<img>` sends none. */
import { html, useEffect, useState } from "./view.js";
import { address, send } from "./api.js";
import { key } from "./session.js";

const KEPT = 200; // blob URLs kept for a second look; chosen, not measured
const blobs = new Map();

/** What to show for a path of the API; null while it is fetched, false where there is none. @param {string|null} path */
export function usePicture(path) {
  const [found, setFound] = useState(() => known(path));
  useEffect(() => {
    const now = known(path);
    setFound(now);
    if (now !== null || !path) return undefined;
    const leaving = new AbortController();
    fetched(path, leaving.signal).then(setFound, (error) => error.name !== "AbortError" && setFound(false));
    return () => leaving.abort();
  }, [path, key.value]);
  return found;
}

/** A stored picture. @param {{path: string|null, alt: string, class?: string, lazy?: boolean, onLoad?: (event: Event) => void}} props */
export function Picture({ path, alt, lazy, ...rest }) {
  const found = usePicture(path);
  const [broken, setBroken] = useState(false);
  useEffect(() => setBroken(false), [path]);
  if (found === false || broken) return html`<span class="no-picture" role="img" aria-label=${alt}>picture is gone</span>`;
  if (found === null) return html`<span class="no-picture" aria-hidden="true"></span>`;
  return html`<img
    src=${found} alt=${alt} loading=${lazy ? "lazy" : "eager"} decoding="async" draggable=${false}
    onError=${() => setBroken(true)} ...${rest}
  />`;
}

function known(path) {
  if (!path) return null;
  if (path.startsWith("blob:")) return path;
  return key.value ? (blobs.get(path) ?? null) : address(path);
}

async function fetched(path, signal) {
  const answer = await send(path, { headers: { Accept: "image/webp,image/*" }, signal });
  const url = URL.createObjectURL(await answer.blob());
  blobs.set(path, url);
  if (blobs.size > KEPT) {
    const [oldest] = blobs.keys();
    URL.revokeObjectURL(blobs.get(oldest));
    blobs.delete(oldest);
  }
  return url;
}
