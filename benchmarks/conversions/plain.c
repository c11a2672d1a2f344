/* Ten conversions as C has them: what cffi and ctypes call. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "plain.h"

void empty(void) {}
int64_t integer(int64_t x) { return (int64_t)((uint64_t)x + 1); }
double float_(double x) { return x + 1.0; }
_Bool boolean(_Bool x) { return !x; }
size_t text_in(const char *x) { return strlen(x); }
void text_out(char *made, size_t length) { memset(made, 'x', length); }

uint32_t bytes_in(const char *x, size_t length) {
    return length < 2 ? 0 : (uint32_t)(uint8_t)x[0] + (uint8_t)x[length - 1];
}

int64_t list_in(const int64_t *x, size_t length) {
    int64_t total = 0;
    for (size_t i = 0; i < length; i++) total += x[i];
    return total;
}

void list_out(double *made, uint32_t length) {
    for (uint32_t i = 0; i < length; i++) made[i] = i;
}

/* There is no map in C: two arrays, of which the keys are looked at too. */
int64_t dict_in(const char *const *keys, const int64_t *values, size_t length) {
    int64_t total = 0;
    for (size_t i = 0; i < length; i++) total += keys[i] ? values[i] : 0;
    return total;
}

int64_t point_get(const point *self) { return self->x; }
