"""Four workers sell 100 tickets. Each ticket is a file, and the kernel lets
only one of them make it."""
import os
import pathlib
import shutil
import signal
import socket
import time

TICKETS = 100
SOLD = pathlib.Path('sold-tickets')


def main():
    name_process('parent')
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends all of them.
    shutil.rmtree(SOLD, ignore_errors=True)
    SOLD.mkdir()
    print(f'parent {os.getpid()} starts its workers', flush=True)
    for _ in range(4):
        if os.fork() == 0:
            work()
    os.wait()


def work():
    name_process('worker')
    listener = socket.create_server(
        ('127.0.0.1', 8094), backlog=511, reuse_port=True)
    print(f'worker {os.getpid()} is listening on 127.0.0.1:8094', flush=True)
    while True:
        connection, _ = listener.accept()
        ticket = sell()
        answer = f'worker {os.getpid()} {ticket}' if ticket else 'sold out'
        try:
            with connection:
                connection.sendall(f'{answer}\n'.encode())
        except ConnectionError:
            pass  # A client that leaves early must not end the worker.


# #region sell
def sell():
    """The number of a ticket, from 1; 0 if all are sold."""
    for ticket in range(1, TICKETS + 1):
        if take(ticket):
            print_ticket()
            return ticket
    return 0


def take(ticket):
    """`x` is O_CREAT and O_EXCL: it makes the file, or it fails; there is
    nothing in between."""
    try:
        (SOLD / f'{ticket}').open('x').close()
        return True
    except FileExistsError:
        return False
# #endregion sell


def print_ticket():
    """The printer takes a moment."""
    time.sleep(0.002)


def name_process(name):
    with open('/proc/self/comm', 'w') as file:
        file.write(name)


if __name__ == '__main__':
    main()
