"""The one nginx that all contenders stand behind."""

import os
import pwd
import time
import urllib.error
import urllib.request

from comparison.processes import Program
from comparison.workspace import find, free_port

_CONFIGURATION = """
{user}
worker_processes 1;
daemon off;
pid {work}/nginx.pid;
events {{ worker_connections 2048; }}
http {{
  access_log off;
  client_body_temp_path {work}/t1; fastcgi_temp_path {work}/t2; proxy_temp_path {work}/t3;
  uwsgi_temp_path {work}/t4; scgi_temp_path {work}/t5;
  {upstreams}
  server {{
    listen 127.0.0.1:{port} backlog=1024;
    keepalive_requests 10000000;
    {locations}
  }}
}}
"""


def own_name():
    return pwd.getpwuid(os.getuid()).pw_name


class WebServer:
    """Runs during a `with` block."""

    def __init__(self, work, contenders):
        self._port = free_port()
        text = _CONFIGURATION.format(
            user=f"user {own_name()};" if os.getuid() == 0 else "",
            work=work,
            port=self._port,
            upstreams="\n  ".join(contender.upstream for contender in contenders),
            locations="\n    ".join(
                f"location = /{contender.name} {{ {contender.location} }}"
                for contender in contenders
            ),
        )
        file = work / "nginx.conf"
        file.write_text(text)
        log = work / "nginx.log"
        self._program = Program([find("nginx"), "-p", work, "-c", file, "-e", log], log)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._program.stop()

    def url_of(self, contender):
        return f"http://127.0.0.1:{self._port}/{contender.name}"

    def wait_until_it_answers(self, contender, seconds=5):
        """Nothing once a posted event is answered with 200; else what came instead."""
        body = (
            b'{"aspect_type":"create","event_time":1522986611,"object_id":1,"object_type":"activity",'
            b'"owner_id":28004310,"subscription_id":122449,"updates":{}}'
        )
        request = urllib.request.Request(
            self.url_of(contender), body, {"Content-Type": "application/json"}
        )
        end = time.monotonic() + seconds
        while True:
            try:
                with urllib.request.urlopen(request, timeout=5):
                    return None
            except (urllib.error.URLError, OSError) as error:
                obstacle = str(error)
            if time.monotonic() > end:
                return obstacle
            time.sleep(0.05)
