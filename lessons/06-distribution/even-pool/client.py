"""A pool: opens 200 connections to port 8083, asks once on each of them, and
keeps all of them open."""
import signal
import socket

SIZE = 200


def main():
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    # #region pool
    pool = []
    while len(pool) < SIZE:
        connection, worker = open_connection()
        pool.append(connection)
    # #endregion pool
    print(f'{len(pool)} connections are open', flush=True)
    signal.pause()


def open_connection():
    """Returns a connection, and the worker that has it."""
    connection = socket.create_connection(('127.0.0.1', 8083))
    connection.sendall(b'\n')
    with connection.makefile() as answers:
        return connection, answers.readline().strip()


if __name__ == '__main__':
    main()
