"""Four workers, and one of them falls ill at its first connection. Which one,
and how, is picked at random."""
import os
import random
import signal
import socket

from options import one_of, read_options, whole_number
from workers import (
    answer, begin_parent, say_ready, start_worker, wait_for_workers)

WORKERS = 4
FAULTS = ['stopped', 'spinning', 'waiting', 'forgetful']


def main():
    options = read_options(
        host='127.0.0.1',
        port=whole_number(8080, 1, 65535),
        fault=one_of(*random.sample(FAULTS, len(FAULTS))),
    )

    begin_parent('mystery')
    ill = random.randrange(WORKERS)
    pids = []
    for number in range(WORKERS):
        fault = options.fault if number == ill else None
        pids.append(start_worker(lambda: work(options, fault)))

    def say_ended(pid):
        was = 'it was well'
        if pid == pids[ill]:
            was = f'it was the ill one: {options.fault}'
        print(f'worker {pid} has ended; {was}', flush=True)

    wait_for_workers(say_ended)


def work(options, fault):
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(
        socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(
        socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listener.bind((options.host, options.port))
    listener.listen(511)
    say_ready(listener)

    kept = []
    while True:
        connection, _ = listener.accept()
        # #region faults
        if fault == 'stopped':
            fault = None  # Whoever lets it go on has cured it.
            os.kill(os.getpid(), signal.SIGSTOP)
        elif fault == 'spinning':  # It computes for ever.
            while True:
                pass
        elif fault == 'waiting':  # For data, and none will come.
            ours, theirs = os.pipe()
            os.read(ours, 1)
        elif fault == 'forgetful':  # It accepts, and forgets to answer.
            kept.append(connection)
            continue
        # #endregion faults
        answer(connection)


if __name__ == '__main__':
    main()
