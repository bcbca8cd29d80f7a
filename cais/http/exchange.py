"""One request and what came of it: ticket, credentials, the wire, and what is noted afterwards."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection

from cais.clock import Clock
from cais.errors import LeaseHeld
from cais.http import limiter
from cais.http.address import address
from cais.http.auth import Authenticator, CredentialsRefused, Granted
from cais.http.gcra import Share
from cais.http.limiter import limits_of
from cais.http.tickets import INSIDE, Caller, Ticket, Tickets
from cais.http.transport import Lost, Transport, tls
from cais.model.vocabulary import OutcomeKind
from cais.outbound import circuit
from cais.rules.message import Outcome, Request, Response
from cais.rules.operation import Operation
from cais.rules.ruleset import ConnectionRules
from cais.store.engine import Store

THROTTLED_FOR: Final = timedelta(seconds=30)
"""How long a connection rests whose platform refuses for its rate without saying for how long (nominal)."""

_FAILURES: Final = frozenset({OutcomeKind.RETRY, OutcomeKind.UNKNOWN})
