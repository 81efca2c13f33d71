/** Records with what reviewers corrected in place of what the models said. */

/**
 * The record as it is shown. @param {any} record
 * @param {{caption?: string, regions?: Record<string, any>}|null} [draft] corrections that are not sent yet
 */
export function corrected(record, draft = null) {
  const sets = [record.review?.corrections, draft].filter(Boolean);
  if (!sets.length) return record;
  const regions = record.regions.map((region, at) => Object.assign({}, region, ...sets.map((one) => present(one.regions?.[at]))));
  const caption = sets.reduce((text, one) => one.caption ?? text, record.caption);
  return { ...record, caption, regions: regions.map((region, at) => ({ ...region, was: record.regions[at] })) };
}

/** An empty label means that nothing is there. */
function present(fields = {}) {
  const given = Object.entries(fields).filter(([, value]) => value !== null && value !== undefined);
  return Object.fromEntries(given.map(([name, value]) => [name, value === "" ? null : value]));
}
