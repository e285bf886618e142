#pragma once

#include <string_view>

#include "base/clock.h"
#include "spool/file_system.h"
#include "spool/layout.h"

namespace hookspool::spool {

/// How the names of sealed segments end; whatever else lies in spool/sealed is not ours.
constexpr std::string_view kSegmentSuffix = ".segment";

/// Moves spool/current to spool/sealed/ under a name that sorts after all there, and makes both
/// directories durable. The caller holds the spool's lock, and there is a current segment.
///
/// On failure the segment stands under one of both names. A kill between the rename and the syncs
/// is survived because whoever creates the next segment syncs spool/sealed first (see Journal).
/// \throws SystemError
void seal_current(FileSystem& files, const Layout& layout, Timestamp now);

}  // namespace hookspool::spool
