"""Answers a second, of one worker and of two, with a new connection for each
answer; and what an answer costs the server."""
import asyncio
import contextlib
import statistics
import sys
import time

from models import ask, cpu_time, running
from options import read_options, whole_number

# #region sizes
CLIENTS = 16  # They ask at the same time.
ROUND = 0.1  # Seconds.
ROUNDS = 5
MODELS = {'single': ('own', 1), 'own': ('own', 2),
          'cluster': ('cluster', 2), 'shared': ('shared', 2)}
# #endregion sizes


def main():
    options = read_options(
        port=whole_number(8080, 1, 65533),
        work=whole_number(0, 0, 1000),
        block=whole_number(0, 0, 1000),
    )
    try:
        with contextlib.ExitStack() as stack:
            servers = {}
            for name, (script, workers) in MODELS.items():
                port = options.port + len(servers)
                pid = stack.enter_context(running(
                    f'{script}.py', port, workers,
                    '--work', str(options.work),
                    '--block', str(options.block)))
                servers[name] = port, pid
            found = asyncio.run(measure(servers))
    except OSError as error:
        sys.exit(f'throughput.py: {error}')

    single_rate, single_cost, _ = found['single']
    row('model', 'answers/s', '% of single', 'CPU us each', '% of single')
    for name, (rate, cost, _) in found.items():
        row(name, rate, 100 * rate / single_rate,
            cost, 100 * cost / single_cost)
    client_cost = statistics.median(cost for _, _, cost in found.values())
    row('client', '-', '-', client_cost, 100 * client_cost / single_cost)


# #region round
async def measure(servers):
    """Returns, for each model, the answers a second of its best round, and the
    CPU time of an answer, in microseconds: the server's and the client's."""
    rounds = {name: [] for name in servers}
    for _ in range(ROUNDS):
        for name, (port, pid) in servers.items():
            start, used = time.monotonic(), cpu_time(pid)
            used_here = time.process_time()
            answers = sum(await asyncio.gather(
                *[count_answers(port) for _ in range(CLIENTS)]))
            rounds[name].append((
                answers / (time.monotonic() - start),
                1e3 * (cpu_time(pid) - used) / answers,
                1e6 * (time.process_time() - used_here) / answers))
    found = {}
    for name, columns in rounds.items():
        rates, costs, client_costs = zip(*columns)
        # Other programs can only slow a round down.
        found[name] = (max(rates), statistics.median(costs),
                       statistics.median(client_costs))
    return found


async def count_answers(port):
    """One client: asks again and again, for one round."""
    end = time.monotonic() + ROUND
    answers = 0
    while time.monotonic() < end:
        await ask(port)
        answers += 1
    return answers
# #endregion round


def row(model, *values):
    texts = [v if isinstance(v, str) else str(round(v)) for v in values]
    print(f'{model:8}' + ''.join(f'{text:>13}' for text in texts))


if __name__ == '__main__':
    main()
