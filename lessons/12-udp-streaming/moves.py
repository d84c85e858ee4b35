"""How many flows change worker under three ways of choosing, when one joins and
when the first one leaves."""
import argparse
import hashlib

FLOWS = 10_000


# #region choose
def pieces(flow, workers):
    """As the kernel does: the hash is a point on a line that is cut into equal
    pieces."""
    return workers[number(flow) * len(workers) >> 32]


def remainder(flow, workers):
    """As many programs do."""
    return workers[number(flow) % len(workers)]


def highest(flow, workers):
    """One kind of consistent hashing: each worker draws a number for the flow,
    and the highest has it."""
    return max(workers, key=lambda worker: number(flow + worker))
# #endregion choose


def number(text):
    """A hash of 32 bits."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], 'big')


def main():
    count = read_options().workers
    before = [f'worker {i + 1}' for i in range(count)]
    joined = [*before, f'worker {count + 1}']
    # The last one fills the gap.
    left = [before[-1], *before[1:-1]]

    ways = {'equal pieces': pieces, 'remainder': remainder,
            'consistent hashing': highest}
    print_row('moved when', 'one joins', 'the first leaves')
    for name, choose in ways.items():
        print_row(name, f'{moved(choose, before, joined)} %',
                  f'{moved(choose, before, left)} %')


def print_row(name, one, other):
    print(f'{name:18}{one:>11}{other:>18}')


def moved(choose, before, after):
    flows = [f'flow {i}' for i in range(FLOWS)]
    moves = sum(choose(flow, before) != choose(flow, after) for flow in flows)
    return round(moves / FLOWS * 100)


def read_options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--workers', type=whole_number(2, 64), default=4)
    return parser.parse_args()


def whole_number(low, high):
    """Makes a parser of option values: whole numbers from `low` to `high`."""

    def parse(text):
        if text.isascii() and text.isdecimal() and low <= int(text) <= high:
            return int(text)
        raise argparse.ArgumentTypeError(
            f"takes a whole number from {low} to {high}, not '{text}'")

    return parse


if __name__ == '__main__':
    main()
