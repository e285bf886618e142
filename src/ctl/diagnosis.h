#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "ctl/context.h"
#include "ctl/finding.h"
#include "spool/file_system.h"

namespace hookspool::ctl {

using Findings = std::vector<Finding>;

/// Whether every section of hookspool.toml can be read, by whoever runs this.
Findings check_configuration(Context& context);

/// A user as whom something is tried.
struct User {
  std::string name;
  uid_t uid = 0;
  gid_t gid = 0;
};

/// The user with that name. \throws Error  there is none
User user_named(const std::string& name);
/// By the user database, the supplementary groups included.
bool is_member(const User& user, gid_t group);
/// Who owns the first of the files that exists; nothing if none does.
std::optional<User> owner_of_first(const std::vector<std::filesystem::path>& files);

/// Whether the spool can be written as the receiver and the fetcher write it, how long one durable
/// write takes, and how much room is left. Makes no spool where there is none.
Findings check_spool(const std::filesystem::path& spool, spool::FileSystem& files);

/// How much room is left on the disk that a directory is on. \throws SystemError
Finding check_room(const std::string& subject, const std::filesystem::path& directory);

/// Nothing, unless the kernel of that release, as uname(2) names it, tells one program of a disk's
/// error and not the others that write the same file.
std::optional<Finding> check_kernel(const std::string& release);

/// The same right, and that to the files which each program reads, tried as its user, for which
/// this must be root. Nothing in the spool stays behind.
Findings check_access(Context& context, const User& receiver, const User& fetcher);

/// What the store tells: jobs that nobody does, dead ones, athletes in trouble, silence. Makes no
/// database where there is none.
Findings check_store(Context& context);

/// Whether events came lately that lack a right signature, where that is checked, and no other came
/// behind them; and whether some were refused by mistake. Makes no database where there is none.
Findings check_signatures(Context& context);

/// Whether those whom [notify] names can be told, and have been.
Findings check_notify(Context& context);

/// What Strava tells: the subscription, the application, the athletes' tokens, the time.
Findings check_strava(Context& context);

}  // namespace hookspool::ctl
