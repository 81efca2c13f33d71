/** Requests to the API, with the key where there is one. All paths are relative to the page, as behind a proxy. */
import { askForKey, authorization, key } from "./session.js";
import { offline, toProblem } from "./problems.js";

/** The address of a path of the API. @param {string} path such as "v1/jobs" */
export const address = (path) => new URL(path.replace(/^\//, ""), document.baseURI).href;

/**
 * An answer; asks for a key where one is needed. Throws Problem.
 * @param {string} path @param {RequestInit & {json?: any}} [options]
 * @returns {Promise<Response>}
 */
export async function send(path, options = {}) {
  const { json, ...rest } = options;
  const headers = { Accept: "application/json", ...(rest.headers ?? {}) };
  if (json !== undefined) Object.assign(rest, { body: JSON.stringify(json) });
  if (json !== undefined) headers["Content-Type"] ??= "application/json";
  const used = key.value;
  const answer = await reach(path, { ...rest, headers: { ...headers, ...authorization() } });
  if (answer.ok || answer.status === 304) return answer;
  const problem = toProblem(answer.status, await body(answer), answer.headers.get("Retry-After"));
  if (problem.status !== 401) throw problem;
  if (key.value === used) {
    await askForKey(used ? problem.message : "").catch(() => {
      throw problem;
    });
  }
  return send(path, options);
}

/** An answer's document. Throws Problem. @param {string} path @param {RequestInit & {json?: any}} [options] @returns {Promise<any>} */
export async function read(path, options) {
  const answer = await send(path, options);
  return answer.status === 204 ? null : answer.json();
}

/** A path with a query; null and "" are left out. @param {string} path @param {Record<string, any>} query */
export function withQuery(path, query) {
  const fields = Object.entries(query).flatMap(([name, value]) => [value].flat().map((one) => [name, one]));
  const given = fields.filter(([, value]) => value !== null && value !== undefined && value !== "");
  return given.length ? `${path}?${new URLSearchParams(given)}` : path;
}

/**
 * Post a form, and report what share of it has been sent. Throws Problem.
 * @param {string} path @param {FormData} form @param {(share: number) => void} progress @param {AbortSignal} [signal]
 * @returns {Promise<any>}
 */
export async function upload(path, form, progress, signal) {
  const used = key.value;
  const { status, document, retry } = await post(path, form, progress, signal);
  if (status >= 200 && status < 300) return document;
  const problem = toProblem(status, document, retry);
  if (status !== 401) throw problem;
  if (key.value === used) {
    await askForKey(used ? problem.message : "").catch(() => {
      throw problem;
    });
  }
  return upload(path, form, progress, signal);
}

/** Only XMLHttpRequest reports how much of a body has been sent. */
function post(path, form, progress, signal) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", address(path));
    Object.entries({ Accept: "application/json", ...authorization() }).forEach(([name, value]) =>
      request.setRequestHeader(name, value),
    );
    request.upload.onprogress = (event) => event.lengthComputable && progress(event.loaded / event.total);
    request.onload = () =>
      resolve({
        status: request.status,
        document: parsed(request.responseText),
        retry: request.getResponseHeader("Retry-After"),
      });
    request.onerror = () => reject(offline());
    request.onabort = () => reject(new DOMException("stopped", "AbortError"));
    signal?.addEventListener("abort", () => request.abort());
    request.send(form);
  });
}

async function reach(path, options) {
  try {
    return await fetch(address(path), options);
  } catch (error) {
    throw error.name === "AbortError" ? error : offline();
  }
}

async function body(answer) {
  return parsed(await answer.text().catch(() => ""));
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
