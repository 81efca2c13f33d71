/** Where a point of image1 is in image2, and what of an image a pane shows. Matrices are row-major 3x3 arrays. */

const IDENTITY = [[1, 0, 0], [0, 1, 0], [0, 0, 1]];

/** The matrix that leads from pixels of image1 to those of image2. @param {any} record */
export function toSecond(record) {
  const { alignment, image1, image2 } = record;
  if (alignment?.applied) return alignment.matrix;
  if (image1.width === image2.width && image1.height === image2.height) return IDENTITY;
  return [[image2.width / image1.width, 0, 0], [0, image2.height / image1.height, 0], [0, 0, 1]];
}

/** A point through a matrix. @param {number[][]} m @param {number} x @param {number} y @returns {[number, number]} */
export function apply(m, x, y) {
  const w = m[2][0] * x + m[2][1] * y + m[2][2] || 1;
  return [(m[0][0] * x + m[0][1] * y + m[0][2]) / w, (m[1][0] * x + m[1][1] * y + m[1][2]) / w];
}

/** The inverse; the identity where there is none. @param {number[][]} m */
export function inverse(m) {
  const [[a, b, c], [d, e, f], [g, h, i]] = m;
  const det = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
  if (Math.abs(det) < 1e-12) return IDENTITY;
  return [
    [(e * i - f * h) / det, (c * h - b * i) / det, (b * f - c * e) / det],
    [(f * g - d * i) / det, (a * i - c * g) / det, (c * d - a * f) / det],
    [(d * h - e * g) / det, (b * g - a * h) / det, (a * e - b * d) / det],
  ];
}

/** A matrix as a CSS transform. @param {number[][]} m */
export function asCss(m) {
  const [[a, b, c], [d, e, f], [g, h, i]] = m;
  return `matrix3d(${[a, d, 0, g, b, e, 0, h, 0, 0, 1, 0, c, f, 0, i].map((value) => value.toFixed(9)).join(",")})`;
}

/** How much larger image2 is drawn than image1 around a point. @param {number[][]} m @param {number} x @param {number} y */
export function growth(m, x, y) {
  const [x0, y0] = apply(m, x, y);
  const [x1, y1] = apply(m, x + 1, y);
  const [x2, y2] = apply(m, x, y + 1);
  return Math.sqrt(Math.abs((x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0))) || 1;
}

/** The scale at which an image just fits a pane. */
export const fit = (image, pane) => Math.min(pane.width / image.width, pane.height / image.height);

/**
 * How an image lies in its pane.
 * @param {{x: number, y: number}} centre the image's pixel in the middle of the pane
 * @param {number} scale pane pixels to an image pixel @param {{width: number, height: number}} pane
 */
export const layOut = (centre, scale, pane) => ({
  scale,
  left: pane.width / 2 - centre.x * scale,
  top: pane.height / 2 - centre.y * scale,
});
