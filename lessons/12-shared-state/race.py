"""Two workers read a count from a file, add 1, and write it back. Nothing
keeps them apart."""
import os

from options import read_options, whole_number
from workers import read_count, start_workers, write_count


def main():
    times = read_options(times=whole_number(1, 1, 100000)).times

    # #region work
    def work(meet):
        for i in range(times):
            count = read_count()
            if i == 0:
                print(f'worker {os.getpid()} has read {count}', flush=True)
                meet()  # Goes on when both have read.
                print(f'worker {os.getpid()} writes {count + 1}', flush=True)
            write_count(count + 1)
    # #endregion work

    write_count(0)
    start_workers(work)
    print(f'{2 * times} additions, and the count is {read_count()}')


if __name__ == '__main__':
    main()
