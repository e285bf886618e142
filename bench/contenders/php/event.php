<?php
// Strava's callback as one writes it in PHP: checks the event, filters it, and appends its body to a file.
//
// environment: EVENTS_FILE; EVENTS_SYNC is 1 if the answer is to wait until the event is on the disk
declare(strict_types=1);

function answer(int $status, string $text): never
{
    http_response_code($status);
    header('Content-Type: text/plain');
    echo $text, "\n";
    exit;
}

function is_event(mixed $event): bool
{
    if (!is_array($event)) {
        return false;
    }
    foreach (['object_id', 'owner_id', 'event_time'] as $name) {
        if (!is_int($event[$name] ?? null) || $event[$name] <= 0) {
            return false;
        }
    }
    return is_string($event['object_type'] ?? null) && is_string($event['aspect_type'] ?? null);
}

function is_wanted(array $event): bool
{
    return match ($event['object_type'] . '.' . $event['aspect_type']) {
        'activity.create', 'activity.delete', 'athlete.delete' => true,
        'athlete.update' => ($event['updates']['authorized'] ?? null) === 'false',
        default => false,
    };
}

function append(string $line, string $path, bool $sync): bool
{
    $file = fopen($path, 'ab');
    if ($file === false || !flock($file, LOCK_EX)) {
        return false;
    }
    $written = fwrite($file, $line) === strlen($line) && fflush($file);
    flock($file, LOCK_UN);
    return $written && (!$sync || fdatasync($file)) && fclose($file);
}

if ($_SERVER['REQUEST_METHOD'] !== 'POST') {
    answer(405, 'Only POST is understood here.');
}
$body = file_get_contents('php://input');
$event = json_decode($body, true, 16);
if (!is_event($event)) {
    answer(400, 'This is no event.');
}
if (!is_wanted($event)) {
    answer(200, 'Not wanted here.');
}
$line = json_encode(['received' => microtime(true), 'body' => $body]) . "\n";
if (!append($line, getenv('EVENTS_FILE'), getenv('EVENTS_SYNC') === '1')) {
    answer(503, 'The event could not be kept.');
}
answer(200, 'Kept.');
