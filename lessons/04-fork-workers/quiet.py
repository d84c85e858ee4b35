"""Four workers share one listener and have little to do: who answers depends on how they wait."""
import collections
import os
import select
import signal
import socket

WORKERS = 4
CONNECTIONS = 100


def main():
    print('wait in    first  second  third  fourth')
    for wait in ('accept', 'epoll', 'exclusive'):
        counts = measure(wait)
        print(f'{wait:<9}', *counts, sep='  ', flush=True)


# #region work
def work(listener, wait):
    if wait != 'accept':
        listener.setblocking(False)
        poll = select.epoll()
        alone = select.EPOLLEXCLUSIVE if wait == 'exclusive' else 0
        poll.register(listener, select.EPOLLIN | alone)
    while True:
        if wait != 'accept':
            poll.poll()
        try:
            connection, _ = listener.accept()
        except BlockingIOError:
            continue  # Another worker was faster.
        with connection:
            connection.sendall(b'%d' % os.getpid())
# #endregion work


# #region measure
def measure(wait):
    pids = []
    answers = collections.Counter()
    with socket.create_server(('127.0.0.1', 0), backlog=511) as listener:
        try:
            for _ in range(WORKERS):
                pids.append(start(listener, wait))
                until_all_sleep(pids)
            for _ in range(CONNECTIONS):
                with socket.create_connection(listener.getsockname()) as client:
                    answers[int(client.recv(16))] += 1
                until_all_sleep(pids)
        finally:
            for pid in pids:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
    return [answers[pid] for pid in pids]
# #endregion measure


def start(listener, wait):
    pid = os.fork()
    if pid == 0:
        try:
            work(listener, wait)
        finally:
            os._exit(1)
    return pid


def until_all_sleep(pids):
    while not all(state(pid) == 'S' for pid in pids):
        pass


def state(pid):
    with open(f'/proc/{pid}/stat') as stat:
        return stat.read().rpartition(')')[2].split()[0]


if __name__ == '__main__':
    try:
        main()
    except KeyboardInterrupt:
        raise SystemExit(130) from None
