"""The command line: ``kinesis-fast COMMAND``.

Every command exits with 0 on success and, on bad input, with 2 after one line on standard error.
"""

from __future__ import annotations

import os
import sys

# Threads that wait for work in torch's pool would otherwise spin and slow the engine's.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import typer

from kinesis_fast.cli import (
    analyze,
    bench,
    body,
    device,
    evaluate,
    fetch,
    motions,
    person,
    play,
    policies,
    rollouts,
    sample,
    settings,
    start,
    t2m,
    train,
)
from kinesis_fast.cli.common import printable
from kinesis_fast.errors import InputError, TrainingError

app = typer.Typer(
    pretty_exceptions_enable=False,
)
groups = (
    *(train, settings, evaluate, policies, play, t2m, motions),
    *(rollouts, sample, body, person, device, analyze, bench, start),
)
for group in groups:
    group.register(app)
fetch.register_test_data(app)


def main() -> None:
    """Run the command line and exit with its status."""
    try:
        status = app(standalone_mode=False)
    except InputError as error:
        _fail(str(error))
    except TrainingError as error:
        _fail(str(error), status=1)
    except KeyboardInterrupt:
        sys.exit(130)
    except OSError as error:  # of a file that a command reads or writes
        what = error.strerror or str(error)
        _fail(what if error.filename is None else f"{what}: {error.filename!r}", status=1)
    except Exception as error:
        # Errors in how a command was called, of typer's own parser.
        message = getattr(error, "format_message", None)
        if message is None:
            raise
        _fail(message())
    sys.exit(status if isinstance(status, int) else 0)


def _fail(message: str, status: int = 2) -> None:
    line = printable(" ".join(message.split()))
    print(f"kinesis-fast: {line}", file=sys.stderr)
    sys.exit(status)
