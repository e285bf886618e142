#include "power_loss/known_outcomes.h"

#include <string>
#include <utility>

namespace hookspool::power_loss {
namespace {

std::size_t hash_of(const Image& image) {
  std::size_t hash = 0;
  const auto mix = [&hash](const std::string& text) {
    hash = hash * 1'000'003 + std::hash<std::string>()(text);
  };
  for (const std::string& name : image.directories) mix(name);
  for (const auto& [name, content] : image.files) {
    mix(name);
    mix(content);
  }
  return hash;
}

}  // namespace

KnownOutcomes::KnownOutcomes(Make make) : make_(std::move(make)) {}

const Outcome& KnownOutcomes::of(const Image& image) {
  const std::size_t hash = hash_of(image);
  std::size_t before = 0;
  {
    const std::lock_guard lock(mutex_);
    const auto known = by_hash_.find(hash);
    if (known != by_hash_.end()) return *known->second;
    before = begun_++;
  }
  Outcome outcome = make_(image, before);
  const std::lock_guard lock(mutex_);
  const Outcome& kept = *distinct_.insert(std::move(outcome)).first;
  const Outcome*& known = by_hash_.try_emplace(hash, &kept).first->second;
  // The one that also the program has made may be the other one, and complain.
  if (known->complaints.empty()) known = &kept;
  return *known;
}

std::size_t KnownOutcomes::size() const {
  const std::lock_guard lock(mutex_);
  return by_hash_.size();
}

}  // namespace hookspool::power_loss
