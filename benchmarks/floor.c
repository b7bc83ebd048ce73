/* One epoch of an MLP with one hidden layer, SGD with momentum and ReLU, on one core: as little work
 * as it takes. The first layer's products skip the pixels that are 0. `floors.py` compiles it. */

#include <math.h>
#include <stdint.h>
#include <string.h>

enum { PIXELS = 784, CLASSES = 10 };

/* y += a x, the only loop that takes time */
static void add(float *restrict y, float a, const float *restrict x, int n) {
    for (int j = 0; j < n; j++) y[j] += a * x[j];
}

/* w, v, g: weights of both layers and their biases, their velocity and room for their gradient, each
 * (784 + 1 + 10) hidden + 10 long; work: 2 hidden for each image of a batch. */
float epoch(const uint8_t *images, const uint8_t *labels, const int64_t *order, int64_t count,
            int batch, int hidden, float rate, float momentum, int nesterov,
            float *restrict w, float *restrict v, float *restrict g, float *restrict work) {
    const int size = (PIXELS + 1 + CLASSES) * hidden + CLASSES;
    const int b1 = PIXELS * hidden, w2 = b1 + hidden, b2 = w2 + hidden * CLASSES;
    double total = 0;
    for (int64_t first = 0; first + batch <= count; first += batch) {
        memset(g, 0, sizeof(float) * size);
        for (int n = 0; n < batch; n++) {
            const uint8_t *x = images + PIXELS * order[first + n];
            const int label = labels[order[first + n]];
            float *h = work, *dh = work + hidden, z[CLASSES], largest = -INFINITY, sum = 0;
            memcpy(h, w + b1, sizeof(float) * hidden);
            for (int i = 0; i < PIXELS; i++)
                if (x[i]) add(h, x[i] / 255.0f, w + i * hidden, hidden);
            memcpy(z, w + b2, sizeof z);
            for (int j = 0; j < hidden; j++) {
                h[j] = h[j] > 0 ? h[j] : 0;
                if (h[j] > 0) add(z, h[j], w + w2 + j * CLASSES, CLASSES);
            }
            for (int k = 0; k < CLASSES; k++) largest = fmaxf(largest, z[k]);
            const float z_label = z[label] - largest;
            for (int k = 0; k < CLASSES; k++) sum += z[k] = expf(z[k] - largest);
            total += logf(sum) - z_label;
            for (int k = 0; k < CLASSES; k++) z[k] = (z[k] / sum - (k == label)) / batch;
            add(g + b2, 1, z, CLASSES);
            for (int j = 0; j < hidden; j++) {
                dh[j] = 0;
                if (h[j] == 0) continue;
                add(g + w2 + j * CLASSES, h[j], z, CLASSES);
                for (int k = 0; k < CLASSES; k++) dh[j] += z[k] * w[w2 + j * CLASSES + k];
            }
            add(g + b1, 1, dh, hidden);
            for (int i = 0; i < PIXELS; i++)
                if (x[i]) add(g + i * hidden, x[i] / 255.0f, dh, hidden);
        }
        for (int i = 0; i < size; i++) {
            v[i] = momentum * v[i] + g[i];
            w[i] -= rate * (nesterov ? g[i] + momentum * v[i] : v[i]);
        }
    }
    return total / count;
}
