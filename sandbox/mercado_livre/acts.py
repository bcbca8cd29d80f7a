"""The acts of `POST /_sandbox/ml/<user>/act`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sandbox.mercado_livre import account_acts, buyer_acts, carrier_acts
from sandbox.platform import Act

ACTS: Final[Mapping[str, Act]] = {
    act.__name__: act
    for act in (
        buyer_acts.buy,
        buyer_acts.pay,
        buyer_acts.refuse_payment,
        buyer_acts.buyer_cancel,
        buyer_acts.fraud,
        carrier_acts.release_buffer,
        carrier_acts.print_label,
        carrier_acts.carrier_pickup,
        carrier_acts.ship,
        carrier_acts.deliver,
        carrier_acts.not_deliver,
        carrier_acts.set_status,
        account_acts.automate_price,
        account_acts.set_company,
        account_acts.set_tags,
        account_acts.subscribe,
        account_acts.authorise,
        account_acts.revoke,
        account_acts.partial,
        account_acts.lose_notification,
        account_acts.note,
    )
}
