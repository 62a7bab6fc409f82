"""A report that a physiologist can read: what a body does, beside its prior and people."""

from kinesis_fast.analysis.report.write import write_report

__all__ = ["write_report"]
