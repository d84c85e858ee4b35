"""One worker, which waits for many answers of its database at the same time: a
thread for each."""
import os
import signal
import socket
import threading
import time

with open('/proc/self/comm', 'w') as name:
    name.write('worker')
signal.signal(signal.SIGINT, signal.SIG_DFL)


def main():
    listener = socket.create_server(('127.0.0.1', 8083), backlog=511)
    print(f'worker {os.getpid()} is listening on 127.0.0.1:8083', flush=True)
    # #region answer
    while True:
        connection, _ = listener.accept()
        threading.Thread(
            target=answer, args=[connection], daemon=True).start()
    # #endregion answer


def answer(connection):
    try:
        with connection:
            ask_database()
            connection.sendall(f'worker {os.getpid()}\n'.encode())
    except ConnectionError:
        pass  # A client that leaves early must not end the server.


def ask_database():
    """Blocks this thread until the database has answered."""
    while not os.path.exists('row'):
        time.sleep(0.01)


if __name__ == '__main__':
    main()
