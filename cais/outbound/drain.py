"""The drain pump's round: what a channel is behind in is leased, computed, sent, and acknowledged as leased."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from sqlalchemy import Connection, select

from cais.crash import crash_point
from cais.errors import MappingError, MissingSetting, NotFound, TryLater
from cais.http.client import Sender
from cais.model.listing import Listing
from cais.model.selection import ListingObserved, ListingStart
from cais.model.vocabulary import Direction, ListingStatus, OutcomeKind, WantedGroup
from cais.outbound import parked, settings, wanted, worth
from cais.outbound.backoff import RETRY_CAP, backoff
from cais.outbound.listed import Shop
from cais.outbound.operations import OF_GROUP
from cais.outbound.outcome import GOOD, PASSING, named
from cais.outbound.wanted import Leased
from cais.outbound.work import MARGIN, SETTLE
from cais.outbound.worth import Worth, Worthless
from cais.rules.message import Outcome
from cais.rules.operation import Operation
from cais.store.engine import Store
from cais.store.rulesets import RuleShelf
from cais.store.tables import listing as listing_table
...
