#pragma once

#include <string>

namespace hookspool::receiver {

/// What a sieve held back.
struct Sifted {
  std::string answers;   ///< records that are to be sent for it
  bool is_over = false;  ///< the connection is to be closed after that
};

/// Leaves of `bytes`, which begin with a record, what libfcgi can be given: the records of one
/// request, without padding, and of each stream in as few records as there can be. What follows
/// its end stays as it is, and so does a record that is not there whole.
///
/// Held back are
/// - management records, which are answered: some clients ask for FCGI_GET_VALUES before they send
///   the first request, and wait. libfcgi writes the values, as often as they are asked for, into
///   64 bytes;
/// - a second request before the first was answered, which is refused (FCGI_CANT_MPX_CONN). libfcgi
///   would wait until the client has read the refusal;
/// - a request that is aborted, or wants another role than that of a responder: the end is told,
///   and the connection is over;
/// - records of no request that was begun, and of types that there are not.
///
/// `answered` counts the answers on the connection since its last request. With too many the
/// connection is over, in however many pieces it was sifted.
/// https://fastcgi-archives.github.io/FastCGI_Specification.html#S3.3
Sifted sift(std::string& bytes, int& answered);

}  // namespace hookspool::receiver
