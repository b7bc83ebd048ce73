/* Take probabilities to a power, and divide them by their sum. */
static inline void mlp_temper(float power, float values[MLP_CLASSES])
{
    size_t i;

    for (i = 0; i < MLP_CLASSES; i++) {
        values[i] = power * logf(values[i] > 1e-37f ? values[i] : 1e-37f);
    }
    mlp_softmax(values);
}
