/** What this server can do; what it cannot is not offered. */

const words = (document.querySelector("meta[name=imgdiff-abilities]")?.content ?? "").split(" ");
const can = (word) => words.includes(word);

/** Whether records can be reviewed. */
export const REVIEWS = can("reviews");

/** Whether records are found by words, reasons and reviews, and come in another order. */
export const SEARCH = can("search");

/** Whether there are small pictures. */
export const THUMBNAILS = can("thumbnails");

/** Whether reviews are counted. */
export const QUALITY = can("quality");
