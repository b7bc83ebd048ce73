// How strokes of a pen become ink: smooth curves through the points that the pen was seen at.
//
// Strokes are kept as points, not as pixels, so that undoing one draws the others anew, and so
// that the same points always give the same pixels. Lengths are in pixels of the drawing surface,
// whatever the size at which it is shown.

/** Pixels on each side of the drawing surface: ten for each pixel of MNIST. */
export const SURFACE = 280;

/**
 * One stroke: a list of points, and the width of the pen.
 * @typedef {{width: number, points: Array<{x: number, y: number, pressure: number}>}} Stroke
 */

/**
 * Draw a stroke, whose ends are round.
 *
 * Between the middles of neighbouring segments runs a parabola, whose control point is the point
 * between them, so that the curve has no corners (a quadratic B-spline).
 * @param {CanvasRenderingContext2D} context its strokeStyle is the ink
 * @param {Stroke} stroke at least one point
 */
export function drawStroke(context, { width, points }) {
  context.lineCap = "round";
  context.lineJoin = "round";
  if (points.length === 1) {
    drawDot(context, points[0], width);
    return;
  }
  const even = points.every(({ pressure }) => pressure === points[0].pressure);
  if (even) {
    drawEvenly(context, points, width * points[0].pressure);
    return;
  }
  for (let index = 0; index < points.length; index += 1) {
    // each piece has the width of its own pressure
    context.lineWidth = width * points[index].pressure;
    context.beginPath();
    context.moveTo(...middle(points[Math.max(index - 1, 0)], points[index]));
    curveAround(context, points, index);
    context.stroke();
  }
}

/** Draw what a pen leaves that is only put down; a line without length would not be drawn. */
function drawDot(context, { x, y, pressure }, width) {
  context.fillStyle = context.strokeStyle;
  context.beginPath();
  context.arc(x, y, (width * pressure) / 2, 0, 2 * Math.PI);
  context.fill();
}

function drawEvenly(context, points, width) {
  context.lineWidth = width;
  context.beginPath();
  context.moveTo(points[0].x, points[0].y);
  points.forEach((_, index) => curveAround(context, points, index));
  context.stroke();
}

/** Continue a path from before a point to the middle of the segment after it. */
function curveAround(context, points, index) {
  const point = points[index];
  const next = points[Math.min(index + 1, points.length - 1)];
  context.quadraticCurveTo(point.x, point.y, ...middle(point, next));
}

function middle(first, second) {
  return [(first.x + second.x) / 2, (first.y + second.y) / 2];
}
