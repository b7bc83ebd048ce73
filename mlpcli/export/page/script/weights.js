// The weights that came with the page, unpacked into the networks that `network.js` computes with.
//
// They are in the page as the training left them. Their bytes are sorted, all first bytes of the
// numbers before all second ones and so on, and compressed, and written as text; see payload.py.

const TEXT_AT_ONCE = 1 << 20; // characters of base64, of which four make three bytes

/**
 * Read the two blocks of the page.
 *
 * @param {Document} document with a JSON block `network` and a text block `weights`.
 * @returns {Promise<object>} the JSON block's object, whose `networks` each have `layers`: a list
 *   of {weight, bias, inputs, outputs}, where `weight` is a Float32Array (inputs * outputs) with a
 *   row for each input, and `bias` one of (outputs).
 */
export async function loadModel(document) {
  const model = JSON.parse(document.getElementById("network").textContent);
  const numbers = await unpackNumbers(document.getElementById("weights").textContent.trim());
  let used = 0;
  const take = (count) => numbers.subarray(used, (used += count));
  for (const network of model.networks) {
    network.layers = network.sizes.slice(1).map((outputs, n) => {
      const inputs = network.sizes[n];
      const layer = { weight: transpose(take(inputs * outputs), outputs, inputs), inputs, outputs };
      layer.bias = take(outputs).slice();
      const isLast = n === network.sizes.length - 2;
      if (network.batchNorm && !isLast) {
        const [scale, mean, variance] = [take(outputs), take(outputs), take(outputs)];
        foldBatchNorm(layer, scale, mean, variance, model.batchNormEpsilon);
      }
      return layer;
    });
  }
  return model;
}

/**
 * Return the numbers of a text, in their order.
 *
 * @param {string} text base64 of raw deflate of four planes of bytes.
 * @returns {Promise<Float32Array>}
 */
export async function unpackNumbers(text) {
  const inflate = new DecompressionStream("deflate-raw");
  const stream = new Blob([bytesOfBase64(text)]).stream().pipeThrough(inflate);
  const planes = new Uint8Array(await new Response(stream).arrayBuffer());
  const count = planes.length / 4;
  const bytes = new Uint8Array(planes.length);
  for (let plane = 0; plane < 4; plane++) {
    for (let i = 0; i < count; i++) {
      bytes[4 * i + plane] = planes[plane * count + i];
    }
  }
  return new Float32Array(bytes.buffer); // little-endian, as all machines with a browser are
}

/** Return the bytes that a text of base64 stands for, a part at a time for memory's sake. */
export function bytesOfBase64(text) {
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  let filled = 0;
  for (let start = 0; start < text.length; start += TEXT_AT_ONCE) {
    const characters = atob(text.slice(start, start + TEXT_AT_ONCE));
    for (let i = 0; i < characters.length; i++) {
      bytes[filled++] = characters.charCodeAt(i);
    }
  }
  return bytes;
}

/** Return rows (rows * columns) as columns: a Float32Array with a row for each column. */
function transpose(numbers, rows, columns) {
  const transposed = new Float32Array(numbers.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      transposed[column * rows + row] = numbers[row * columns + column];
    }
  }
  return transposed;
}

/**
 * Put batch normalisation into the layer before it.
 *
 * Once trained, scale · (x W − mean) / √(variance + ε) + bias is linear in x: a layer with the
 * weights W · factor and the bias − mean · factor, where factor = scale / √(variance + ε).
 */
function foldBatchNorm(layer, scale, mean, variance, epsilon) {
  const { weight, bias, inputs, outputs } = layer;
  for (let output = 0; output < outputs; output++) {
    const factor = scale[output] / Math.sqrt(variance[output] + epsilon);
    bias[output] -= mean[output] * factor;
    for (let input = 0; input < inputs; input++) {
      weight[input * outputs + output] *= factor;
    }
  }
}
