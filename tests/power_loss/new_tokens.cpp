#include "power_loss/new_tokens.h"

#include <algorithm>
#include <span>
#include <string>

namespace hookspool::power_loss {
namespace {

using preload::Kind;
using Operations = std::span<const Operation>;

bool asks_for_tokens(const Operation& operation) {
  return operation.kind == Kind::kSend && operation.data.starts_with("POST ") &&
         operation.data.find("/oauth/token") != std::string::npos;
}

Operations before_failure(const Recording& recording) {
  const auto failure = std::ranges::find(recording, Kind::kFailure, &Operation::kind);
  return Operations(recording).first(static_cast<std::size_t>(failure - recording.begin()));
}

/// What followed the last byte of the answer, which may have come in pieces.
std::optional<Operations> after_answer(Operations after_request, int connection) {
  std::string answer;
  for (std::size_t i = 0; i < after_request.size(); ++i) {
    const Operation& operation = after_request[i];
    if (operation.kind != Kind::kReceive || operation.descriptor != connection) continue;
    answer += operation.data;
    if (answer.ends_with('}')) return after_request.subspan(i + 1);
  }
  return std::nullopt;
}

}  // namespace

std::optional<int> changes_since_new_tokens(const Recording& recording) {
  const Operations operations = before_failure(recording);
  const auto request = std::find_if(operations.rbegin(), operations.rend(), asks_for_tokens);
  if (request == operations.rend()) return std::nullopt;
  const auto position = static_cast<std::size_t>(operations.rend() - request);
  const auto rest = after_answer(operations.subspan(position), request->descriptor);
  if (!rest) return 0;
  return count_changes(*rest);
}

}  // namespace hookspool::power_loss
