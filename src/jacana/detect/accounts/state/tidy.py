"""Lets go of what lies before the window, once per account and day of events, so that records stay small. Pure."""

from jacana.detect.accounts.state.record import DAY_SECONDS, REMEMBERED_DAYS, WINDOW_DAYS, AccountRecord


def tidy_record(record: AccountRecord, at: int) -> None:
    """Drop what is older than the window, seen from `at`. What was dropped so was not counted any more."""
    oldest = at - WINDOW_DAYS * DAY_SECONDS
    forgotten = at - REMEMBERED_DAYS * DAY_SECONDS
    record.devices = {key: device for key, device in record.devices.items() if device.last_seen >= forgotten}
    used: set[int] = set()
    for device in record.devices.values():
        device.networks = _keep_since(device.networks, oldest)
        device.watched = _keep_since(device.watched, oldest)
        device.seconds = {day: seconds for day, seconds in device.seconds.items() if day >= oldest // DAY_SECONDS}
        used.update(device.networks)
    record.networks = {key: known for key, known in record.networks.items() if known.number in used}
    record.changes = [time for time in record.changes if time >= oldest]
    record.notices = [time for time in record.notices if time >= oldest]
    record.teasers = _keep_since(record.teasers, oldest)
    record.handovers = _keep_since(record.handovers, oldest)


def _keep_since(times: dict[int, int], oldest: int) -> dict[int, int]:
    if not times or min(times.values()) >= oldest:
        return times
    return {key: time for key, time in times.items() if time >= oldest}
