"""What the scripts of this lesson share: options, answering, a parent that
ends its workers."""
import os
import signal
import sys

ENDINGS = {signal.SIGINT, signal.SIGTERM}
SIGNALS = {*ENDINGS, signal.SIGCHLD}

started = []


def begin_parent(name='parent'):
    """Call it in the parent before it starts its workers."""
    name_process(name)
    # From here on a signal waits until `sigwait` takes it.
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    print(f'{name} {os.getpid()} starts its workers', flush=True)


def start_worker(work):
    """Forks. The child calls `work`, which never returns. Returns its pid."""
    worker = os.fork()
    if worker == 0:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        name_process('worker')
        work()
    started.append(worker)
    return worker


def wait_for_workers(ended=lambda worker: None):
    """The parent's exit status is that of a worker which ended last, or of
    the signal that was to end all."""
    code = 0
    ending = None
    while started:
        received = signal.sigwait(SIGNALS)
        if received in ENDINGS:
            ending = received
            kill_workers()
        for worker, status in dead_workers():
            started.remove(worker)
            ended(worker)
            code = os.waitstatus_to_exitcode(status)
            code = code if code >= 0 else 128 - code
    if ending:
        signal.signal(ending, signal.SIG_DFL)
        os.kill(os.getpid(), ending)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
    sys.exit(code)


def kill_workers():
    """A worker that is stopped or stuck does not end when it is asked to,
    so the parent does not ask."""
    for worker in started:
        os.kill(worker, signal.SIGKILL)


def dead_workers():
    """With their statuses. One SIGCHLD can stand for several of them."""
    waited = [os.waitpid(worker, os.WNOHANG) for worker in started]
    return [(worker, status) for worker, status in waited if worker]


def say_ready(listener):
    """Call it in each worker when it listens."""
    host, port = listener.getsockname()
    print(f'worker {os.getpid()} is listening on {host}:{port}', flush=True)


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
