/** Pictures that a person chose: dropped, pasted, picked or named by URL; what is none is refused with a sentence. */
import { size } from "../core/format.js";

const setting = (name) => document.querySelector(`meta[name=imgdiff-${name}]`)?.content ?? "";

/** The largest file that the server takes, in bytes. */
export const LIMIT = Number(setting("max-upload-bytes")) || Infinity;

/** Whether the operator allows pictures by URL. */
export const URLS = setting("image-urls") === "yes";

/** What file pickers offer. */
export const ACCEPTED = "image/png,image/jpeg,image/webp";

const BEGINNINGS = [
  ["%PDF", "a PDF document; take a picture of the page first, such as a PNG"],
  ["PK", "an archive or an office document, not a picture"],
  ["GIF8", "a GIF; save one frame of it as PNG, JPEG or WebP"],
  ["<svg", "an SVG drawing; save it as PNG first"],
  ["<?xml", "an XML document, not a picture"],
];
const HEIC = /^....ftyp(heic|heix|mif1|hevc)/s;

/** Why a file is refused, as a sentence; null if it may be sent. @param {File} file @returns {Promise<string|null>} */
export async function refuse(file) {
  const name = file.name || "The picture";
  if (file.size === 0) return `${name} is empty.`;
  const start = new TextDecoder("latin1").decode(await file.slice(0, 16).arrayBuffer());
  const known = BEGINNINGS.find(([beginning]) => start.startsWith(beginning));
  if (known) return `${name} is ${known[1]}.`;
  if (HEIC.test(start)) return `${name} is a HEIC photo. Save it as JPEG first, or let the phone share it as JPEG.`;
  if (file.size > LIMIT) return `${name} has ${size(file.size)}; this server takes pictures up to ${size(LIMIT)}.`;
  return null;
}

/** The files of a drop or a paste. @param {DataTransfer|null} data @returns {File[]} */
export const filesOf = (data) => [...(data?.files ?? [])];

/**
 * The two places with new files in them: into the one that was meant, then into empty ones, then over the others.
 * @param {(File|null)[]} before @param {File[]} files @param {number|null} meant
 */
export function put(before, files, meant) {
  const after = [...before];
  const order = [...(meant === null ? [] : [meant]), ...[0, 1].filter((at) => at !== meant && !before[at])];
  const rest = [0, 1].filter((at) => !order.includes(at));
  const places = [...order, ...rest];
  files.slice(0, 2).forEach((file, at) => (after[places[at]] = file));
  return after;
}
