/* Read an image with a network that `mlp export` wrote.
 *
 *     mlp export bundled mlp.h
 *     cc -std=c99 -O2 -I. examples/predict.c -o predict -lm
 *     ./predict seven.pgm
 *
 * The file is a PGM (https://netpbm.sourceforge.net/doc/pgm.html, the binary kind, P5), an image as
 * the comment at the top of mlp.h asks for. `mlp data export` writes such images as PNG, which
 * Pillow, netpbm and ImageMagick convert.
 */

#include "mlp.h"

#include <ctype.h>
#include <stdio.h>

/* Read a number of the file's head, past white space and comments; return -1 if there is none. */
static int read_number(FILE *file)
{
    int number = 0, digits = 0, next = getc(file);

    while (isspace(next) || next == '#') {
        if (next == '#') {
            while (next != '\n' && next != EOF) {
                next = getc(file);
            }
        } else {
            next = getc(file);
        }
    }
    while (isdigit(next) && digits < 6) {
        number = 10 * number + (next - '0');
        digits++;
        next = getc(file);
    }
    return digits > 0 && isspace(next) ? number : -1; /* one white space follows each number */
}

/* Read an image of the network's size; return NULL, or what is wrong with the file. */
static const char *read_image(FILE *file, uint8_t image[MLP_INPUTS])
{
    int width, height, white;
    size_t i;

    if (getc(file) != 'P' || getc(file) != '5') {
        return "must be a binary PGM, which begins with P5";
    }
    width = read_number(file);
    height = read_number(file);
    white = read_number(file);
    if (width != MLP_WIDTH || height != MLP_HEIGHT) {
        return "must have the size of the network's images";
    }
    if (white < 1 || white > 255) {
        return "must have one byte for each pixel";
    }
    if (fread(image, 1, MLP_INPUTS, file) != MLP_INPUTS) {
        return "ends before the last pixel";
    }
    for (i = 0; i < MLP_INPUTS; i++) {
        int level = image[i] * 255 / white;

        image[i] = (uint8_t)(level > 255 ? 255 : level);
    }
    return NULL;
}

int main(int argc, char **argv)
{
    static uint8_t image[MLP_INPUTS];
    static float probabilities[MLP_CLASSES];
    const char *problem = "cannot be opened";
    FILE *file;
    int i, label;

    if (argc != 2) {
        fprintf(stderr, "usage: predict FILE.pgm\n");
        return 2;
    }
    file = fopen(argv[1], "rb");
    if (file != NULL) {
        problem = read_image(file, image);
        fclose(file);
    }
    if (problem != NULL) {
        fprintf(stderr, "%s: %s\n", argv[1], problem);
        return 1;
    }
    label = mlp_predict(image, probabilities);
    printf("label %s, probability %.4f\n", mlp_class_names[label], (double)probabilities[label]);
    for (i = 0; i < MLP_CLASSES; i++) {
        printf("  %s  %.4f\n", mlp_class_names[i], (double)probabilities[i]);
    }
    return 0;
}
