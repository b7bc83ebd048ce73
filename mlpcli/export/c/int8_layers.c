/* Return the sum of a unit. Integers of 32 bits hold 127 * 255 * 65536, more than there can be. */
static inline float mlp_sum(const uint8_t *inputs, const int8_t *weights, size_t count,
                            float scale, float bias)
{
    int32_t sum = 0;
    size_t i;

    for (i = 0; i < count; i++) {
        sum += (int32_t)weights[i] * (int32_t)inputs[i];
    }
    return (float)sum * scale + bias;
}

/* Return the level that stands for an activation: 0 for low, and one more for each step. */
static inline uint8_t mlp_level(float activation, float low, float steps_per_unit)
{
    float level = (activation - low) * steps_per_unit + 0.5f;

    return (uint8_t)(level < 0.0f ? 0.0f : level > 255.0f ? 255.0f : level);
}
