// A FastCGI responder that does nothing: the yardstick that the benchmark compares hookspool.fcgi
// with. It reads the request to its end and answers 200, in the plainest way that libfcgi offers:
// threads that accept, answer and accept again, and block meanwhile. A kept connection has its
// thread for itself, so it needs as many threads as there are connections; one that waits for all
// of them at once, as hookspool.fcgi does, can be faster. Usage: idle_responder SOCKET THREADS

#include <fcgiapp.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <vector>

namespace {

void serve(int socket) {
  FCGX_Request request;
  FCGX_InitRequest(&request, socket, 0);
  while (FCGX_Accept_r(&request) == 0) {
    std::array<char, 4096> body;
    while (FCGX_GetStr(body.data(), body.size(), request.in) == static_cast<int>(body.size())) {
    }
    FCGX_PutS("Status: 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 6\r\n\r\nKept.\n",
              request.out);
    FCGX_Finish_r(&request);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("usage: idle_responder SOCKET THREADS\n", stderr);
    return 64;
  }
  constexpr int kBacklog = 4096;
  FCGX_Init();
  const int socket = FCGX_OpenSocket(argv[1], kBacklog);
  if (socket < 0) return 73;
  std::vector<std::thread> threads;
  for (int i = std::atoi(argv[2]); i > 0; --i) threads.emplace_back(serve, socket);
  for (std::thread& thread : threads) thread.join();
}
