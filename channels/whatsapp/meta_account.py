"""Our number at Meta: how its Graph API is addressed, and what it answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from channels.contract import Delivery
from core.messages import AddressKind
from core.outbox.message import Outgoing


@dataclass(frozen=True, slots=True)
class MetaAccount:
    """The token and the number that send; `api_url` is Meta's."""

    access_token: str = field(repr=False)
    phone_number_id: str
    api_url: str

    def deliver(
        self, message: Outgoing, content: Mapping[str, object], reference: str
    ) -> Delivery:
        """Return the request that sends the content to the person.

        A user id goes into `recipient`: in `to`, Meta takes it for a number, accepts the message
        and loses it.
        """
        value = message.address.value
        by_user_id = message.address.kind is AddressKind.WHATSAPP
        return Delivery(
            url=self.url("messages"),
            headers=self.headers,
            json={
                "messaging_product": "whatsapp",
                "recipient_type": "individual",
                **({"recipient": value} if by_user_id else {"to": value.removeprefix("+")}),
                **content,
                **({"biz_opaque_callback_data": reference} if reference else {}),
            },
        )

    def upload(self, name: str, media_type: str, content: bytes) -> Delivery:
        """Return the request that hands over a file, whose id a message can then name."""
        return Delivery(
            url=self.url("media"),
            headers=self.headers,
            form={"messaging_product": "whatsapp", "type": media_type},
            files={"file": (name, content, media_type)},
        )

    def url(self, edge: str) -> str:
        """Return the URL of an edge of our number."""
        return f"{self.api_url.rstrip('/')}/{quote(self.phone_number_id, safe='')}/{edge}"

    @property
    def headers(self) -> Mapping[str, str]:
        """Return the headers of every request."""
        return {"authorization": f"Bearer {self.access_token}"}
