/* The digits model from C: right to the last bit.
 *
 *     digits MODEL.tflite PICTURES SCORES
 *
 * Runs an int8 model over the pictures of a file (144 bytes each), and holds what comes out against the scores of
 * another (10 bytes each), which LiteRT gave. The status is 0 only when all are equal. */

#include "floe_micro.h"

#include <stdio.h>
#include <string.h>

/* Only these are linked. */
static const floe_op *const OPS[] = {
    &FLOE_CONV_2D_I8, &FLOE_FULLY_CONNECTED_I8, &FLOE_MAX_POOL_2D_I8, &FLOE_RESHAPE, &FLOE_SOFTMAX_I8,
};

/* The model on a chip would be an array in flash; see `floe embed --lang c`. */
static uint8_t model[16384];
static uint64_t memory[FLOE_INTERPRETER_SIZE / 8];
static uint64_t arena[4096 / 8];

static int fail(const char *what, floe_error error) {
    char text[128];
    floe_error_text(error, text, sizeof text);
    fprintf(stderr, "%s: %s\n", what, text);
    return 1;
}

/* What the interface promises, besides the numbers. */
static int check(floe_setup setup, floe_interpreter *interpreter) {
    floe_tensor tensor;
    floe_interpreter *other;
    floe_error error;
    const size_t exact = floe_arena_size(interpreter);

    if (floe_interpreter_size() > sizeof memory || exact == 0 || exact >= sizeof arena) return 1;
    if (floe_input_count(interpreter) != 1 || floe_output_count(interpreter) != 1) return 2;
    if (floe_input_named(interpreter, "x", &tensor).kind != FLOE_OK) return 3;
    if (tensor.size != 144 || tensor.rank != 4 || tensor.shape[1] != 12) return 4;
    if (tensor.dtype != FLOE_INT8 || tensor.zero_point != -128 || tensor.scale <= 0) return 5;
    if (tensor.name_size != 1 || memcmp(tensor.name, "x", 1) != 0) return 6;
    if (floe_output_named(interpreter, "output_0", &tensor).kind != FLOE_OK || tensor.size != 10) return 7;
    if (floe_output_named(interpreter, "no such", &tensor).kind != FLOE_ERROR_NO_SUCH_INDEX) return 8;
    if (floe_input(interpreter, 1, &tensor).kind != FLOE_ERROR_NO_SUCH_INDEX) return 9;
    if (floe_invoke(NULL).kind != FLOE_ERROR_NULL || floe_input(interpreter, 0, NULL).kind != FLOE_ERROR_NULL)
        return 10;

    /* What is too small says what would do. The arena is the first interpreter's, so this ends it. */
    setup.arena_size = exact - 1;
    error = floe_open(&setup, memory, sizeof memory, &other);
    if (error.kind != FLOE_ERROR_ARENA || error.at != exact) return 11;
    setup.arena_size = exact;
    if (floe_open(&setup, memory, sizeof memory, &other).kind != FLOE_OK) return 15;
    if (floe_open(&setup, memory, 8, &other).kind != FLOE_ERROR_MEMORY) return 12;
    setup.op_count -= 1;
    if (floe_open(&setup, memory, sizeof memory, &other).kind != FLOE_ERROR_OP) return 13;
    setup.op_count += 1;
    setup.model_size /= 2;
    if (floe_open(&setup, memory, sizeof memory, &other).kind != FLOE_ERROR_FILE) return 14;
    return 0;
}

int main(int count, char **arguments) {
    floe_setup setup = {0};
    floe_interpreter *interpreter;
    floe_tensor in, out;
    uint8_t picture[144], scores[10];
    floe_error error;
    FILE *file, *pictures, *expected;
    unsigned runs = 0, right = 0;
    bool more;
    int broken;

    if (count != 4) return 2;
    file = fopen(arguments[1], "rb");
    pictures = fopen(arguments[2], "rb");
    expected = fopen(arguments[3], "rb");
    if (!file || !pictures || !expected) return 2;

    setup.model = model;
    setup.model_size = fread(model, 1, sizeof model, file);
    setup.ops = OPS;
    setup.op_count = sizeof OPS / sizeof *OPS;
    setup.arena = arena;
    setup.arena_size = sizeof arena;
    error = floe_open(&setup, memory, sizeof memory, &interpreter);
    if (error.kind != FLOE_OK) return fail("open", error);

    while (fread(picture, sizeof picture, 1, pictures) == 1 && fread(scores, sizeof scores, 1, expected) == 1) {
        error = floe_input(interpreter, 0, &in);
        if (error.kind != FLOE_OK) return fail("input", error);
        memcpy(in.data, picture, sizeof picture);
        if (runs % 2 == 0) {
            error = floe_invoke(interpreter);
        } else {
            /* The same, an operator at a time. */
            error = floe_rewind(interpreter);
            for (more = true; error.kind == FLOE_OK && more;) error = floe_step(interpreter, &more);
        }
        if (error.kind != FLOE_OK) return fail("run", error);
        error = floe_output(interpreter, 0, &out);
        if (error.kind != FLOE_OK) return fail("output", error);
        right += out.size == sizeof scores && memcmp(out.data, scores, sizeof scores) == 0;
        runs += 1;
        floe_reset(interpreter);
    }
    broken = check(setup, interpreter);
    printf("equal to LiteRT: %u of %u, check %d\n", right, runs, broken);
    fclose(file);
    fclose(pictures);
    fclose(expected);
    return runs > 0 && right == runs && !broken ? 0 : 1;
}
