"""Two workers count in a database."""
import contextlib
import os
import sqlite3

from options import one_of, read_options, whole_number
from workers import start_workers


def main():
    options = read_options(
        times=whole_number(1, 1, 100000),
        how=one_of('update', 'select', 'transaction'),
    )
    times = options.times

    # #region update
    def update(database, meet):
        meet()
        for _ in range(times):
            database.execute('UPDATE counts SET n = n + 1')
    # #endregion update

    # #region select
    def select(database, meet):
        for i in range(times):
            count, = database.execute('SELECT n FROM counts').fetchone()
            if i == 0:
                meet()  # Both have read.
            database.execute('UPDATE counts SET n = ?', [count + 1])
    # #endregion select

    # #region transaction
    def transaction(database, meet):
        meet()
        for _ in range(times):
            # From here on, nobody else writes.
            database.execute('BEGIN IMMEDIATE')
            count, = database.execute('SELECT n FROM counts').fetchone()
            database.execute('UPDATE counts SET n = ?', [count + 1])
            database.execute('COMMIT')
    # #endregion transaction

    ways = {'update': update, 'select': select, 'transaction': transaction}

    for end in '', '-wal', '-shm':
        with contextlib.suppress(FileNotFoundError):
            os.remove(f'count.db{end}')
    database = open_database()
    database.execute('CREATE TABLE counts (n INTEGER NOT NULL)')
    database.execute('INSERT INTO counts VALUES (0)')
    # A connection to a database must not be carried through a fork.
    database.close()
    start_workers(lambda meet: ways[options.how](open_database(), meet))
    count, = open_database().execute('SELECT n FROM counts').fetchone()
    print(f'{2 * times} additions, and the count is {count}')


# #region open
def open_database():
    # Who finds it locked waits, 60 seconds at most.
    # isolation_level=None: Python itself begins no transaction.
    database = sqlite3.connect(
        'count.db', timeout=60, isolation_level=None)
    database.execute('PRAGMA journal_mode = WAL')
    database.execute('PRAGMA synchronous = NORMAL')
    return database
# #endregion open


if __name__ == '__main__':
    main()
