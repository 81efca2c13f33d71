/** The address after `#`: `#/datasets/mine?verdict=same` is page "datasets", rest ["mine"], query {verdict: "same"}. */
import { signal } from "@preact/signals";

/** Where the page is. @type {import("@preact/signals").Signal<{page: string, rest: string[], query: URLSearchParams}>} */
export const place = signal(parse());

window.addEventListener("hashchange", () => (place.value = parse()));

/** The address of a place. @param {string[]} parts @param {Record<string, any>} [query] */
export function to(parts, query = {}) {
  const given = Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== "");
  const tail = given.length ? `?${new URLSearchParams(given)}` : "";
  return `#/${parts.map(encodeURIComponent).join("/")}${tail}`;
}

/** Go there. @param {string[]} parts @param {Record<string, any>} [query] @param {boolean} [replace] without a step back */
export function go(parts, query, replace = false) {
  const target = to(parts, query);
  if (target === location.hash) return;
  if (replace) history.replaceState(null, "", target);
  else history.pushState(null, "", target);
  place.value = parse();
}

window.addEventListener("popstate", () => (place.value = parse()));

function parse() {
  const [path, query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  const [page = "", ...rest] = path.split("/").filter(Boolean).map(decode);
  return { page, rest, query: new URLSearchParams(query) };
}

function decode(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
