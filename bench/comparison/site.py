"""All contenders at work behind one nginx."""

import contextlib
import sys

from comparison.load import post_events
from comparison.processes import Nobody, Program
from comparison.web_server import WebServer


class Site:
    """Runs during a `with` block. `contenders` are those that answer."""

    def __init__(self, work, contenders):
        self._work = work
        self.contenders = contenders

    def __enter__(self):
        with contextlib.ExitStack() as stack:
            self._programs = {
                contender.name: self._start(contender, stack) for contender in self.contenders
            }
            self._server = stack.enter_context(WebServer(self._work, self.contenders))
            self.contenders = [contender for contender in self.contenders if self._answers(contender)]
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_):
        self._stack.close()

    def _start(self, contender, stack):
        if not contender.command:
            return Nobody()
        log = self._work / f"{contender.name}.log"
        return stack.enter_context(Program(contender.command, log, contender.environment))

    def _answers(self, contender):
        obstacle = self._server.wait_until_it_answers(contender)
        if obstacle:
            print(f"not measured: {contender.title}: {obstacle}", file=sys.stderr)
        return obstacle is None

    def url(self, name):
        """Nothing if there is no such contender."""
        named = [contender for contender in self.contenders if contender.name == name]
        return self._server.url_of(named[0]) if named else None

    def load(self, contender, connections, seconds):
        url = self._server.url_of(contender)
        before = contender.count_events()
        load = post_events(url, connections, seconds, self._programs[contender.name])
        added = contender.count_events() - before
        if contender.events_file and added < load.kept:
            raise RuntimeError(f"{contender.title} kept {added} of {load.kept} events that it answered with 200")
        return load

    def memory(self, contender):
        """Private and resident memory of all its processes, in bytes."""
        return self._programs[contender.name].memory()
