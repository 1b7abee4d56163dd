-- One row per day with logs, team and feature: its cost in whole microdollars, what has no price left out.
with daily as (
    select
        day,
        team,
        feature,
        sum(cost_usd) as paid
    from mart_cost_daily
    group by day, team, feature
)

select
    day,
    team,
    feature,
    cast(cast(coalesce(paid, 0) as decimal(24, 6)) * cast(1000000 as decimal(7, 0)) as bigint) as cost
from daily
order by team, feature, day
