"""A connection to a sealed database: values are sealed as they are bound, and results opened.

Neither statements nor what reads their rows knows of it.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final, TypeVar

from typing_extensions import override

from core.database.data_keys import COMMON
from core.database.drivers import Driver
from core.database.key_wrapper import WrongKeyError
from core.database.keyring import BYTES_MARK, MARK, Keyring, ShreddedError, UnknownKeyError
from core.database.personal import CLEAR, PARAMETERS, Personal, personal
from core.database.statements import Connection, Plain, Row, Statement, Values

T = TypeVar("T", str, bytes)

_SEALABLE: Final = (str, bytes)  # as a union it is made anew for each value
_TOKEN: Final = re.compile(MARK + r"([a-z]++):[A-Za-z0-9_-]++")
_KEY_OF_RECORD: Final = Statement("SELECT data_key FROM records WHERE id = :row_id")
_WRAPPED: Final = Statement("SELECT wrapped FROM data_keys WHERE ref = :ref")
_ADD: Final = Statement("INSERT INTO data_keys (ref, wrapped) VALUES (:ref, :wrapped)")
_SHRED: Final = Statement("UPDATE data_keys SET wrapped = NULL WHERE ref = :ref")


class SealedConnection(Connection):
    """Seals under the data key `ref`; without one, under that of the record `:record_id`, if any.

    What belongs to no record is sealed under the common key.
    """

    def __init__(self, cursor: Any, dialect: str, *, keyring: Keyring, ref: str = "") -> None:
        super().__init__(cursor, dialect)
        self._keyring, self._ref = keyring, ref
        self._refs: dict[object, str] = {}  # of records, by id

    @override
    def under(self, ref: str) -> "SealedConnection":
        other = SealedConnection(self._cursor, self.dialect, keyring=self._keyring, ref=ref)
        other._refs = self._refs
        return other

    @override
    def of_record(self, record_id: int) -> "SealedConnection":
        return self.under(self._ref_of(record_id))

    @override
    def draw_key(self) -> str:
        ref, wrapped = self._keyring.draw()
        super()._execute(_ADD, {"ref": ref, "wrapped": wrapped})
        return ref

    @override
    def shred(self, ref: str) -> None:
        super()._execute(_SHRED, {"ref": ref})
        self._keyring.forget(ref)

    @override
    def run_many(self, statement: Statement, rows: Sequence[Values]) -> None:
        super().run_many(statement, [self._sealed(statement, row) for row in rows])

    @override
    def fill(self, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
        kinds = [personal(name) for name in columns]
        super().fill(table, columns, [self._sealed_row(kinds, row) for row in rows])

    @override
    def all(self, statement: Statement, /, **values: Plain) -> Sequence[Row]:
        return [
            tuple(
                self._opened(value)
                if value.__class__ is str or value.__class__ is bytes
                else value
                for value in row
            )
            for row in super().all(statement, **values)
        ]

    @override
    def _execute(self, statement: Statement, values: Values) -> None:
        super()._execute(statement, self._sealed(statement, values))

    def _sealed(self, statement: Statement, values: Values) -> Values:
        kinds = statement.personal
        if not kinds:
            return values
        bound = dict(values)
        for name, kind in kinds:
            bound[name] = self._closed(kind, values[name], values)
        return bound

    def _sealed_row(self, kinds: Sequence[Personal | None], row: Row) -> Row:
        among = zip(kinds, row, strict=True)
        return tuple(self._closed(kind, value, {}) if kind else value for kind, value in among)

    def _closed(self, kind: Personal, value: Plain, values: Values) -> Plain:
        if not isinstance(value, _SEALABLE) or value in CLEAR:
            return value
        form, domain, _ = kind
        if form == "sealed":
            ref = self._ref or self._ref_of(values.get("record_id"))
            return self._seal(kind, ref, value)
        text = str(value)
        if form == "token":
            return self._keyring.token(domain, text)
        return self._keyring.named(text) if form == "named" else self._keyring.marks(text)

    def _seal(self, kind: Personal, ref: str, value: str | bytes) -> str | bytes:
        """Return it sealed; what comes too late for a shredded key as it would be read."""
        blank = b"" if isinstance(value, bytes) else kind.blank
        try:
            sealed: str | bytes = self._keyring.seal(kind.domain, ref, value)  # type: ignore[type-var]
        except ShreddedError:
            return blank
        except UnknownKeyError:
            return self._seal(kind, ref, value) if self._learn(ref) else blank
        return sealed

    def _ref_of(self, record_id: Plain) -> str:
        """Return the data key of the record; the common one, if it has none."""
        if record_id is None:
            return COMMON
        if record_id not in self._refs:
            row = self.one(_KEY_OF_RECORD, row_id=record_id)
            self._refs[record_id] = (row and row[0]) or COMMON
        return self._refs[record_id]

    def _opened(self, value: Any) -> Any:
        if isinstance(value, bytes):
            return self._unsealed(value, b"") if value.startswith(BYTES_MARK) else value
        if MARK not in value:
            return value
        domain = value[1 : value.find(":")] if value[0] == MARK else ""
        kind = PARAMETERS.get(domain)
        if kind is not None and kind.form == "sealed":
            return self._unsealed(value, kind.blank)
        return _TOKEN.sub(self._opened_token, value)

    def _opened_token(self, found: re.Match[str]) -> str:
        try:
            return self._keyring.open_token(found[1], found[0])
        except WrongKeyError:
            return found[0]

    def _unsealed(self, value: T, blank: T) -> T:
        """Return it opened; as it is if it only looks sealed, as a text from outside may."""
        try:
            return self._keyring.open(value)
        except ShreddedError:
            return blank
        except UnknownKeyError as error:
            if not self._learn(error.ref):
                return value
            return self._unsealed(value, blank)
        except (WrongKeyError, ValueError):
            return value

    def _learn(self, ref: str) -> bool:
        """Learn a data key; return False if there is no such row."""
        row = super().one(_WRAPPED, ref=ref)
        if row is not None:
            self._keyring.learn(ref, row[0])
        return row is not None


def sealed(driver: Driver, keyring: Keyring) -> Driver:
    """Return the driver for a database that is sealed with these keys."""
    return replace(driver, connection=partial(SealedConnection, keyring=keyring))
