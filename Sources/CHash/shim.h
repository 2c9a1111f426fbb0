// Hashes of stored events. SHA-256 is OpenSSL's, in the form that needs no memory of its own; on macOS it is the system's.
// CRC32C is the processor's own instruction, where it has one.
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __APPLE__
#include <CommonCrypto/CommonDigest.h>
#define CHASH_CONTEXT CC_SHA256_CTX
#define CHASH_INIT CC_SHA256_Init
#define CHASH_UPDATE(context, bytes, count) CC_SHA256_Update(context, bytes, (CC_LONG)(count))
#define CHASH_FINAL CC_SHA256_Final
#else
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>
#define CHASH_CONTEXT SHA256_CTX
#define CHASH_INIT SHA256_Init
#define CHASH_UPDATE SHA256_Update
#define CHASH_FINAL SHA256_Final
#endif

/// The hash of a leaf of RFC 6962's tree: SHA-256 of 0x00 and the bytes.
static inline void chash_sha256_leaf(const void *bytes, size_t count, void *digest) {
    static const unsigned char prefix = 0;
    CHASH_CONTEXT context;
    CHASH_INIT(&context);
    CHASH_UPDATE(&context, &prefix, 1);
    CHASH_UPDATE(&context, bytes, count);
    CHASH_FINAL((unsigned char *)digest, &context);
}

/// The hash of a node of RFC 6962's tree: SHA-256 of 0x01 and the 64 bytes of the two below it. In one piece, which is faster.
static inline void chash_sha256_node(const void *pair, void *digest) {
    unsigned char bytes[65] = {1};
    CHASH_CONTEXT context;
    memcpy(bytes + 1, pair, 64);
    CHASH_INIT(&context);
    CHASH_UPDATE(&context, bytes, sizeof bytes);
    CHASH_FINAL((unsigned char *)digest, &context);
}

/// SHA-256 of the bytes.
static inline void chash_sha256(const void *bytes, size_t count, void *digest) {
    CHASH_CONTEXT context;
    CHASH_INIT(&context);
    CHASH_UPDATE(&context, bytes, count);
    CHASH_FINAL((unsigned char *)digest, &context);
}

/// Whether `chash_crc32c` may be called.
static inline int chash_has_crc32c(void) {
#if defined(__x86_64__)
    return __builtin_cpu_supports("sse4.2");
#elif defined(__ARM_FEATURE_CRC32)
    return 1;
#else
    return 0;
#endif
}

/// The state of a CRC32C after these bytes. The caller inverts before and after.
#if defined(__x86_64__)
__attribute__((target("sse4.2")))
#endif
static inline uint32_t chash_crc32c(uint32_t state, const unsigned char *bytes, size_t count) {
#if defined(__x86_64__)
    uint64_t wide = state;
    for (; count >= 8; bytes += 8, count -= 8) {
        uint64_t word;
        __builtin_memcpy(&word, bytes, 8);
        wide = __builtin_ia32_crc32di(wide, word);
    }
    state = (uint32_t)wide;
    for (; count > 0; bytes++, count--) state = __builtin_ia32_crc32qi(state, *bytes);
#elif defined(__ARM_FEATURE_CRC32)
    for (; count >= 8; bytes += 8, count -= 8) {
        uint64_t word;
        __builtin_memcpy(&word, bytes, 8);
        state = __builtin_arm_crc32cd(state, word);
    }
    for (; count > 0; bytes++, count--) state = __builtin_arm_crc32cb(state, *bytes);
#else
    (void)bytes;
    (void)count;
#endif
    return state;
}
