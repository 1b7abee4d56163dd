"""Where things are and what the company chose: the only module that reads the environment or settings.yml."""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import yaml

from pipelines.errors import BookError, LedgerError

PROJECT = Path(__file__).resolve().parent.parent
SQL = PROJECT / "sql"


@dataclass(frozen=True)
class Locations:
    """The four folders a run works with, all absolute."""

    raw: Path
    warehouse: Path
    config: Path
    prices: Path

    @classmethod
    def resolve(
        cls,
        raw: Path | None = None,
        warehouse: Path | None = None,
        config: Path | None = None,
        prices: Path | None = None,
    ) -> Self:
        """Take each folder from its argument, else from `INFERLEDGER_*`, else from this project's example."""
        return cls(
            raw=_folder("RAW", raw, PROJECT / "fixtures" / "raw"),
            warehouse=_folder("WAREHOUSE", warehouse, PROJECT / "warehouse"),
            config=_folder("CONFIG", config, PROJECT / "config"),
            prices=_folder("PRICES", prices, PROJECT / "prices"),
        )

    def require_inputs(self) -> None:
        """Raise `LedgerError` naming the first input folder that does not exist."""
        for name, folder in (("raw", self.raw), ("config", self.config), ("prices", self.prices)):
            if not folder.is_dir():
                raise LedgerError(f"the {name} folder {folder} does not exist")


def _folder(name: str, given: Path | None, default: Path) -> Path:
    from_environment = os.environ.get(f"INFERLEDGER_{name}")
    chosen = given or (Path(from_environment) if from_environment else default)
    return chosen.expanduser().resolve()


@dataclass(frozen=True)
class Company:
    """What `config/settings.yml` decides; every field has a reader and the file must name each one.

    Attributes:
        assumed_rates: price with rates of basis `assumed`, and usage whose context size the provider does
            not report with the short-context rates; both are marked and counted.
        duplicate_window_days: how many days apart two rows of one attempt may lie and still be found.
        max_unpriced_share: share of a day's tokens that may be unpriced before the check fails.
        max_reconciliation_share: share of a day's bill by which usage priced at list may differ from it.
        hash_columns: id columns that are stored as a keyed hash; the key is `INFERLEDGER_HASH_KEY`.
        max_file_bytes: largest raw file that is read, after decompression.
        max_budget_share: share of a budget that a month may reach at its run rate before the check fails.
        anomaly_deviations: deviations from what was expected beyond which a day's cost is an anomaly.
        min_anomaly_usd: change of a day's cost below which it is none.
        forecast_days: how many days mart_forecast looks ahead.
        closed_months: months like `2026-06` whose published numbers may not change any more.
    """

    assumed_rates: bool
    duplicate_window_days: int
    max_unpriced_share: str
    max_reconciliation_share: str
    hash_columns: tuple[str, ...]
    max_file_bytes: int
    max_budget_share: str
    anomaly_deviations: str
    min_anomaly_usd: str
    forecast_days: int
    closed_months: tuple[str, ...]


_MONTH = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])")
_SHARE = re.compile(r"0(\.[0-9]+)?|1(\.0+)?")
FORECAST_DAYS = (31, 100)
"""At least the rest of a month; at most as far as the dimensions of prices look ahead."""

_AMOUNT = re.compile(r"[0-9]{1,9}(\.[0-9]{1,6})?")
HASHABLE = ("api_key_id", "customer_id", "project_id", "session_id", "user_id")


def load_company(config: Path) -> Company:
    """Read `settings.yml`; raise `BookError` for a missing, unknown or mistyped key."""
    path = config / "settings.yml"
    if not path.is_file():
        raise BookError(f"{path} does not exist")
    given = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    expected = set(Company.__dataclass_fields__)
    if not isinstance(given, dict) or set(given) != expected:
        wrong = sorted(set(given) ^ expected) if isinstance(given, dict) else "no mapping"
        raise BookError(f"{path}: keys missing or unknown: {wrong}")
    _check_types(path, given)
    lists = {key: tuple(given[key]) for key in ("hash_columns", "closed_months")}
    return Company(**{**given, **lists})


def _check_types(path: Path, given: dict[str, object]) -> None:
    kinds = {
        "assumed_rates": bool, "duplicate_window_days": int, "max_unpriced_share": str,
        "max_reconciliation_share": str, "hash_columns": list, "max_file_bytes": int,
        "max_budget_share": str, "anomaly_deviations": str, "min_anomaly_usd": str, "forecast_days": int,
        "closed_months": list,
    }  # fmt: skip
    for key, kind in kinds.items():
        if type(given[key]) is not kind:
            raise BookError(f"{path}: {key} must be {kind.__name__}, not {given[key]!r}")
    _check_numbers(path, given)
    columns, months = given["hash_columns"], given["closed_months"]
    unknown = sorted(set(columns) - set(HASHABLE)) if isinstance(columns, list) else []
    if unknown:
        raise BookError(f"{path}: hash_columns may name {', '.join(HASHABLE)}, not {', '.join(unknown)}")
    for month in months if isinstance(months, list) else []:
        if not isinstance(month, str) or not _MONTH.fullmatch(month):
            raise BookError(f"{path}: closed_months has {month!r}, which is no month like '2026-06'")


def _check_numbers(path: Path, given: dict[str, object]) -> None:
    if not FORECAST_DAYS[0] <= int(str(given["forecast_days"])) <= FORECAST_DAYS[1]:
        raise BookError(f"{path}: forecast_days must be from 31 to 100, not {given['forecast_days']}")
    for key in ("anomaly_deviations", "min_anomaly_usd"):
        if not _AMOUNT.fullmatch(str(given[key])):
            raise BookError(f"{path}: {key} must be a plain decimal in quotes, not {given[key]!r}")
    for key in ("max_unpriced_share", "max_reconciliation_share", "max_budget_share"):
        if not _SHARE.fullmatch(str(given[key])):
            raise BookError(f"{path}: {key} must be a decimal from 0 to 1 in quotes, not {given[key]!r}")


def webhook_url() -> str:
    """Where findings are posted to, or "". It may hold a secret: never print it."""
    return os.environ.get("INFERLEDGER_WEBHOOK_URL", "")


def hash_key() -> str:
    """The key of hashed ids, from the environment only; raise `LedgerError` when it is missing."""
    key = os.environ.get("INFERLEDGER_HASH_KEY", "")
    if not key:
        raise LedgerError("settings.yml hashes ids, but INFERLEDGER_HASH_KEY is empty")
    return key
