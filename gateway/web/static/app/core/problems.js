/** Errors of the API (RFC 9457) and of the connection, as sentences. */

/** What the API refused, or that it could not be reached. */
export class Problem extends Error {
  /**
   * @param {string} text what happened, as a sentence
   * @param {{status?: number, slug?: string, errors?: {pointer: string, detail: string, code: string}[], retryAfter?: number}} [more]
   */
  constructor(text, more = {}) {
    super(text);
    this.status = more.status ?? 0;
    this.slug = more.slug ?? "";
    this.errors = more.errors ?? [];
    this.retryAfter = more.retryAfter ?? null;
  }
}

const OFFLINE = "The server cannot be reached. Nothing you typed is lost; try again when the connection is back.";
const PLACES = { image1: "First picture", image2: "Second picture", image: "Photo", donor: "Picture of the new object" };

/** @param {any} error @returns {string} */
export function sentence(error) {
  return error instanceof Problem ? error.message : `Something went wrong on this page: ${error?.message ?? error}`;
}

/** The connection failed. */
export const offline = () => new Problem(OFFLINE, { slug: "offline" });

/** The problem of an answer. @param {number} status @param {any} body @param {string|null} [retry] @returns {Problem} */
export function toProblem(status, body, retry) {
  const wait = Number(retry) || null;
  return new Problem(describeProblem(body, status, wait), {
    status,
    slug: String(body?.type ?? "").replace("urn:imgdiff:problem:", ""),
    errors: body?.errors ?? [],
    retryAfter: wait,
  });
}

/** A problem document as sentences. @param {any} body @param {number} [status] @param {number|null} [wait] */
export function describeProblem(body, status = body?.status, wait = null) {
  const errors = body?.errors ?? [];
  const said = errors.length
    ? errors.map((one) => finished(`${place(one.pointer)}${one.detail}`)).join(" ")
    : finished(body?.detail ?? body?.title ?? `The server answered ${status}`);
  return wait ? `${said} Try again in ${wait} s.` : said;
}

function place(pointer) {
  const last = String(pointer ?? "").split("/").filter((part) => part && part !== "options").pop();
  return last ? `${PLACES[last] ?? last.replaceAll("_", " ")}: ` : "";
}

/** A text that begins with a capital and ends with a full stop. @param {string} text */
export function finished(text) {
  const trimmed = String(text).trim();
  const begun = trimmed.charAt(0).toUpperCase() + trimmed.slice(1);
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}
