"""From a person's markers to a body of her size and her motion on it."""

from kinesis_fast.person.measures import Measures, measure, scale_of
from kinesis_fast.person.trial import read_trial

__all__ = ["Measures", "measure", "read_trial", "scale_of"]
