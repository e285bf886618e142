-- The request that wrk repeats: an event as Strava posts it.
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = '{"aspect_type":"create","event_time":1522986611,"object_id":14919682220,' ..
  '"object_type":"activity","owner_id":28004310,"subscription_id":122449,"updates":{}}'

-- One line that the script can read: answered, not 200, p50 and p99 in µs, duration in µs.
done = function(summary, latency, requests)
  io.write(string.format("result %d %d %d %d %d\n", summary.requests,
    summary.errors.status + summary.errors.connect + summary.errors.read +
    summary.errors.write + summary.errors.timeout,
    latency:percentile(50), latency:percentile(99), summary.duration))
end
