"""Makes a listener for each worker, then forks: every worker has all of them,
so each queue has four that take from it."""
import os
import threading

from own import listen
from workers import (
    answer, begin_parent, begin_worker, options, wait_for_workers)


def main():
    host, port, workers = options.host, options.port, options.workers

    # #region fork
    begin_parent()
    parent = os.getpid()
    listeners = [listen(host, port) for _ in range(workers)]
    for _ in range(workers):
        if os.fork() == 0:
            begin_worker(parent)
            for listener in listeners:
                # A thread waits at each of the queues.
                threading.Thread(
                    target=serve, args=[listener, options]).start()
            print(f'worker {os.getpid()} is listening on {host}:{port}',
                  flush=True)
            threading.Event().wait()  # The threads work until Ctrl-C.

    for listener in listeners:
        listener.close()
    wait_for_workers()


def serve(listener, options):
    while True:
        connection, _ = listener.accept()
        answer(connection, options)
    # #endregion fork


if __name__ == '__main__':
    main()
