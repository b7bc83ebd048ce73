// Shows arrays of grey levels as canvases, a pixel for each.

/**
 * Show an image on a canvas of its own size; CSS enlarges it.
 * @param {HTMLCanvasElement} canvas
 * @param {ArrayLike<number>} image height * width levels, row by row
 * @param {number} height
 * @param {number} width
 * @param {number} white the level that is shown as white; 0 is black
 */
export function showImage(canvas, image, height, width, white = 255) {
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  const context = canvas.getContext("2d");
  const pixels = context.createImageData(width, height);
  for (let index = 0; index < image.length; index += 1) {
    pixels.data.fill((255 * image[index]) / white, 4 * index, 4 * index + 3);
    pixels.data[4 * index + 3] = 255;
  }
  context.putImageData(pixels, 0, 0);
}
