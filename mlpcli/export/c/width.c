/* Stretch or squeeze a digit to a width in pixels, its centre of mass in the middle. */
static inline void mlp_to_width(uint8_t image[MLP_INPUTS], int32_t width)
{
    int64_t mass = 0, across = 0;
    int32_t row, column, at, from, to, level, ink, size, first = MLP_WIDTH, last = 0;
    int32_t edges[MLP_WIDTH + 1];
    double step = 1.0, middle = MLP_WIDTH / 2.0;
    uint8_t old[MLP_WIDTH];

    for (row = 0; row < MLP_HEIGHT; row++) {
        for (column = 0; column < MLP_WIDTH; column++) {
            level = image[row * MLP_WIDTH + column];
            mass += level;
            across += column * level;
            if (level >= 77) { /* 0.3 of full ink */
                first = column < first ? column : first;
                last = column > last ? column : last;
            }
        }
    }
    if (first < MLP_WIDTH) {
        step = (double)(last - first + 1) / (double)width;
    }
    if (mass > 0) {
        middle = (double)across / (double)mass + 0.5;
    }
    for (column = 0; column <= MLP_WIDTH; column++) {
        edges[column] = mlp_units(middle + mlp_product(step, column - MLP_WIDTH / 2.0));
    }
    for (row = 0; row < MLP_HEIGHT; row++) {
        memcpy(old, image + row * MLP_WIDTH, sizeof old);
        for (column = 0; column < MLP_WIDTH; column++) {
            ink = 0;
            size = edges[column + 1] - edges[column];
            for (at = 0; at < MLP_WIDTH; at++) {
                from = edges[column] > 256 * at ? edges[column] : 256 * at;
                to = edges[column + 1] < 256 * (at + 1) ? edges[column + 1] : 256 * (at + 1);
                ink += to > from ? old[at] * (to - from) : 0;
            }
            image[row * MLP_WIDTH + column] = (uint8_t)((2 * ink + size) / (2 * size));
        }
    }
}
