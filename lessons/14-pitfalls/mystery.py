"""A service of three workers. Do not read it before you have found what is
wrong."""
import os
import subprocess

from own import listen
from workers import (
    begin_parent, options, serve, start_worker, started, wait_for_workers)


def main():
    begin_parent()
    start_worker(lambda: start_helper(listen(options)))
    first = started.pop()
    os.waitpid(first, 0)
    print(f'worker {first} has ended, and another one takes its place',
          flush=True)
    for _ in range(3):
        start_worker(lambda: serve(listen(options)))
    wait_for_workers()


# #region fault
def start_helper(listener):
    """The first worker starts a program, which gets the worker's listener.
    Then the worker ends."""
    subprocess.Popen(['sleep', '3600'], pass_fds=[listener.fileno()])
    os._exit(0)
# #endregion fault


if __name__ == '__main__':
    main()
