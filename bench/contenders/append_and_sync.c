/* The least that a durable CGI program can do: appends the body to a file, waits for the disk, and
   answers. It checks nothing. bench/cold_start compares the starts of others with its.

   environment: EVENTS_FILE, CONTENT_LENGTH */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(void) {
  static const char answer[] = "Status: 200 OK\r\nContent-Type: text/plain\r\n\r\nKept.\n";
  char body[32 * 1024];
  const char *text = getenv("CONTENT_LENGTH");
  const size_t length = text == NULL ? 0 : strtoul(text, NULL, 10);
  if (length == 0 || length >= sizeof body) return 1;
  size_t have = 0;
  while (have < length) {
    const ssize_t got = read(STDIN_FILENO, body + have, length - have);
    if (got <= 0) return 1;
    have += (size_t)got;
  }
  body[have++] = '\n';
  const int file = open(getenv("EVENTS_FILE"), O_WRONLY | O_APPEND | O_CREAT, 0660);
  if (file < 0 || write(file, body, have) != (ssize_t)have || fdatasync(file) != 0) return 1;
  return write(STDOUT_FILENO, answer, sizeof answer - 1) == (ssize_t)(sizeof answer - 1) ? 0 : 1;
}
