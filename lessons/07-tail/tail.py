"""Stops one of four workers, and measures how long requests take meanwhile:
for each model."""
import argparse
import asyncio
import math
import os
import signal
import sys
import time

from models import ask, running

# #region sizes
WORKERS = 4
INTERVAL = 0.003  # A request begins every so many seconds.
REST = 0.5  # The worker stays stopped for so long after the last one has begun.
SLOW_MS = 300
# #endregion sizes


def main():
    options = read_options()
    try:
        row('model', f'over {SLOW_MS} ms', 'p50', 'p99')
        for model in ['own', 'cluster', 'shared']:
            with running(f'{model}.py', options.port, WORKERS):
                times = asyncio.run(measure(options.port, options.requests))
            slow = sum(time > SLOW_MS for time in times)
            row(model, slow, percentile(times, 50), percentile(times, 99))
    except OSError as error:
        sys.exit(f'tail.py: {error}')


# #region measure
async def measure(port, requests):
    """Returns the milliseconds that each request took, the shortest first."""
    _, pid = (await ask(port)).split()
    os.kill(int(pid), signal.SIGSTOP)

    try:
        times = []
        for _ in range(requests):
            times.append(asyncio.create_task(time_of(ask(port))))
            await asyncio.sleep(INTERVAL)
        await asyncio.sleep(REST)
    finally:
        os.kill(int(pid), signal.SIGCONT)
    return sorted(await asyncio.gather(*times))


async def time_of(request):
    start = time.monotonic()
    await request
    return (time.monotonic() - start) * 1000


def percentile(times, percent):
    """The time within which so many percent of the requests were answered."""
    rank = math.ceil(len(times) * percent / 100)
    return round(times[rank - 1])
# #endregion measure


def row(model, *values):
    texts = ''.join(f'{value:>13}' for value in values)
    print(f'{model:8}{texts}', flush=True)


def read_options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--port', type=whole_number(1, 65535), default=8080)
    parser.add_argument('--requests', type=whole_number(1, 1000), default=200)
    return parser.parse_args()


def whole_number(low, high):
    """Makes a parser of option values: whole numbers from `low` to `high`."""

    def parse(text):
        if text.isascii() and text.isdecimal() and low <= int(text) <= high:
            return int(text)
        raise argparse.ArgumentTypeError(
            f"takes a whole number from {low} to {high}, not '{text}'")

    return parse


if __name__ == '__main__':
    main()
