#pragma once

#include <string>

/// Edits that no webhook tells of: gear, a cropped track, a commute. Pure.
namespace hookspool::fetcher {

/// Whether what Strava's list says of an activity shows that it was edited since the answer that is
/// stored, both as Strava's JSON. Only what both of them have is compared, since lists leave out
/// what details have; kudos, comments and other people's doings are no edits.
bool tells_of_edit(const std::string& listed, const std::string& stored);

/// What a list says in the fields that are compared: the same text if it says the same.
std::string words_of(const std::string& listed);

}  // namespace hookspool::fetcher
