"""Keeps workers running, and replaces all of them or none. A worker is the
same script, started again."""
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time

# #region limits
# A worker gets so many seconds to be ready, and so many to leave; then it is
# killed.
PATIENCE = 10
# A worker that leaves ends by itself after so many.
DEADLINE = 8
# The pause before the next start, when one has failed or a worker has died
# young: each twice as long as the last.
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30
# A worker that has lived so many seconds has not died young.
YOUNG = 10
# #endregion limits

RESTART, MORE, FEWER = signal.SIGHUP, signal.SIGTTIN, signal.SIGTTOU
STOP = {signal.SIGTERM, signal.SIGINT}
SIGNALS = {RESTART, MORE, FEWER, signal.SIGCHLD, *STOP}


def supervise(count):
    """Starts workers and keeps their number."""
    name_process('parent')
    say(f'parent {os.getpid()} starts its workers')
    # From here on a signal waits until `sigtimedwait` takes it.
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)

    workers = Workers(count)
    workers.adjust()
    if not workers.running:
        sys.exit(1)  # It never could: whoever has started it is to see that.
    while True:
        order = signal.sigtimedwait(SIGNALS, workers.pause_left() or 60)
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


class Workers:
    def __init__(self, wanted):
        self.wanted = wanted
        self.running = []  # Oldest first.
        self.has_worked = False
        self.pause = 0
        self.next_start = 0

    # #region restart
    def restart(self):
        """All new workers listen before the first old one leaves."""
        old, fresh = list(self.running), []
        while len(fresh) < len(old):
            worker = self.start()
            if not worker:
                for each in fresh:
                    self.end(each)
                say(f'restart given up: {len(fresh)} of {len(old)} were ready;'
                    ' the old workers stay')
                return
            fresh.append(worker)
        for each in old:
            self.end(each)
        say(f'restart done: {len(fresh)} of {len(old)} replaced')
    # #endregion restart

    # #region pause
    def adjust(self):
        while len(self.running) < self.wanted and not self.pause_left():
            if self.start():
                self.has_worked = True
            elif self.has_worked:
                self.later()
            else:
                return
        while len(self.running) > self.wanted:
            self.end(self.running[-1])

    def later(self):
        self.pause = min(max(self.pause * 2, FIRST_PAUSE), LONGEST_PAUSE)
        self.next_start = time.monotonic() + self.pause
        say(f'the next start is in {self.pause:g} s')

    def pause_left(self):
        return max(0, self.next_start - time.monotonic())

    def forget_dead(self):
        """Those that have ended, and that nobody has told to leave."""
        for worker in list(self.running):
            if worker.poll() is not None:
                self.running.remove(worker)
                say(f'worker {worker.pid} has died: {end_of(worker)}')
                if time.monotonic() - worker.born >= YOUNG:
                    self.pause = 0
                elif not self.pause_left():
                    self.later()
    # #endregion pause

    def start(self):
        """Returns a worker that is ready; None if there is none."""
        if STOP & signal.sigpending():
            return None
        try:
            worker = self.start_worker()
            self.running.append(worker)
            return worker
        except OSError as error:
            say(error)
            return None

    @staticmethod
    def start_worker():
        ours, theirs = socket.socketpair()
        with theirs:
            channel = theirs.fileno()
            supervisor = f'{channel} {os.fstat(channel).st_ino}'
            worker = subprocess.Popen(
                [sys.executable, *sys.argv], pass_fds=[theirs.fileno()],
                cwd=FOLDER, env={**os.environ, 'SUPERVISOR': supervisor})
        worker.channel = ours  # Keeps it open.
        worker.born = time.monotonic()

        # It sends a byte when it is ready. If it ends, we
        # read b''.
        heard, _, _ = select.select([ours], [], [], PATIENCE)
        if heard and ours.recv(1):
            return worker
        if not heard:
            worker.kill()
        worker.wait()
        raise ChildProcessError(
            f'worker {worker.pid} has ended before it was ready: '
            f'{end_of(worker)}')

    def end(self, worker):
        """Returns when the worker has left."""
        self.running.remove(worker)
        worker.terminate()
        try:
            worker.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            worker.kill()
            worker.wait()
        say(f'worker {worker.pid} has left: {end_of(worker)}')

    def stop(self):
        """Told a second time, it waits for nobody."""
        for worker in self.running:
            worker.terminate()
        limit = time.monotonic() + PATIENCE
        while self.running:
            left = max(0, limit - time.monotonic())
            order = signal.sigtimedwait(SIGNALS, left)
            if order is None or order.si_signo in STOP:
                for worker in self.running:
                    worker.kill()
                    worker.wait()
            for worker in list(self.running):
                if worker.poll() is not None:
                    self.running.remove(worker)
                    say(f'worker {worker.pid} has left: {end_of(worker)}')


def end_of(worker):
    if worker.returncode < 0:
        return signal.Signals(-worker.returncode).name
    return f'status {worker.returncode}'


def start_folder():
    """Where the service was started, as the shell knew it: if that is a link,
    new code may be behind it by now."""
    known = os.environ.get('PWD', '')
    return known if os.path.realpath(known) == os.getcwd() else os.getcwd()


FOLDER = start_folder()


# #region ready
def is_worker():
    """Whether a supervisor has started this process: it has a channel then,
    which is not inherited as the name is."""
    try:
        channel, inode = map(int, os.environ.get('SUPERVISOR', '').split())
        return os.fstat(channel).st_ino == inode
    except (ValueError, OSError):
        return False


def begin_worker():
    """Call it in each worker, first. Returns the channel to the parent: send a
    byte when you are ready, and leave when it ends."""
    name_process('worker')
    # Ctrl-C and a terminal that is closed reach all processes. The parent
    # tells the workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    # The worker has inherited that signals wait; SIGTERM must not.
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    return socket.socket(fileno=int(os.environ['SUPERVISOR'].split()[0]))


def leave_by_deadline():
    """Call it when the worker has been told to leave."""
    timer = threading.Timer(DEADLINE, os._exit, [1])
    timer.daemon = True
    timer.start()
# #endregion ready


def say(line):
    print(line, flush=True)


def name_process(name):
    """The name that `ss` shows; else that is python3 for every script."""
    with open('/proc/self/comm', 'w') as file:
        file.write(name)
