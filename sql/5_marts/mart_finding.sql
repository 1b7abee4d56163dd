-- One row per finding that is open in this version: check, day, subject and sentence, the newest first.
-- `since_day` is the first of the days in a row, among those that have logs, exports or bills, with the same finding.
with days as (
    select
        every_day.day,
        row_number() over (order by every_day.day) as day_number
    from (
        select day from mart_coverage
        union
        select day from mart_reconciliation_daily
    ) as every_day
),

dated as (
    select distinct
        open_finding.check as "check",
        open_finding.subject,
        open_finding.day
    from open_finding
    where open_finding.day is not null
),

stretch as (
    select
        dated.check as "check",
        dated.subject,
        dated.day,
        days.day_number - row_number() over (partition by dated.check, dated.subject order by dated.day) as stretch_number
    from dated
    left join days on dated.day = days.day
),

started as (
    select
        stretch.check as "check",
        stretch.subject,
        stretch.day,
        min(stretch.day) over (partition by stretch.check, stretch.subject, stretch.stretch_number) as since_day
    from stretch
)

select
    open_finding.check as "check",
    open_finding.severity,
    open_finding.day,
    open_finding.subject,
    open_finding.amount_usd,
    open_finding.sentence,
    coalesce(open_finding.since_day, started.since_day) as since_day,
    open_finding.is_acknowledged,
    open_finding.acknowledged_reason
from open_finding
left join started
    on
        open_finding.check = started.check
        and open_finding.subject = started.subject
        and open_finding.day = started.day
order by
    open_finding.day desc nulls first, open_finding.amount_usd desc nulls last, open_finding.check, open_finding.subject,
    open_finding.sentence
