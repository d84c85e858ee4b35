"""Two workers count by adding to the end of a file: a byte for each."""
import os

from options import read_options, whole_number
from workers import start_workers


def main():
    times = read_options(times=whole_number(1, 1, 100000)).times

    # #region work
    def work(meet):
        file = os.open('visits', os.O_WRONLY | os.O_APPEND)
        meet()
        for _ in range(times):
            os.write(file, b'+')
    # #endregion work

    with open('visits', 'w'):
        pass  # Empty.
    start_workers(work)
    count = os.path.getsize('visits')
    print(f'{2 * times} additions, and the count is {count}')


if __name__ == '__main__':
    main()
