/** The pages; all but the first are fetched when they are opened. */

/** @type {Record<string, {title: string, load: () => Promise<{Page: any}>, inMenu?: boolean}>} */
export const PAGES = {
  "": { title: "Compare", load: () => import("../compare/page.js"), inMenu: true },
  jobs: { title: "Jobs", load: () => import("../jobs/page.js"), inMenu: true },
  records: { title: "Record", load: () => import("../viewer/page.js") },
  reasons: { title: "Reasons", load: () => import("../reasons/page.js"), inMenu: true },
};
