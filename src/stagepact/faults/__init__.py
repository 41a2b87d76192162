"""Faults: things that fail on purpose, each a wrapper that takes a thing and is such a thing.

What a fault did is written down in a journal, never assumed.
"""

from stagepact.contract.models.fault_terms import (
    Fault,
    FaultTermError,
    FaultType,
    Step,
    Steps,
    fault_steps,
)
from stagepact.faults.armed import armed
from stagepact.faults.clocks import Clock, RealClock, VirtualClock
from stagepact.faults.course import Arm, Course
from stagepact.faults.inject import Injection, inject_fault
from stagepact.faults.injectors import (
    DbFaultInjector,
    FaultInjector,
    LlmFaultInjector,
    SttFaultInjector,
    TtsFaultInjector,
)
from stagepact.faults.journal import Fired, Journal
from stagepact.faults.raised import HTTPFault, InjectedFault
from stagepact.faults.targets import FaultTargetError, register_target

__all__ = [
    "Arm",
    "Clock",
    "Course",
    "DbFaultInjector",
    "Fault",
    "FaultInjector",
    "FaultTargetError",
    "FaultTermError",
    "FaultType",
    "Fired",
    "HTTPFault",
    "InjectedFault",
    "Injection",
    "Journal",
    "LlmFaultInjector",
    "RealClock",
    "Step",
    "Steps",
    "SttFaultInjector",
    "TtsFaultInjector",
    "VirtualClock",
    "armed",
    "fault_steps",
    "inject_fault",
    "register_target",
]
