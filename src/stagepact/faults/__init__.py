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
from stagepact.faults.apps import FaultAppError, faulty_app
from stagepact.faults.armed import armed
from stagepact.faults.clocks import Clock, RealClock, VirtualClock
from stagepact.faults.course import Arm, Course
from stagepact.faults.http import FaultClientError
from stagepact.faults.inject import Injection, inject_fault
from stagepact.faults.injectors import (
    DbFaultInjector,
    FaultInjector,
    LlmFaultInjector,
    SttFaultInjector,
    TtsFaultInjector,
)
from stagepact.faults.journal import Fired, Journal
from stagepact.faults.proxy import ProxyTargetError, TcpProxy, tcp_proxy
from stagepact.faults.raised import HTTPFault, InjectedFault
from stagepact.faults.targets import FaultTargetError, register_target
from stagepact.faults.toxics import (
    Bandwidth,
    Corrupt,
    Latency,
    LimitData,
    ResetPeer,
    Slicer,
    Timeout,
    Toxic,
)

__all__ = [
    "Arm",
    "Bandwidth",
    "Clock",
    "Corrupt",
    "Course",
    "DbFaultInjector",
    "Fault",
    "FaultAppError",
    "FaultClientError",
    "FaultInjector",
    "FaultTargetError",
    "FaultTermError",
    "FaultType",
    "Fired",
    "HTTPFault",
    "InjectedFault",
    "Injection",
    "Journal",
    "Latency",
    "LimitData",
    "LlmFaultInjector",
    "ProxyTargetError",
    "RealClock",
    "ResetPeer",
    "Slicer",
    "Step",
    "Steps",
    "SttFaultInjector",
    "TcpProxy",
    "Timeout",
    "Toxic",
    "TtsFaultInjector",
    "VirtualClock",
    "armed",
    "fault_steps",
    "faulty_app",
    "inject_fault",
    "register_target",
    "tcp_proxy",
]
