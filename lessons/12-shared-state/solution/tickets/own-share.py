"""Four workers sell 100 tickets. Each has a quarter of the numbers for
itself, so they share nothing."""
import os
import signal
import socket
import time

TICKETS = 100
WORKERS = 4


def main():
    name_process('parent')
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends all of them.
    print(f'parent {os.getpid()} starts its workers', flush=True)
    for place in range(1, WORKERS + 1):
        if os.fork() == 0:
            work(place)
    os.wait()


def work(place):
    name_process('worker')
    listener = socket.create_server(
        ('127.0.0.1', 8094), backlog=511, reuse_port=True)
    print(f'worker {os.getpid()} is listening on 127.0.0.1:8094', flush=True)
    # #region share
    numbers = iter(range(place, TICKETS + 1, WORKERS))
    # #endregion share
    while True:
        connection, _ = listener.accept()
        ticket = sell(numbers)
        answer = f'worker {os.getpid()} {ticket}' if ticket else 'sold out'
        try:
            with connection:
                connection.sendall(f'{answer}\n'.encode())
        except ConnectionError:
            pass  # A client that leaves early must not end the worker.


# #region sell
def sell(numbers):
    """The next number of this worker; 0 if it has no more."""
    ticket = next(numbers, 0)
    if ticket:
        print_ticket()
    return ticket
# #endregion sell


def print_ticket():
    """The printer takes a moment."""
    time.sleep(0.002)


def name_process(name):
    with open('/proc/self/comm', 'w') as file:
        file.write(name)


if __name__ == '__main__':
    main()
