"""The parent has the only listener, and hands each connection to a worker."""
import itertools
import os
import socket

from workers import answer, begin_parent, begin_worker, options


def main():
    host, port, workers = options.host, options.port, options.workers

    # #region parent
    begin_parent()
    channels = []
    for _ in range(workers):
        channels.append(start_worker(channels))

    listener = listen(host, port)
    print(f'parent {os.getpid()} is listening on {host}:{port}', flush=True)
    for channel in itertools.cycle(channels):
        connection, _ = listener.accept()
        with connection:
            descriptor = connection.fileno()
            socket.send_fds(channel, [b'c'], [descriptor])
    # #endregion parent


# #region worker
def start_worker(others):
    """Returns the parent's end of a channel to the new worker."""
    ours, theirs = socket.socketpair()
    if os.fork() != 0:
        theirs.close()
        return ours
    begin_worker()
    # While a worker holds one of the parent's ends, another worker does not
    # see the parent end.
    for channel in [*others, ours]:
        channel.close()
    while True:
        message, received, *_ = socket.recv_fds(theirs, 1, 1)
        if not message:
            os._exit(0)  # The parent has ended.
        answer(socket.socket(fileno=received[0]))
# #endregion worker


def listen(host, port):
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(
        socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    listener.listen(511)
    return listener


if __name__ == '__main__':
    main()
