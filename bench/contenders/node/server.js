// Strava's callback as in Strava's own example, which answers and logs: a Node http server that checks the
// event, filters it, and keeps it in memory. A restart loses what is there.
//
// usage: server.js SOCKET
'use strict';

const http = require('http');

// As many as one would look back at; without a bound the benchmark would fill the memory.
const MOST_KEPT = 100000;
const kept = [];

function isEvent(event) {
  return event !== null && typeof event === 'object' &&
    ['object_id', 'owner_id', 'event_time'].every((name) => Number.isSafeInteger(event[name]) && event[name] > 0) &&
    ['object_type', 'aspect_type'].every((name) => typeof event[name] === 'string');
}

function isWanted(event) {
  switch (`${event.object_type}.${event.aspect_type}`) {
    case 'activity.create':
    case 'activity.delete':
    case 'athlete.delete':
      return true;
    case 'athlete.update':
      return event.updates?.authorized === 'false';
    default:
      return false;
  }
}

function statusFor(body) {
  let event;
  try {
    event = JSON.parse(body);
  } catch {
    return 400;
  }
  if (!isEvent(event)) return 400;
  if (isWanted(event)) {
    if (kept.length >= MOST_KEPT) kept.length = 0;
    kept.push({received: Date.now(), event});
  }
  return 200;
}

function answer(response, status) {
  response.writeHead(status, {'Content-Type': 'text/plain'});
  response.end(status === 200 ? 'EVENT_RECEIVED' : 'This is no event.');
}

http.createServer((request, response) => {
  if (request.method !== 'POST') return answer(response, 405);
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => answer(response, statusFor(Buffer.concat(chunks).toString())));
}).listen(process.argv[2]);
