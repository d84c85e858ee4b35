"""A worker that shares its port: answers a connection with a line,
`worker PID`, and closes it."""
import os
import signal
import socket
import sys

from options import read_options, whole_number


def main():
    options = read_options(
        host='127.0.0.1',
        port=whole_number(8080, 1, 65535),
        reuse_port=True,
    )

    # The name that `ss` shows; without it that is python3 for every script.
    with open('/proc/self/comm', 'w') as name:
        name.write('worker')

    listener, place = open_listener(options)
    # #region leave
    # Process 1 of a container gets no signal that it has no handler for.
    for number in signal.SIGTERM, signal.SIGINT:
        signal.signal(number, lambda *_: listener.close())
    # #endregion leave
    print(f'worker {os.getpid()} is listening on {place}', flush=True)

    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            if listener.fileno() == -1:
                sys.exit()  # A handler has closed it.
            raise
        try:
            with connection:
                connection.sendall(f'worker {os.getpid()}\n'.encode())
        except ConnectionError:
            pass  # A client that leaves early must not end the server.


# #region listen
def open_listener(options):
    if os.environ.get('LISTEN_PID') == str(os.getpid()):
        return socket.socket(fileno=3), 'a listener that it was given'
    # #endregion listen
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if options.reuse_port:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listener.bind((options.host, options.port))
    listener.listen()
    return listener, f'{options.host}:{options.port}'


if __name__ == '__main__':
    main()
