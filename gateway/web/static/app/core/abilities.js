/** What this server can do beyond the first release. */

/** Whether it takes reviews, filters by them, by reasons and words, and has thumbnails. */
export const REVIEWS = document.querySelector("meta[name=imgdiff-reviews]")?.content === "yes";
