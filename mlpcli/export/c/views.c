/* Return a product, rounded before a compiler may join it with an addition. */
static inline double mlp_product(double a, double b)
{
    volatile double product = a * b;

    return product;
}

/* Return a place in pixels as the nearest unit of 1/256 pixel, halves up. */
static inline int32_t mlp_units(double pixels)
{
    return (int32_t)floor(pixels * 256.0 + 0.5);
}
