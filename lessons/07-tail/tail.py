"""Stops one of four workers, and measures how long requests take meanwhile:
for each model."""
import asyncio
import math
import os
import signal
import sys
import time

from models import ask, running
from options import read_options, whole_number

# #region sizes
WORKERS = 4
INTERVAL = 0.003  # A request begins every so many seconds.
REST = 0.5  # It stays stopped until for so long nobody has been answered.
# #endregion sizes


def main():
    options = read_options(
        port=whole_number(8080, 1, 65535),
        requests=whole_number(200, 1, 1000),
    )
    try:
        row('model', 'waited', 'p50', 'p99')
        for model in ['own', 'cluster', 'shared']:
            with running(f'{model}.py', options.port, WORKERS):
                waited, times = asyncio.run(
                    measure(options.port, options.requests))
            row(model, waited, percentile(times, 50), percentile(times, 99))
    except OSError as error:
        sys.exit(f'tail.py: {error}')


# #region measure
async def measure(port, requests):
    """Returns how many waited for the stopped worker, and the milliseconds of
    each, the shortest first."""
    _, pid = (await ask(port)).split()
    os.kill(int(pid), signal.SIGSTOP)

    try:
        tasks = []
        for _ in range(requests):
            tasks.append(asyncio.create_task(time_of(ask(port))))
            await asyncio.sleep(INTERVAL)
        answered, before = 0, -1
        while answered > before:
            before = answered
            await asyncio.sleep(REST)
            answered = sum(task.done() for task in tasks)
        waited = requests - answered
    finally:
        os.kill(int(pid), signal.SIGCONT)
    return waited, sorted(await asyncio.gather(*tasks))


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


if __name__ == '__main__':
    main()
