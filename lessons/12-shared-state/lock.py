"""As race.py, but only the worker that holds a lock reads and writes."""
import fcntl

from options import read_options, whole_number
from workers import read_count, start_workers, write_count


def main():
    times = read_options(times=whole_number(1, 1, 100000)).times

    # #region work
    def work(meet):
        meet()
        for _ in range(times):
            with open('count.lock', 'w') as lock:
                # Waits until nobody else holds the lock.
                fcntl.flock(lock, fcntl.LOCK_EX)
                write_count(read_count() + 1)
            # The file is closed: this releases the lock.
    # #endregion work

    write_count(0)
    start_workers(work)
    print(f'{2 * times} additions, and the count is {read_count()}')


if __name__ == '__main__':
    main()
