/* Times libm4ri at the work of benches/solvers.rs: m random equations in n unknowns with one right-hand side.
 *
 *     cc -O3 -march=native benches/peers/m4ri.c -lm4ri -o m4ri
 *     ./m4ri METHOD N M TIMES
 *
 * prints the nanoseconds of processor time that TIMES runs took, and those of the fastest, without copying the matrix.
 * METHOD is "full" for the reduced echelon form, in which the solution can be read off, and "forward" for the echelon
 * form, which is short of back substitution, both by the method of the four Russians; "ple-full" and "ple-forward" for
 * the same by a PLE decomposition; and "solve" for the library's solution of A x = b. Set OMP_NUM_THREADS=1 for one
 * thread.
 */
#include <m4ri/m4ri.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return t.tv_sec * 1e9 + t.tv_nsec;
}

int main(int argc, char **argv) {
    if (argc != 5) {
        fprintf(stderr, "usage: m4ri full|forward|ple-full|ple-forward|solve N M TIMES\n");
        return 2;
    }
    const char *method = argv[1];
    int n = atoi(argv[2]), m = atoi(argv[3]);
    long times = atol(argv[4]);
    mzd_t *x = mzd_init(m, n), *s = mzd_init(n, 1);
    srandom(n);
    mzd_randomize(x);
    mzd_randomize(s);
    mzd_t *y = mzd_mul(NULL, x, s, 0);
    mzd_t *both = mzd_concat(NULL, x, y), *a = mzd_copy(NULL, both);
    int full = strstr(method, "full") != NULL, ple = strstr(method, "ple") != NULL;
    double total = 0, best = 1e300;
    for (long i = 0; i < times; i++) {
        double took = 0;
        if (!strcmp(method, "solve")) {
            mzd_t *b = mzd_init(m > n ? m : n, 1), *c = mzd_copy(NULL, x);
            for (int r = 0; r < m; r++) mzd_write_bit(b, r, 0, mzd_read_bit(y, r, 0));
            double from = now();
            int failed = mzd_solve_left(c, b, 0, 0);
            took = now() - from;
            for (int j = 0; !failed && j < n; j++) failed = mzd_read_bit(b, j, 0) != mzd_read_bit(s, j, 0);
            if (failed) return 1;
            mzd_free(b);
            mzd_free(c);
            total += took;
            best = took < best ? took : best;
            continue;
        }
        mzd_copy(a, both);
        double from = now();
        int rank = ple ? mzd_echelonize_pluq(a, full) : mzd_echelonize_m4ri(a, full, 0);
        took = now() - from;
        total += took;
        best = took < best ? took : best;
        if (rank != n) return 1;
        for (int j = 0; full && j < n; j++)
            if (mzd_read_bit(a, j, n) != mzd_read_bit(s, j, 0)) return 1;
    }
    printf("%.0f %.0f\n", total, best);
    return 0;
}
