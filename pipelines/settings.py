"""Where things are and what the company chose: the only module that reads the environment or settings.yml."""

import os
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, Strict, ValidationError

from pipelines.errors import BookError, LedgerError
from pipelines.yaml_text import read_mapping

PROJECT = Path(__file__).resolve().parent.parent
SQL = PROJECT / "sql"

SETTINGS, OWNERSHIP = "settings.yml", "ownership.csv"
CONFIG_FILES = (
    SETTINGS, OWNERSHIP, "acknowledged.csv", "adjustments.csv", "aliases.csv", "bill_lines.csv",
    "budgets.csv", "capacity.csv", "drivers.yml", "evaluations.csv", "fx.csv", "money_of_record.csv",
    "providers.csv", "reserved_capacity.csv", "scenarios.yml", "self_hosting.yml",
)  # fmt: skip
"""What a company's folder may hold; each is optional."""

_ALIKE = 0.85
"""How alike two names of files are, of 1, for one to be the other misspelt."""

NOWHERE = Path(os.devnull)
"""The folder that is not given: no file is below it."""


@dataclass(frozen=True)
class Locations:
    """The four folders a run works with, all absolute; `raw` and `config` may be `NOWHERE`."""

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
        """Take each folder from its argument, else from `INFERLEDGER_*`.

        Without either, the warehouse and the prices are this project's, and there is no other default: a
        company's files are never replaced by another's because an option was forgotten.
        """
        return cls(
            raw=_folder("RAW", raw, NOWHERE),
            warehouse=_folder("WAREHOUSE", warehouse, PROJECT / "warehouse"),
            config=_folder("CONFIG", config, NOWHERE),
            prices=_folder("PRICES", prices, PROJECT / "prices"),
        )

    def require_raw(self) -> None:
        """Raise `LedgerError` where no folder of raw files is given."""
        if self.raw == NOWHERE:
            raise LedgerError("no folder of raw files is given: name it with --raw or INFERLEDGER_RAW")

    def require_inputs(self) -> None:
        """Raise `LedgerError` for an input folder that does not exist or a misspelt file of the company."""
        for name, folder in (("raw", self.raw), ("config", self.config), ("prices", self.prices)):
            if folder != NOWHERE and not folder.is_dir():
                raise LedgerError(f"the {name} folder {folder} does not exist")
        _refuse_misspelt(self.config)

    @property
    def configuration(self) -> str:
        """The folder of the company's files in a sentence, with what its absence means."""
        if self.config == NOWHERE:
            return "none (no --config): defaults, no owners, list prices"
        missing = {SETTINGS: "defaults", OWNERSHIP: "no owners"}
        without = [f"no {name}: {so}" for name, so in missing.items() if not (self.config / name).is_file()]
        return f"{shown(self.config)} ({'; '.join(without)})" if without else shown(self.config)


def shown(path: Path) -> str:
    """A path as a person would write it here: relative to the current folder when it lies below."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def _refuse_misspelt(config: Path) -> None:
    """Raise `LedgerError` for a file that would be passed over because its name is nearly right."""
    there = {path.name for path in config.iterdir()} if config.is_dir() else set()
    for name in sorted(there - set(CONFIG_FILES)):
        near = get_close_matches(name, set(CONFIG_FILES) - there, 1, _ALIKE)
        if near:
            raise LedgerError(f"{config / name} is not read (did you mean {near[0]}?)")


def _folder(name: str, given: Path | None, default: Path) -> Path:
    from_environment = os.environ.get(f"INFERLEDGER_{name}")
    chosen = given or (Path(from_environment) if from_environment else default)
    return chosen.expanduser().resolve()


HASHABLE = ("api_key_id", "customer_id", "project_id", "session_id", "user_id")
FORECAST_DAYS = (31, 100)
"""At least the rest of a month; at most as far as the dimensions of prices look ahead."""

# What a setting may be. The title says it in an error: "FILE: KEY must be TITLE, but is ...".
Flag = Annotated[bool, Strict(), Field(title="true or false")]
Share = Annotated[str, Field(pattern=r"^(0(\.[0-9]+)?|1(\.0+)?)$", title="a decimal from 0 to 1 in quotes")]
Amount = Annotated[str, Field(pattern=r"^[0-9]{1,9}(\.[0-9]{1,6})?$", title="a plain decimal in quotes")]
Count = Annotated[int, Strict(), Field(ge=0, title="a whole number")]
Month = Annotated[str, Field(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$")]
IdColumn = Literal["api_key_id", "customer_id", "project_id", "session_id", "user_id"]


class Company(BaseModel):
    """What the company decides in `settings.yml`: a key of the file each, with its default and meaning.

    docs/configuration.md lists them in this order and in these words.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    company: str | None = Field(
        None,
        pattern=r"^\S(.*\S)?$",
        title="a name",
        description="name of the company, which its warehouse remembers; without it the folder's path",
    )
    assumed_rates: Flag = Field(
        default=True,
        description="price with rates of basis `assumed`, and usage of unreported context size at the short"
        " band. Such rows have `price_is_assumed`; `false` leaves them unpriced",
    )
    duplicate_window_days: Count = Field(
        1, description="two rows of one attempt are recognised when they lie at most so many days apart"
    )
    max_unpriced_share: Share = Field(
        "0", description="share of the logged tokens that may be without a price before `coverage` fails"
    )
    min_unpriced_usd: Amount = Field(
        "0.01",
        description="USD a day, as the rows themselves state them, up to which what has no price does not"
        " fail `coverage` by its dollars",
    )
    max_reconciliation_share: Share = Field(
        "0.005",
        description="share of a day's bill by which the logs may differ before `reconciliation` fails",
    )
    min_reconciliation_usd: Amount = Field(
        "0.01", description="USD a day and provider up to which such a difference is no finding"
    )
    max_reported_difference_share: Share = Field(
        "0.01",
        description="share of the amounts that rows of a day state by which our list price may differ before"
        " `reported_difference` fails",
    )
    min_reported_difference_usd: Amount = Field(
        "0.001", description="USD up to which such a difference is no finding"
    )
    max_source_lag_days: Count = Field(
        3,
        description="days by which the newest day of a source, or of an account in it, may lie behind the"
        " newest of all before `source_lag` fails",
    )
    max_budget_share: Share = Field(
        "1", description="share of a budget that a month may reach at its run rate before `budget` fails"
    )
    anomaly_deviations: Amount = Field(
        "5",
        description="deviations from what was expected beyond which a day's cost fails `anomaly`"
        " ([planning.md](planning.md#anomalies))",
    )
    min_anomaly_usd: Amount = Field("1", description="USD of such a difference below which it is no anomaly")
    forecast_days: Annotated[
        int, Strict(), Field(ge=FORECAST_DAYS[0], le=FORECAST_DAYS[1], title="from 31 to 100")
    ] = Field(35, description="how many days `mart_forecast` looks ahead, 31 to 100")
    hash_columns: Annotated[tuple[IdColumn, ...], Field(title=f"a list of {', '.join(HASHABLE)}")] = Field(
        (),
        description="ids stored as SHA-256 of key and id: any of `api_key_id`, `customer_id`, `project_id`,"
        " `session_id`, `user_id`",
    )
    max_file_bytes: Count = Field(
        68_719_476_736, description="the largest raw file that is read, after decompression"
    )
    closed_months: Annotated[tuple[Month, ...], Field(title="a list of months like '2026-06'")] = Field(
        (),
        description='months like `"2026-06"` that stay as published; corrections are booked as adjustments'
        " in the first open month",
    )


def load_company(config: Path) -> Company:
    """Read `settings.yml`, which may be absent as each of its keys may.

    Raises:
        BookError: the first key that is unknown or has a value it may not have.
    """
    path = config / SETTINGS
    try:
        return Company.model_validate(read_mapping(path))
    except ValidationError as error:
        wrong = error.errors()[0]
    key = str(wrong["loc"][0])
    if key not in Company.model_fields:
        near = get_close_matches(key, Company.model_fields, 1)
        hint = f" (did you mean {near[0]}?)" if near else ""
        raise BookError(f"{path.name}: {key} is no setting{hint}")
    verb = "has" if len(wrong["loc"]) > 1 else "is"
    value = "empty" if wrong["input"] is None else repr(wrong["input"])
    raise BookError(f"{path.name}: {key} must be {Company.model_fields[key].title}, but {verb} {value}")


def webhook_url() -> str:
    """Where findings are posted to, or "". It may hold a secret: never print it."""
    return os.environ.get("INFERLEDGER_WEBHOOK_URL", "")


def hash_key() -> str:
    """The key of hashed ids, from the environment only; raise `LedgerError` when it is missing."""
    key = os.environ.get("INFERLEDGER_HASH_KEY", "")
    if not key:
        raise LedgerError("settings.yml hashes ids, but INFERLEDGER_HASH_KEY is empty")
    return key
