"""A worker on port 8090. It calls itself `contained` if its network is another
one than that of its parent."""
import os
import signal
import socket
import sys


def main():
    contained = network(os.getpid()) != network(os.getppid())
    with open('/proc/self/comm', 'w') as name:
        name.write('contained' if contained else 'uncontained')
    signal.signal(signal.SIGINT, signal.SIG_DFL)

    # #region listen
    if len(sys.argv) > 1:
        listener = socket.socket(fileno=int(sys.argv[1]))
    else:
        listener = socket.create_server(('127.0.0.1', 8090), reuse_port=True)
    print(f'worker {os.getpid()} is listening', flush=True)
    # #endregion listen
    while True:
        connection, _ = listener.accept()
        try:
            with connection:
                connection.sendall(f'worker {os.getpid()}\n'.encode())
        except ConnectionError:
            pass  # A client that leaves early must not end the worker.


def network(pid):
    return os.readlink(f'/proc/{pid}/ns/net')


if __name__ == '__main__':
    main()
