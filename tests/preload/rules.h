#pragma once

namespace hookspool::preload {

/// What is to go wrong, from the environment.
///
///     HOOKSPOOL_CALLS_BELOW=DIR        only calls on files below this directory are looked at: an
///                                      absolute path without symbolic links. Needed for all else.
///     HOOKSPOOL_CALLS_RECORD=FILE      what they do is appended there (record_format.h)
///     HOOKSPOOL_CALLS_FAULTS=RULES     rules, separated by spaces or semicolons
///     HOOKSPOOL_CALLS_CLOCK=FILE       by how much the clock is wrong (clock.cpp); for this no
///                                      directory is needed
///
/// A rule is CALL:FAULT[:OPTION…]:
///
///     CALL    open       open, openat, creat, each with a 64
///             write      write, writev
///             pwrite     pwrite, pwrite64
///             truncate   ftruncate, ftruncate64
///             sync       fsync and fdatasync; fsync or fdatasync alone
///             rename, unlink, mkdir, link
///             data       write and pwrite
///             any        all of these but an open that creates nothing
///             answer     a write to a socket or to standard output
///     FAULT   EIO, ENOSPC, EDQUOT, EROFS, EMFILE, ENFILE, EFBIG, EACCES, EINTR
///                        the call fails and has done nothing
///             SHORT      a write writes half of what it should, other calls are not touched
///             TORN       a write writes half, then the process is killed by SIGKILL
///             KILL       the process is killed by SIGKILL before the call
///             LIE        a write or a sync says that it was done and has done nothing, other
///                        calls are not touched
///     OPTION  after=N    not the first N calls that the rule is for; 0 without it
///             times=N    then N calls; without it all
///             path=TEXT  only if the file's path ends with it, or has it followed by "-" (SQLite's
///                        other files) or holds it with a "/" at its end
///             while=FILE only while this file exists, so that faults begin and end in a running
///                        program; other calls are not counted
///
/// Examples:
///
///     write:ENOSPC:path=/current:while=/tmp/t/disk-is-full
///     any:KILL:after=12
///     fdatasync:EIO:times=1:path=/current
///     pwrite:SHORT:times=1 pwrite:ENOSPC:after=1
///
/// Calls are counted for each process by itself. The first rule that strikes counts. A rule that
/// cannot be read ends the program with a message and exit code 64.

/// The calls by name, so that a rule for several can hold them all in one number.
enum Call : unsigned {
  kOpen = 1U << 0,
  kWrite = 1U << 1,
  kPositionedWrite = 1U << 2,
  kTruncate = 1U << 3,
  kFsync = 1U << 4,
  kFdatasync = 1U << 5,
  kRename = 1U << 6,
  kUnlink = 1U << 7,
  kMakeDirectory = 1U << 8,
  kLink = 1U << 9,
  kAnswer = 1U << 10,
};

struct Verdict {
  enum Action { kGoOn, kFail, kShort, kTorn, kKill, kLie } action = kGoOn;
  int error_number = 0;
};

/// Counts a call, and says what is to become of it. Not thread-safe: the caller holds the lock that
/// orders all calls.
Verdict judge(Call call, const char* path);

}  // namespace hookspool::preload
