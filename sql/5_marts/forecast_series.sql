-- One row per day with logs, team and feature: its recorded cost in whole microdollars, what has no price left out.
-- A day on which nothing but the bill says anything is none: of what was called on it nothing is known.
with logged as (
    select day
    from mart_cost_daily
    group by day
),

daily as (
    select
        mart_recorded_cost.day,
        mart_recorded_cost.team,
        mart_recorded_cost.feature,
        sum(mart_recorded_cost.cost_usd) as paid
    from mart_recorded_cost
    left join logged
        on mart_recorded_cost.day = logged.day
    where logged.day is not null
    group by mart_recorded_cost.day, mart_recorded_cost.team, mart_recorded_cost.feature
)

select
    day,
    team,
    feature,
    cast(cast(coalesce(paid, 0) as decimal(24, 6)) * cast(1000000 as decimal(7, 0)) as bigint) as cost
from daily
order by team, feature, day
