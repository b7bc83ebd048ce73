// The functions between two layers, each in one place: its value, its slope, and how it is written.
//
// Without them a network would be one linear layer, however many it has.

const GELU_SCALE = Math.sqrt(2 / Math.PI);
const GELU_CUBIC = 0.044715;
const LEAK = 0.01;

/** Return a number as a factor: in brackets if it has a minus. */
export const inBrackets = (text) => (text.startsWith("−") ? `(${text})` : text);
const geluInner = (z) => GELU_SCALE * (z + GELU_CUBIC * z ** 3);

/**
 * For each name {value(z), slope(z, y), written(z), negative, limit}: y = value(z), dy/dz = slope,
 * `written` puts a text in place of z, with `^{…}` around exponents, `negative` says whether y can
 * be below 0, and `limit` is the largest |y| or null.
 */
export const ACTIVATIONS = {
  sigmoid: {
    value: (z) => 1 / (1 + Math.exp(-z)),
    slope: (z, y) => y * (1 - y),
    written: (z) => `1 / (1 + e^{−${inBrackets(z)}})`,
    negative: false,
    limit: 1,
  },
  tanh: {
    value: Math.tanh,
    slope: (z, y) => 1 - y * y,
    written: (z) => `tanh(${z})`,
    negative: true,
    limit: 1,
  },
  relu: {
    value: (z) => (z > 0 ? z : 0),
    slope: (z) => (z > 0 ? 1 : 0),
    written: (z) => `max(${z}, 0)`,
    negative: false,
    limit: null,
  },
  "leaky-relu": {
    value: (z) => (z > 0 ? z : LEAK * z),
    slope: (z) => (z > 0 ? 1 : LEAK),
    written: (z) => `max(${z}, ${LEAK} · ${inBrackets(z)})`,
    negative: true,
    limit: null,
  },
  gelu: {
    // the tanh form of Hendrycks and Gimpel, arXiv:1606.08415
    value: (z) => 0.5 * z * (1 + Math.tanh(geluInner(z))),
    slope: (z) => {
      const t = Math.tanh(geluInner(z));
      const inner = GELU_SCALE * (1 + 3 * GELU_CUBIC * z * z);
      return 0.5 * (1 + t + z * (1 - t * t) * inner);
    },
    written: (text) => {
      const z = inBrackets(text);
      return `½ · ${z} · (1 + tanh(√(2/π) · (${text} + ${GELU_CUBIC} · ${z}³)))`;
    },
    negative: true,
    limit: null,
  },
};
