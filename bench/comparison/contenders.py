"""What takes Strava's events in the benchmark: hookspool in each way that it can be run, a responder that
does nothing, and what people use instead. Each checks the event, filters it and keeps it.
"""

import collections
import dataclasses
import os
import pathlib
import random
import shutil

from comparison import machine
from comparison.web_server import own_name
from comparison.workspace import BENCH, REPOSITORY, find, free_port

SOURCES = BENCH / "contenders"
APACHE_MODULES = pathlib.Path("/usr/lib/apache2/modules")
APACHE_USER = "www-data"
MOST_CONNECTIONS = 256

ON_DISK = "on the disk"
IN_PAGE_CACHE = "in the page cache"
IN_MEMORY = "in memory"
NOTHING = "nothing"


@dataclasses.dataclass(frozen=True)
class Contender:
    name: str  # in the URL, too
    title: str
    keeps: str  # where the event is when 200 is answered
    processes: str
    upstream: str = ""  # for nginx, in its http block
    location: str = ""  # for nginx, inside of the location
    command: tuple = ()
    environment: dict = dataclasses.field(default_factory=dict)
    needs: tuple = ()  # programs and files without which it is left out
    events_file: pathlib.Path | None = None  # grows by a line with each event
    kept_connections: bool = False  # from nginx, where it speaks FastCGI
    cpu_shows: bool = True

    def missing(self):
        return [str(need) for need in self.needs if not find(str(need)) and not os.path.exists(need)]

    def size_of_events(self):
        try:
            return self.events_file.stat().st_size if self.events_file else 0
        except FileNotFoundError:
            return 0

    def count_events(self):
        try:
            return self.events_file.read_bytes().count(b"\n") if self.events_file else 0
        except FileNotFoundError:
            return 0

    def cut_events_back(self, size):
        """A file that has grown to gigabytes is not what is to be compared."""
        if self.size_of_events() > size:
            os.truncate(self.events_file, size)


def _fastcgi(name, socket, kept=False, parameters=()):
    """nginx's configuration for a FastCGI program on a Unix socket."""
    keep = f" keepalive {MOST_CONNECTIONS};" if kept else ""
    given = "".join(f" fastcgi_param {key} {value};" for key, value in parameters)
    return {
        "upstream": f"upstream {name} {{ server unix:{socket};{keep} }}",
        "location": f"include /etc/nginx/fastcgi_params;{given} fastcgi_pass {name}; "
        f"fastcgi_keep_conn {'on' if kept else 'off'};",
        "kept_connections": kept,
    }


def _http(name, server, path, kept=True):
    """nginx's configuration for a program that speaks HTTP, over connections that are kept if it can."""
    keep = f" keepalive {MOST_CONNECTIONS};" if kept else ""
    version = ' proxy_http_version 1.1; proxy_set_header Connection "";' if kept else ""
    return {
        "upstream": f"upstream {name} {{ server {server};{keep} }}",
        "location": f"proxy_pass http://{name}{path};{version}",
    }


def nginx_alone():
    return Contender(
        name="nginx",
        title="nginx, return 200",
        keeps=NOTHING,
        processes="none behind nginx",
        location="return 200;",
    )


def nothing(work, build, kept=False):
    name = "nothing-kept" if kept else "nothing"
    # libfcgi's plain way pins a thread to a kept connection, so that one needs as many as connections.
    threads = MOST_CONNECTIONS + 4 if kept else 4
    socket = work / f"{name}.sock"
    return Contender(
        name=name,
        title="a responder that does nothing" + (", connections kept" if kept else ""),
        keeps=NOTHING,
        processes=f"1, of {threads} threads",
        command=(build / "idle_responder", socket, threads),
        **_fastcgi(name, socket, kept),
    )


def _hookspool_files(work, name):
    """A spool, and the configuration that names it."""
    spool = work / f"{name}-spool"
    spool.mkdir(exist_ok=True)
    configuration = work / f"{name}.toml"
    configuration.write_text(
        f'[receiver]\nspool = "{spool}"\nverify_token = "token-of-the-benchmark"\n'
    )
    configuration.chmod(0o600)
    return spool, configuration


def hookspool(work, build, kept=False, name=None):
    """Its spool is `NAME-spool` in the work directory, and may be there already."""
    name = name or ("hookspool-kept" if kept else "hookspool")
    spool, configuration = _hookspool_files(work, name)
    socket = work / f"{name}.sock"
    return Contender(
        name=name,
        title="hookspool, FastCGI" + (", connections kept" if kept else ""),
        keeps=ON_DISK,
        processes="1, of 3 threads",
        command=(build / "hookspool.fcgi", "--config", configuration, "--socket", socket),
        events_file=spool / "current",
        **_fastcgi(name, socket, kept),
    )


_APACHE_CONFIGURATION = """
ServerRoot {work}
ServerName localhost
PidFile {work}/apache.pid
ErrorLog {work}/hookspool-fcgid.log
DefaultRuntimeDir {work}
Listen 127.0.0.1:{port}
LoadModule mpm_event_module {modules}/mod_mpm_event.so
LoadModule authz_core_module {modules}/mod_authz_core.so
LoadModule alias_module {modules}/mod_alias.so
LoadModule fcgid_module {modules}/mod_fcgid.so
{user}
MaxKeepAliveRequests 0
FcgidIPCDir {work}/fcgid
FcgidProcessTableFile {work}/fcgid/table
FcgidInitialEnv HOOKSPOOL_CONFIG {configuration}
{shipped}
"""


def hookspool_by_mod_fcgid(work, build):
    name = "hookspool-fcgid"
    spool, configuration = _hookspool_files(work, name)
    (work / "fcgid").mkdir()
    user = ""
    if os.getuid() == 0:
        user = f"User {APACHE_USER}\nGroup {APACHE_USER}"
        for path in (spool, configuration, work / "fcgid"):
            shutil.chown(path, APACHE_USER, APACHE_USER)
    shipped = (REPOSITORY / "apache" / "hookspool-fcgid.conf").read_text()
    port = free_port()
    file = work / "apache.conf"
    file.write_text(
        _APACHE_CONFIGURATION.format(
            work=work,
            port=port,
            modules=APACHE_MODULES,
            user=user,
            configuration=configuration,
            shipped=shipped.replace(
                "/usr/local/lib/hookspool/hookspool.fcgi", str(build / "hookspool.fcgi")
            ),
        )
    )
    return Contender(
        name=name,
        title="hookspool, Apache's mod_fcgid",
        keeps=ON_DISK,
        processes="up to 20, Apache beside",
        command=("apache2", "-D", "FOREGROUND", "-f", file),
        needs=("apache2", APACHE_MODULES / "mod_fcgid.so"),
        events_file=spool / "current",
        **_http(name, f"127.0.0.1:{port}", "/strava/webhook"),
    )


def hookspool_by_cgi(work, build):
    name = "hookspool-cgi"
    spool, configuration = _hookspool_files(work, name)
    socket = work / f"{name}.sock"
    processes = 2 * machine.cores()
    return Contender(
        name=name,
        title="hookspool, CGI by fcgiwrap",
        keeps=ON_DISK,
        processes=f"{processes} of fcgiwrap, one more per event",
        # It ignores the end of its children, whose time is counted nowhere then.
        cpu_shows=False,
        command=("fcgiwrap", "-f", "-c", processes, "-s", f"unix:{socket}"),
        needs=("fcgiwrap",),
        events_file=spool / "current",
        **_fastcgi(
            name,
            socket,
            parameters=(
                ("SCRIPT_FILENAME", build / "hookspool.fcgi"),
                ("HOOKSPOOL_CONFIG", configuration),
            ),
        ),
    )


_PHP_CONFIGURATION = """
[global]
error_log = {work}/{name}.log
daemonize = no
[event]
{user}
listen = {socket}
; Debian's own limit, without the time that starting them on demand takes.
pm = static
pm.max_children = 5
env[EVENTS_FILE] = {events}
env[EVENTS_SYNC] = {sync}
"""


def php_fpm(work, sync):
    name = "php-sync" if sync else "php"
    socket = work / f"{name}.sock"
    events = work / f"{name}-events"
    configuration = work / f"{name}.conf"
    configuration.write_text(
        _PHP_CONFIGURATION.format(
            work=work,
            name=name,
            user=f"user = {own_name()}" if os.getuid() == 0 else "",
            socket=socket,
            events=events,
            sync=int(sync),
        )
    )
    program = "php-fpm8.2"
    return Contender(
        name=name,
        title="PHP-FPM" + (", fdatasync" if sync else ""),
        keeps=ON_DISK if sync else IN_PAGE_CACHE,
        processes="5, as Debian's limit is",
        command=(program, "--nodaemonize", "--allow-to-run-as-root", "--fpm-config", configuration),
        needs=(program,),
        events_file=events,
        **_fastcgi(
            name, socket, parameters=(("SCRIPT_FILENAME", SOURCES / "php" / "event.php"),)
        ),
    )


def gunicorn(work, sync):
    name = "python-sync" if sync else "python"
    socket = work / f"{name}.sock"
    events = work / f"{name}-events"
    workers = 2 * machine.cores() + 1
    return Contender(
        name=name,
        title="Python, gunicorn" + (", fdatasync" if sync else ""),
        keeps=ON_DISK if sync else IN_PAGE_CACHE,
        processes=f"{workers}, as gunicorn's manual says",
        command=(
            *("gunicorn", "--workers", workers, "--bind", f"unix:{socket}"),
            *("--worker-tmp-dir", "/dev/shm", "--chdir", SOURCES / "python", "application"),
        ),
        environment={
            "EVENTS_FILE": str(events),
            "EVENTS_SYNC": str(int(sync)),
            "PYTHONDONTWRITEBYTECODE": "1",
        },
        needs=("gunicorn",),
        events_file=events,
        # Its usual workers end each connection.
        **_http(name, f"unix:{socket}", "", kept=False),
    )


def node(work):
    name = "node"
    socket = work / f"{name}.sock"
    return Contender(
        name=name,
        title="Node, http",
        keeps=IN_MEMORY,
        processes="1",
        command=("node", SOURCES / "node" / "server.js", socket),
        needs=("node",),
        **_http(name, f"unix:{socket}", ""),
    )


def webhook(work):
    name = "webhook"
    port = free_port()
    events = work / f"{name}-events"
    return Contender(
        name=name,
        title="webhook, a shell script per event",
        keeps=ON_DISK,
        processes="1, two more per event",
        command=(
            *("webhook", "-template", "-hooks", SOURCES / "webhook" / "hooks.json"),
            *("-ip", "127.0.0.1", "-port", port),
        ),
        environment={
            "APPEND_EVENT": str(SOURCES / "webhook" / "append-event"),
            "EVENTS_FILE": str(events),
        },
        needs=("webhook",),
        events_file=events,
        **_http(name, f"127.0.0.1:{port}", "/hooks/strava"),
    )


# Those whose ratio matters are measured beside each other: a machine changes by the minute.
_TOGETHER = (
    ("php-sync", "hookspool", "nothing", "php"),
    ("hookspool-kept", "nothing-kept"),
    ("python-sync", "python"),
)


def in_turn(contenders):
    """In an order of a round's own, so that none always comes after the same one: what that leaves
    to the disk and the processor's caches to do is the next one's burden.
    """
    group = {name: names[0] for names in _TOGETHER for name in names}
    rank = collections.defaultdict(random.random)
    return sorted(
        contenders,
        key=lambda contender: (rank[group.get(contender.name, contender.name)], random.random()),
    )


def all_contenders(work, build):
    """In the order of the tables; that of a round is in_turn()."""
    return [
        php_fpm(work, sync=True),
        hookspool(work, build),
        nothing(work, build),
        nothing(work, build, kept=True),
        hookspool(work, build, kept=True),
        php_fpm(work, sync=False),
        hookspool_by_mod_fcgid(work, build),
        hookspool_by_cgi(work, build),
        gunicorn(work, sync=True),
        gunicorn(work, sync=False),
        webhook(work),
        node(work),
        nginx_alone(),
    ]
