/* Add x times a row of numbers to as many sums. */
static inline void mlp_add(float x, const float *row, float *sums, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++) {
        sums[i] += x * row[i];
    }
}

/* Turn logits into probabilities; without the largest, exp would overflow. */
static inline void mlp_softmax(float values[MLP_CLASSES])
{
    float largest = values[0], sum = 0.0f;
    size_t i;

    for (i = 1; i < MLP_CLASSES; i++) {
        if (values[i] > largest) {
            largest = values[i];
        }
    }
    for (i = 0; i < MLP_CLASSES; i++) {
        values[i] = expf(values[i] - largest);
        sum += values[i];
    }
    for (i = 0; i < MLP_CLASSES; i++) {
        values[i] /= sum;
    }
}

/* Return where the largest of the values is, the first of several. */
static inline int mlp_largest(const float values[MLP_CLASSES])
{
    int i, best = 0;

    for (i = 1; i < MLP_CLASSES; i++) {
        if (values[i] > values[best]) {
            best = i;
        }
    }
    return best;
}
