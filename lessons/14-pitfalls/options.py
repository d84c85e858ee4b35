"""Reads the options of a script. All lessons have this file."""
import argparse

import __main__


def read_options(**options):
    """`from_port=whole_number(0, 0, 65535)` is `--from-port`, else 0.

    A text is what holds without the option. False or True is a switch, and
    `--no-` turns it off.
    """
    parser = argparse.ArgumentParser(description=__main__.__doc__)
    for name, option in options.items():
        if isinstance(option, bool):
            option = {'default': option,
                      'action': argparse.BooleanOptionalAction}
        elif isinstance(option, str):
            option = {'default': option}
        parser.add_argument('--' + name.replace('_', '-'), **option)
    return parser.parse_args()


def whole_number(default, low, high):
    """A whole number from `low` to `high`."""

    def parse(text):
        if text.isascii() and text.isdecimal() and low <= int(text) <= high:
            return int(text)
        raise argparse.ArgumentTypeError(
            f"takes a whole number from {low} to {high}, not '{text}'")

    return {'default': default, 'type': parse}


def one_of(*texts):
    """One of these texts; the first one without the option."""
    return {'default': texts[0], 'choices': texts}
