"""Strava's callback as one writes it for a WSGI server: checks the event, filters it, and appends its
body to a file.

environment: EVENTS_FILE; EVENTS_SYNC is 1 if the answer is to wait until the event is on the disk
"""

import json
import os
import time

FILE = os.open(os.environ["EVENTS_FILE"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o660)
SYNC = os.environ.get("EVENTS_SYNC") == "1"
WANTED = {("activity", "create"), ("activity", "delete"), ("athlete", "delete")}


def is_event(event):
    if not isinstance(event, dict):
        return False
    numbers = (event.get(name) for name in ("object_id", "owner_id", "event_time"))
    texts = (event.get(name) for name in ("object_type", "aspect_type"))
    return all(type(number) is int and number > 0 for number in numbers) and all(
        isinstance(text, str) for text in texts
    )


def is_wanted(event):
    if (event["object_type"], event["aspect_type"]) == ("athlete", "update"):
        return (event.get("updates") or {}).get("authorized") == "false"
    return (event["object_type"], event["aspect_type"]) in WANTED


def append(line):
    # One write to a file that was opened for appending is not torn by other processes' writes.
    if os.write(FILE, line) != len(line):
        raise OSError("the event was not written whole")
    if SYNC:
        os.fdatasync(FILE)


def status_of(environ):
    if environ["REQUEST_METHOD"] != "POST":
        return "405 Method Not Allowed"
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    try:
        text = body.decode()
        event = json.loads(text)
    except ValueError:
        return "400 Bad Request"
    if not is_event(event):
        return "400 Bad Request"
    if is_wanted(event):
        try:
            append((json.dumps({"received": time.time(), "body": text}) + "\n").encode())
        except OSError:
            return "503 Service Unavailable"
    return "200 OK"


def application(environ, start_response):
    status = status_of(environ)
    answer = status.encode() + b"\n"
    headers = [("Content-Type", "text/plain"), ("Content-Length", str(len(answer)))]
    start_response(status, headers)
    return [answer]
