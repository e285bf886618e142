#include "store/gzip.h"

#include <zlib.h>

#include <array>

#include "base/error.h"

namespace hookspool::store {
namespace {

/// zlib's flag for a gzip header in place of its own.
constexpr int kGzipHeader = 16;
constexpr int kMemoryLevel = 8;  // zlib's default

Bytef* bytes_of(std::string_view text) {
  // zlib takes a pointer to bytes that it does not change.
  return reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
}

}  // namespace

std::string gzip(std::string_view text) {
  z_stream stream{};
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, MAX_WBITS + kGzipHeader,
                   kMemoryLevel, Z_DEFAULT_STRATEGY) != Z_OK) {
    throw Error(ExitCode::kSystem, "there is no memory to compress with");
  }
  std::string compressed(deflateBound(&stream, text.size()), '\0');
  stream.next_in = bytes_of(text);
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = bytes_of(compressed);
  stream.avail_out = static_cast<uInt>(compressed.size());
  // The output has room for all of it: one call does.
  deflate(&stream, Z_FINISH);
  compressed.resize(stream.total_out);
  deflateEnd(&stream);
  return compressed;
}

std::string gunzip(std::string_view compressed) {
  z_stream stream{};
  if (inflateInit2(&stream, MAX_WBITS + kGzipHeader) != Z_OK) {
    throw Error(ExitCode::kSystem, "there is no memory to decompress with");
  }
  stream.next_in = bytes_of(compressed);
  stream.avail_in = static_cast<uInt>(compressed.size());
  std::string text;
  std::array<char, 16384> part{};
  int result = Z_OK;
  while (result == Z_OK) {
    stream.next_out = bytes_of({part.data(), part.size()});
    stream.avail_out = part.size();
    result = inflate(&stream, Z_NO_FLUSH);
    text.append(part.data(), part.size() - stream.avail_out);
  }
  inflateEnd(&stream);
  if (result != Z_STREAM_END) {
    throw Error(ExitCode::kBadData, "compressed data is damaged or cut off");
  }
  return text;
}

}  // namespace hookspool::store
