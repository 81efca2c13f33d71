/** The pages; all but the first are fetched when they are opened. */

/** @type {Record<string, {title: string, load: () => Promise<{Page: any}>, inMenu?: boolean}>} */
export const PAGES = {
  "": { title: "Compare", load: () => import("../compare/page.js"), inMenu: true },
  synthesise: { title: "Synthesise", load: () => import("../synthesise/page.js"), inMenu: true },
  datasets: { title: "Datasets", load: () => import("../datasets/page.js"), inMenu: true },
  review: { title: "Review", load: () => import("../review/page.js"), inMenu: true },
  jobs: { title: "Jobs", load: () => import("../jobs/page.js"), inMenu: true },
  records: { title: "Record", load: () => import("../records/page.js") },
  reasons: { title: "Reasons", load: () => import("../reasons/page.js"), inMenu: true },
};
