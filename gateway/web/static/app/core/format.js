/** Numbers, times and names as people read them. */

const AGO = [
  [60, 1, "s"],
  [3600, 60, "min"],
  [86400, 3600, "h"],
];

/** A share as a percentage. @param {number|null} value */
export const percent = (value) => (value === null || value === undefined ? "–" : `${Math.round(value * 100)} %`);

/** A score. @param {number|null} value @param {number} [digits] */
export const score = (value, digits = 2) =>
  value === null || value === undefined ? "–" : Number(value.toFixed(digits)).toString();

/** A duration. @param {number|null} seconds */
export function duration(seconds) {
  if (seconds === null || seconds === undefined) return "–";
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}

/** How long ago. @param {string|null} moment in ISO form */
export function ago(moment) {
  if (!moment) return "–";
  const seconds = Math.max(0, (Date.now() - Date.parse(moment)) / 1000);
  const unit = AGO.find(([limit]) => seconds < limit);
  if (unit) return `${Math.floor(seconds / unit[1])} ${unit[2]} ago`;
  return new Date(moment).toLocaleDateString("en", { year: "numeric", month: "short", day: "numeric" });
}

/** A point in time. @param {string|null} moment in ISO form */
export const when = (moment) => (moment ? new Date(moment).toLocaleString("en", { dateStyle: "medium", timeStyle: "short" }) : "–");

/** A size of a file. @param {number} bytes */
export const size = (bytes) =>
  bytes < 2 ** 20 ? `${Math.max(1, Math.round(bytes / 1024))} kB` : `${(bytes / 2 ** 20).toFixed(1)} MB`;

/** A count with its noun. @param {number} number @param {string} noun @param {string} [many] */
export const count = (number, noun, many = `${noun}s`) =>
  `${number.toLocaleString("en")} ${number === 1 ? noun : many}`;

/** A name as words. @param {string} name such as "difference-captions" */
export const words = (name) => String(name).replaceAll(/[_-]/g, " ");
