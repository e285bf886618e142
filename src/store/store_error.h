#pragma once

#include "base/error.h"

namespace hookspool::store {

/// The database refused. The message names the database file and what to do; it holds no values of
/// statements, since those may be tokens.
class StoreError : public Error {
 public:
  using Error::Error;
};

}  // namespace hookspool::store
