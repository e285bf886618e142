#pragma once

// HOOKSPOOL_HAS_SANITIZER is 1 in a build with AddressSanitizer or ThreadSanitizer, else 0. g++ and
// clang each have their way to tell.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HOOKSPOOL_HAS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define HOOKSPOOL_HAS_SANITIZER 1
#endif
#endif
#if !defined(HOOKSPOOL_HAS_SANITIZER)
#define HOOKSPOOL_HAS_SANITIZER 0
#endif
