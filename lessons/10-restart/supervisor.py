"""Keeps workers running and replaces them one by one. A worker is the same
script, started again."""
import os
import select
import signal
import socket
import subprocess
import sys
import time

# A worker gets so many seconds to be ready, and so many to leave; then it is
# killed.
PATIENCE = 10
# After a start that has failed, before the next one.
RETRY = 1

RESTART, MORE, FEWER = signal.SIGHUP, signal.SIGTTIN, signal.SIGTTOU
STOP = {signal.SIGTERM, signal.SIGINT}


# #region signals
def supervise(count):
    """Starts workers and keeps their number."""
    name_process('parent')
    print(f'parent {os.getpid()} starts its workers', flush=True)
    signals = {RESTART, MORE, FEWER, signal.SIGCHLD, *STOP}
    # From here on a signal waits until `sigtimedwait` takes it.
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)

    workers = Workers(count)
    workers.adjust()
    while workers.running:
        order = signal.sigtimedwait(signals, RETRY)
        received = order and order.si_signo
        if received in STOP:
            return workers.stop()
        if received == RESTART:
            workers.restart()
        if received == MORE:
            workers.wanted += 1
        if received == FEWER:
            workers.wanted = max(workers.wanted - 1, 1)
        workers.forget_dead()
        workers.adjust()
    sys.exit(1)  # A parent without workers ends, too.
# #endregion signals


class Workers:
    def __init__(self, wanted):
        self.wanted = wanted
        self.running = []  # Oldest first.
        self.retry_at = 0

    # #region restart
    def restart(self):
        """A new worker listens before an old one leaves."""
        for old in list(self.running):
            ready = self.start()
            if not ready:
                return  # The old workers stay.
            self.end(old)
    # #endregion restart

    def adjust(self):
        # Not at once after a start that has failed.
        if time.monotonic() >= self.retry_at:
            while len(self.running) < self.wanted and self.start():
                pass
        while len(self.running) > self.wanted:
            self.end(self.running[-1])

    def forget_dead(self):
        """Those that have ended, and that nobody has told to leave."""
        for worker in list(self.running):
            if worker.poll() is not None:
                self.running.remove(worker)
                print(f'worker {worker.pid} has died', flush=True)

    # #region start
    def start(self):
        """Returns whether the new worker has got ready."""
        if STOP & signal.sigpending():
            return False
        try:
            self.running.append(self.start_worker())
            return True
        except OSError as error:
            print(error, flush=True)
            self.retry_at = time.monotonic() + RETRY
            return False

    @staticmethod
    def start_worker():
        """Returns a worker that is ready."""
        ours, theirs = socket.socketpair()
        with theirs:
            channel = str(theirs.fileno())
            worker = subprocess.Popen(
                [sys.executable, *sys.argv], pass_fds=[theirs.fileno()],
                env={**os.environ, 'CHANNEL': channel})
        worker.channel = ours  # Keeps it open.

        # It sends a byte when it is ready. If it ends, we
        # read b''.
        heard, _, _ = select.select([ours], [], [], PATIENCE)
        if heard and ours.recv(1):
            return worker
        worker.kill()
        worker.wait()
        raise ChildProcessError(
            f'worker {worker.pid} has ended before it was ready')

    def end(self, worker):
        """Returns when the worker has left."""
        worker.terminate()
        self.wait_for(worker, time.monotonic() + PATIENCE)
    # #endregion start

    def wait_for(self, worker, limit):
        try:
            worker.wait(max(0, limit - time.monotonic()))
        except subprocess.TimeoutExpired:
            worker.kill()
            worker.wait()
        self.running.remove(worker)
        print(f'worker {worker.pid} has left', flush=True)

    def stop(self):
        for worker in self.running:
            worker.terminate()
        limit = time.monotonic() + PATIENCE
        for worker in list(self.running):
            self.wait_for(worker, limit)


# #region ready
def is_worker():
    return 'CHANNEL' in os.environ


def begin_worker():
    """Call it in each worker, first. Returns the channel to the parent: send a
    byte when you are ready, and leave when it ends."""
    name_process('worker')
    # Ctrl-C reaches parent and workers. The parent tells the workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # The worker has inherited that signals wait; SIGTERM must not.
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    return socket.socket(fileno=int(os.environ['CHANNEL']))
# #endregion ready


def name_process(name):
    """The name that `ss` shows; else that is python3 for every script."""
    with open('/proc/self/comm', 'w') as file:
        file.write(name)
