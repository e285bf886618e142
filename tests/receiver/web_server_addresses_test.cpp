#include "receiver/web_server_addresses.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

#include <cstring>

#include "base/error.h"

namespace hookspool::receiver {
namespace {

sockaddr_storage peer(int family, const char* address) {
  sockaddr_storage storage{};
  storage.ss_family = static_cast<sa_family_t>(family);
  sockaddr_in v4{};
  sockaddr_in6 v6{};
  if (family == AF_INET) {
    v4.sin_family = AF_INET;
    EXPECT_EQ(::inet_pton(AF_INET, address, &v4.sin_addr), 1);
    std::memcpy(&storage, &v4, sizeof v4);
  } else if (family == AF_INET6) {
    v6.sin6_family = AF_INET6;
    EXPECT_EQ(::inet_pton(AF_INET6, address, &v6.sin6_addr), 1);
    std::memcpy(&storage, &v6, sizeof v6);
  }
  return storage;
}

TEST(WebServerAddresses, LetInAnybodyWhereNoneAreNamed) {
  EXPECT_TRUE(WebServerAddresses().let_in(peer(AF_INET, "203.0.113.7")));
}

TEST(WebServerAddresses, LetInThoseThatAreNamedOnly) {
  const WebServerAddresses addresses("199.170.183.28, 127.0.0.1,2001:DB8:0::1");
  EXPECT_TRUE(addresses.let_in(peer(AF_INET, "199.170.183.28")));
  EXPECT_TRUE(addresses.let_in(peer(AF_INET, "127.0.0.1")));
  EXPECT_TRUE(addresses.let_in(peer(AF_INET6, "2001:db8::1")));
  EXPECT_TRUE(addresses.let_in(peer(AF_INET6, "::ffff:127.0.0.1")));
  EXPECT_FALSE(addresses.let_in(peer(AF_INET, "127.0.0.2")));
  EXPECT_FALSE(addresses.let_in(peer(AF_INET6, "::1")));
}

TEST(WebServerAddresses, LetInNobodyFromTheNetworkWhereTheListIsEmpty) {
  EXPECT_FALSE(WebServerAddresses("").let_in(peer(AF_INET, "127.0.0.1")));
}

TEST(WebServerAddresses, LetInWhoeverReachesAUnixSocket) {
  EXPECT_TRUE(WebServerAddresses("127.0.0.1").let_in(peer(AF_UNIX, "")));
}

TEST(WebServerAddresses, MustBeAddresses) {
  EXPECT_THROW(WebServerAddresses("localhost"), Error);
  EXPECT_THROW(WebServerAddresses("127.0.0.1,,127.0.0.2"), Error);
}

}  // namespace
}  // namespace hookspool::receiver
