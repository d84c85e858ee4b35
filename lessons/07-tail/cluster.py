"""The parent has the only listener, and hands each connection to a worker that
has taken its last one."""
import collections
import os
import select
import socket

from workers import answer, begin_parent, begin_worker, options


def main():
    host, port, workers = options.host, options.port, options.workers

    begin_parent()
    channels = [start_worker(options) for _ in range(workers)]

    listener = listen(host, port)
    print(f'parent {os.getpid()} is listening on {host}:{port}', flush=True)
    hand_out(listener, channels)


# #region parent
def hand_out(listener, channels):
    """Gives each connection to the worker that has waited longest."""
    free, busy = collections.deque(channels), set()
    while True:
        connection, _ = listener.accept()
        # Only if no worker is free, wait for one.
        timeout = 0 if free else None
        for channel in select.select(busy, [], [], timeout)[0]:
            channel.recv(1)
            busy.remove(channel)
            free.append(channel)
        channel = free.popleft()
        with connection:
            descriptor = connection.fileno()
            socket.send_fds(channel, [b'c'], [descriptor])
        busy.add(channel)
# #endregion parent


def start_worker(options):
    """Returns the parent's end of a channel to the new worker."""
    parent = os.getpid()
    ours, theirs = socket.socketpair()
    if os.fork() != 0:
        theirs.close()
        return ours
    begin_worker(parent)
    ours.close()
    while True:
        try:
            _, received, *_ = socket.recv_fds(theirs, 1, 1)
        except ConnectionError:
            received = []
        if not received:
            os._exit(0)  # The parent has ended.
        theirs.send(b't')  # It is taken.
        answer(socket.socket(fileno=received[0]), options)


def listen(host, port):
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(
        socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    listener.listen(511)
    return listener


if __name__ == '__main__':
    main()
