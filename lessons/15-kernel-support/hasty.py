"""Asks the kernel, too, but in haste: it believes everything."""
import sys

from options import read_options
from twice import listen


def main():
    options = read_options(reuse_port=True)
    # #region hasty
    try:
        listeners = [listen(0, options.reuse_port) for _ in range(2)]
    except OSError as error:
        sys.exit(f'no: {error}')
    # #endregion hasty
    ports = [listener.getsockname()[1] for listener in listeners]
    print(f'yes: one listener has port {ports[0]}, the other {ports[1]}')


if __name__ == '__main__':
    main()
