/** The API key of this browser tab: kept in the tab's session alone, and sent with every request. */
import { signal } from "@preact/signals";

const PLACE = "imgdiff-key";

/** The key, or null. */
export const key = signal(sessionStorage.getItem(PLACE));

/** Why a key is asked for, or null while none is needed. @type {import("@preact/signals").Signal<string|null>} */
export const asked = signal(null);

let waiting = [];

/** Ask for a key; resolves once there is one, and rejects if the person does not give one. @param {string} why */
export function askForKey(why) {
  asked.value = why;
  return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
}

/** Use a key from now on. @param {string} given */
export function signIn(given) {
  key.value = given.trim();
  sessionStorage.setItem(PLACE, key.value);
  finish("resolve");
}

/** Go on without a key. */
export const goOn = () => finish("reject");

/** Forget the key. */
export function signOut() {
  key.value = null;
  sessionStorage.removeItem(PLACE);
}

/** The header that carries the key. @returns {Record<string, string>} */
export const authorization = () => (key.value ? { Authorization: `Bearer ${key.value}` } : {});

function finish(how) {
  asked.value = null;
  const all = waiting;
  waiting = [];
  all.forEach((one) => one[how]());
}
