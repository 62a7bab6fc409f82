"""``python -m kinesis_fast``: the command line."""

from kinesis_fast.cli.app import main

if __name__ == "__main__":
    main()
