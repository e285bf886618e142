"""What durability adds to the answer to a single event."""

import http.client
import os
import statistics
import time
import urllib.parse

EVENT = (
    b'{"aspect_type":"create","event_time":1522986611,"object_id":14919682220,"object_type":"activity",'
    b'"owner_id":28004310,"subscription_id":122449,"updates":{}}'
)


class _Poster:
    def __init__(self, url):
        parts = urllib.parse.urlsplit(url)
        self._path = parts.path
        self._connection = http.client.HTTPConnection(parts.netloc)

    def seconds(self):
        start = time.perf_counter()
        self._connection.request("POST", self._path, EVENT, {"Content-Type": "application/json"})
        answer = self._connection.getresponse()
        answer.read()
        taken = time.perf_counter() - start
        if answer.status != 200:
            raise RuntimeError(f"{self._path} answered {answer.status}")
        return taken


def added_latency(ours, idle, directory, events=300):
    """How much longer the answer of `ours` takes than that of `idle`, and one durable append, in seconds.

    All three in turns, event by event: the time of an fdatasync changes from second to second.
    """
    our_poster, idle_poster = _Poster(ours), _Poster(idle)
    path = directory / "latency"
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    added, syncs = [], []
    for _ in range(events):
        added.append(our_poster.seconds() - idle_poster.seconds())
        start = time.perf_counter()
        os.write(file, b"x" * 300)
        os.fdatasync(file)
        syncs.append(time.perf_counter() - start)
    os.close(file)
    path.unlink()
    return statistics.median(added), statistics.median(syncs)
