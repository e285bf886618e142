#pragma once

// cpp-httplib as Debian builds it: a compiled library with TLS, and classes that are larger with
// TLS than without. A file that included it without this macro would disagree with the library
// about their layout.
#ifndef CPPHTTPLIB_OPENSSL_SUPPORT
#define CPPHTTPLIB_OPENSSL_SUPPORT
#endif

#include <httplib.h>
