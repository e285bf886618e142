#pragma once

namespace hookspool::strava_sim {

/// Ends connections under the hands of the HTTP library, which has no call for that: a server that
/// dies in the middle of an answer is what clients have to cope with.
///
/// Shuts down the accepted connections of this process on `server_port`: the one from
/// `client_port`, or with 0 all of them. The library sees a closed connection and frees it.
void cut_connections(int server_port, int client_port = 0);

}  // namespace hookspool::strava_sim
