"""A body beside a model of OpenSim: muscles, bones and masses, along a motion.

OpenSim is asked itself (``pip install opensim``); what is compared has the same names in both, as
MyoLegs and Rajagopal's model have.
"""

from kinesis_fast.body.audit.compare import Audit, BodyDifference, MuscleDifference, audit

__all__ = ["Audit", "BodyDifference", "MuscleDifference", "audit"]
