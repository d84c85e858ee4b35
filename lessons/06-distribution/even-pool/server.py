"""As own.py with --keep-alive, and a thread for each connection: so a worker
can have many of them open."""
import os
import threading

from own import listen
from workers import (
    answer, begin_parent, begin_worker, options, wait_for_workers)


def main():
    begin_parent()
    parent = os.getpid()
    for _ in range(options.workers):
        if os.fork() == 0:
            begin_worker(parent)
            serve(listen(options.host, options.port), options)

    wait_for_workers()


# #region serve
def serve(listener, options):
    host, port = listener.getsockname()
    print(f'worker {os.getpid()} is listening on {host}:{port}', flush=True)
    while True:
        connection, _ = listener.accept()
        threading.Thread(
            target=answer, args=[connection, options], daemon=True).start()
# #endregion serve


if __name__ == '__main__':
    main()
