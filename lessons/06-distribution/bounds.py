"""How many of N connections a worker gets if each one falls on a worker by
chance: all but the improbable."""
import argparse
import math

# #region bounds
# The chance that any worker gets fewer or more.
FALSE_ALARM = 1e-6


def main():
    options = read_options()
    connections, workers = options.connections, options.workers

    mean = round(connections / workers)
    # From the most improbable counts inwards.
    distance = connections
    improbable = chance_at(distance, mean, connections, workers)
    while workers * improbable < FALSE_ALARM:
        distance -= 1
        improbable += chance_at(distance, mean, connections, workers)
    low = max(mean - distance, 0)
    high = min(mean + distance, connections)
    print(f'{connections} connections, {workers} workers: {low} to {high} each')


def chance_at(distance, mean, connections, workers):
    """The chance that a worker's count is exactly so far from the mean."""
    return (chance(mean - distance, connections, workers)
            + chance(mean + distance, connections, workers))


def chance(count, connections, workers):
    """The chance of exactly this count for a worker: the binomial
    distribution."""
    others = connections - count
    if count < 0 or others < 0:
        return 0
    # As logarithms: the numbers themselves are too large and too small.
    # lgamma(n + 1) is the logarithm of n!.
    ways = (math.lgamma(connections + 1) - math.lgamma(count + 1)
            - math.lgamma(others + 1))
    return math.exp(ways + others * math.log(workers - 1)
                    - connections * math.log(workers))
# #endregion bounds


def read_options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--connections', type=whole_number(1, 1_000_000),
                        default=1000)
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
