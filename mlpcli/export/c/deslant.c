/* Shear a digit about its centre of mass until rows and columns of its ink do not covary. */
static inline void mlp_deslant(uint8_t image[MLP_INPUTS])
{
    int64_t mass = 0, down = 0, across = 0, squares = 0, products = 0, spread, covariance;
    int32_t row, column, moved, whole, right, at, level, next;
    double slant = 0.0, middle = 0.0;
    uint8_t old[MLP_WIDTH];

    for (row = 0; row < MLP_HEIGHT; row++) {
        for (column = 0; column < MLP_WIDTH; column++) {
            level = image[row * MLP_WIDTH + column];
            mass += level;
            down += row * level;
            across += column * level;
            squares += row * row * level;
            products += row * column * level;
        }
    }
    spread = mass * squares - down * down;
    covariance = mass * products - down * across;
    if (spread > 0) {
        slant = (double)covariance / (double)spread;
        slant = slant < -1.0 ? -1.0 : slant > 1.0 ? 1.0 : slant;
    }
    if (mass > 0) {
        middle = (double)down / (double)mass;
    }
    for (row = 0; row < MLP_HEIGHT; row++) {
        moved = mlp_units(mlp_product(slant, row - middle));
        whole = (moved + 256 * MLP_WIDTH) / 256 - MLP_WIDTH; /* rounded down */
        right = moved - 256 * whole;
        memcpy(old, image + row * MLP_WIDTH, sizeof old);
        for (column = 0; column < MLP_WIDTH; column++) {
            at = column + whole;
            level = at >= 0 && at < MLP_WIDTH ? old[at] : 0;
            next = at >= -1 && at < MLP_WIDTH - 1 ? old[at + 1] : 0;
            level = level * (256 - right) + next * right;
            image[row * MLP_WIDTH + column] = (uint8_t)((level + 128) / 256);
        }
    }
}
