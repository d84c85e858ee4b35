"""What the scripts of this lesson share: options, answering, a parent that waits."""
import os
import signal
import sys

from options import read_options, whole_number

options = read_options(
    host='127.0.0.1',
    port=whole_number(8080, 1, 65535),
    workers=whole_number(4, 1, 64),
)


def begin_parent():
    """Call it in the parent before it forks."""
    name_process('parent')
    # Ctrl-C ends it, and the workers, which inherit this.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    print(f'parent {os.getpid()} starts its workers', flush=True)


def wait_for_workers():
    """The parent's exit status is that of the worker which ended last."""
    # Ctrl-C reaches parent and workers. The workers end; the parent goes on
    # until the last one has ended.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    code = 0
    while True:
        try:
            _, status = os.wait()
        except ChildProcessError:
            sys.exit(code)
        code = os.waitstatus_to_exitcode(status)
        code = code if code >= 0 else 128 - code


def begin_worker():
    """Call it in each worker, first."""
    name_process('worker')


def serve(listener):
    """Answers each connection with a line, `worker PID`; never returns."""
    host, port = listener.getsockname()
    print(f'worker {os.getpid()} is listening on {host}:{port}', flush=True)
    while True:
        connection, _ = listener.accept()
        answer(connection)


def answer(connection):
    try:
        with connection:
            connection.sendall(f'worker {os.getpid()}\n'.encode())
    except ConnectionError:
        pass  # A client that leaves early must not end the worker.


def name_process(name):
    """The name that `ss` shows; else that is python3 for every script."""
    with open('/proc/self/comm', 'w') as file:
        file.write(name)
