// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0

// How fast memory is read by what a C compiler makes of a loop, beside ReadProbe and MemoryBandwidth.
//   cc -O3 -march=native -pthread read.c -o read && ./read THREADS
// Prints gigabytes (10^9 bytes) a second: 256 MiB a thread, the fastest of 15 passes.

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { PASSES = 15, VALUES = 1 << 25 };

static pthread_barrier_t barrier;
static double fastest = 1e9;

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec + now.tv_nsec * 1e-9;
}

static void *passes(void *argument) {
  int first = argument != NULL;
  uint64_t *values = aligned_alloc(64, VALUES * sizeof *values);
  if (values == NULL) {
    fputs("read: no memory\n", stderr);
    exit(1);
  }
  for (long i = 0; i < VALUES; i++) {
    values[i] = i;
  }
  for (int pass = 0; pass < PASSES; pass++) {
    pthread_barrier_wait(&barrier);
    double start = seconds();
    uint64_t sum = 0;
    for (long i = 0; i < VALUES; i++) {
      sum += values[i];
    }
    __asm__ volatile("" : : "r"(sum), "r"(values) : "memory"); // so that each pass reads anew
    pthread_barrier_wait(&barrier);
    if (first && seconds() - start < fastest) {
      fastest = seconds() - start;
    }
  }
  free(values);
  return NULL;
}

int main(int count, char **arguments) {
  int threads = count > 1 ? atoi(arguments[1]) : 0;
  if (threads < 1 || threads > 1024) {
    fputs("usage: read THREADS\n", stderr);
    return 2;
  }
  pthread_t team[1024];
  pthread_barrier_init(&barrier, NULL, threads);
  for (int i = 1; i < threads; i++) {
    pthread_create(&team[i], NULL, passes, NULL);
  }
  passes(&barrier);
  for (int i = 1; i < threads; i++) {
    pthread_join(team[i], NULL);
  }
  printf("%.2f\n", threads * 8.0 * VALUES / fastest / 1e9);
  return 0;
}
