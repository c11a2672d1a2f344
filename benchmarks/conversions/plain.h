/* Ten conversions as C has them: what cffi and ctypes call. */
void empty(void);
int64_t integer(int64_t x);
double float_(double x);
_Bool boolean(_Bool x);
size_t text_in(const char *x);
void text_out(char *made, size_t length);
uint32_t bytes_in(const char *x, size_t length);
int64_t list_in(const int64_t *x, size_t length);
void list_out(double *made, uint32_t length);
int64_t dict_in(const char *const *keys, const int64_t *values, size_t length);
typedef struct { int64_t x; } point;
int64_t point_get(const point *self);
