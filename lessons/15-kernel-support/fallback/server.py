"""Four workers: each with a listener of its own where the kernel can do that,
or else with one for all."""
import os
import signal
import socket
import sys

PORT = int(sys.argv[1])


def main():
    name_process('parent')
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends all of them.
    print(f'parent {os.getpid()} starts its workers', flush=True)
    shared = None if can_share() else listen()
    workers = [start_worker(shared) for _ in range(4)]
    if shared:
        shared.close()
    ended, _ = os.wait()
    for worker in workers:  # A service with fewer workers is none.
        if worker != ended:
            os.kill(worker, signal.SIGTERM)
    sys.exit(1)


def start_worker(shared):
    worker = os.fork()
    if worker == 0:
        name_process('worker')
        serve(shared or listen(reuse_port=True))
    return worker


def listen(**options):
    try:
        return socket.create_server(('127.0.0.1', PORT), **options)
    except OSError as error:
        print(error, file=sys.stderr)
        os._exit(1)


def serve(listener):
    print(f'worker {os.getpid()} is listening on 127.0.0.1:{PORT}', flush=True)
    while True:
        connection, _ = listener.accept()
        try:
            with connection:
                connection.sendall(f'worker {os.getpid()}\n'.encode())
        except ConnectionError:
            pass  # A client that leaves early must not end the worker.


# #region can-share
def can_share():
    """Whether each worker can have a listener of its own."""
    return sys.platform == 'linux'
# #endregion can-share


def name_process(name):
    with open('/proc/self/comm', 'w') as file:
        file.write(name)


if __name__ == '__main__':
    main()
