#include <stddef.h>
#include <stdint.h>

/// Runs libFuzzer as a library; linked in by -sanitize=fuzzer.
int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*target)(const uint8_t *data, size_t size));
