/* Set the sums of the first layer. Pixels of 0, mostly the greater part, add nothing. */
static inline void mlp_first_layer(const uint8_t *image, const float *weights,
                                   const float *biases, float *sums, size_t count)
{
    size_t i;

    memcpy(sums, biases, count * sizeof *sums);
    for (i = 0; i < MLP_INPUTS; i++) {
        if (image[i] != 0) {
            mlp_add((float)image[i] * (1.0f / 255.0f), weights + i * count, sums, count);
        }
    }
}

/* Set the sums of a later layer. The weights have a row for each input. */
static inline void mlp_layer(const float *inputs, size_t input_count, const float *weights,
                             const float *biases, float *sums, size_t count)
{
    size_t i;

    memcpy(sums, biases, count * sizeof *sums);
    for (i = 0; i < input_count; i++) {
        mlp_add(inputs[i], weights + i * count, sums, count);
    }
}
