#pragma once

#include <climits>

namespace hookspool::preload {

/// A path with room of its own: nothing may be allocated inside another program's calls.
struct Path {
  char text[PATH_MAX * 2] = "";
};

/// The absolute path that `path`, as it is given to an *at() call, names.
Path absolute(int directory, const char* path);
/// The path of an open file.
Path of_descriptor(int fd);

bool is_watched(const Path& path);
/// Whether it is one of the watched directory's files that outlive their programs: SQLite makes its
/// -shm file anew from the others.
bool is_lasting(const Path& path);

}  // namespace hookspool::preload
