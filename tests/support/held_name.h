#pragma once

#include <string>

namespace hookspool::test {

/// A host name that the system does not resolve before this ends, as where its zone is down. While
/// there is one, every other name is resolved as ever.
class HeldName {
 public:
  HeldName();
  HeldName(const HeldName&) = delete;
  HeldName& operator=(const HeldName&) = delete;
  /// Lets those go who wait for it, and waits until they have gone.
  ~HeldName();

  static const std::string& name();
  /// Whether somebody waits for its address at this moment.
  bool is_asked_for() const;
};

}  // namespace hookspool::test
