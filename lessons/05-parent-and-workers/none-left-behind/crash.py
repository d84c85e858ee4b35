"""Starts a service of four workers, kills its parent while one worker hangs,
starts it again, and counts who answers."""
import collections
import os
import re
import select
import signal
import socket
import subprocess
import sys
import time

PORT = 8097
WORKERS = 4
REQUESTS = 200
PATIENCE = 1  # When nobody has answered for so long, nobody will. Seconds.

# All processes of the service, in the order in which they have begun.
pids = []


def main():
    if not sys.argv[1:]:
        print('crash.py: takes the command that starts the service',
              file=sys.stderr)
        sys.exit(2)
    signal.signal(signal.SIGINT, end_all)
    start = time.monotonic()
    counts = collections.Counter()
    # #region crash
    parent, workers = start_service()
    counts.update(ask())
    hang(workers[0])
    send(parent, signal.SIGKILL)
    start_service()
    counts.update(ask())
    # #endregion crash
    elapsed = int((time.monotonic() - start) * 1000)
    for who, count in counts.items():
        print(f'{who}  {count}')
    print(f'total  {sum(counts.values()) - counts["no answer"]} in {elapsed} ms',
          flush=True)
    while True:  # The service goes on until Ctrl-C.
        signal.pause()


def start_service():
    """Returns when its workers listen: its parent's pid, and theirs."""
    try:
        service = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE)
    except OSError as error:
        stop(error)
    said, workers = '', []
    while len(workers) < WORKERS:
        chunk = os.read(service.stdout.fileno(), 4096)
        if not chunk:
            stop('the service has ended before its workers have listened')
        said += chunk.decode()
        # Two may print at once, into each other's lines.
        workers = re.findall(r'worker (\d+) is listening', said)
    parent = re.search(r'parent (\d+) starts', said)[1]
    services.append(service)
    started = [int(parent), *map(int, workers)]
    pids.extend(started)
    return started[0], started[1:]


# What is forgotten is closed: a service could print no more.
services = []


def ask():
    """Asks all at once, and yields who has answered."""
    waiting = [socket.create_connection(('127.0.0.1', PORT))
               for _ in range(REQUESTS)]
    while waiting:
        ready, _, _ = select.select(waiting, [], [], PATIENCE)
        if not ready:
            break
        for each in ready:
            waiting.remove(each)
            with each:
                try:
                    yield each.recv(100).decode().strip() or 'no answer'
                except OSError:
                    yield 'no answer'
    for each in waiting:
        each.close()
        yield 'no answer'


def hang(pid):
    """Stops it, and returns when it has stopped or ended."""
    send(pid, signal.SIGSTOP)
    try:
        while True:
            with open(f'/proc/{pid}/stat') as stat:
                if re.search(r'\) [TZX] ', stat.read()):
                    return
            time.sleep(0.001)
    except OSError:
        pass  # It has gone.


def send(pid, number):
    """To a process that may have ended."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass


def end_all(*_):
    for pid in pids:
        send(pid, signal.SIGKILL)
    sys.exit(130)


def stop(problem):
    print(f'crash.py: {problem}', file=sys.stderr)
    for pid in pids:
        send(pid, signal.SIGKILL)
    sys.exit(1)


if __name__ == '__main__':
    main()
