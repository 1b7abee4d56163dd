-- One row per day after the last one with logs, team and feature, and for `*`, all of a kind together: what it will
-- cost. Usage is taken to go on as the weeks before; where a price of the book changes ahead, the usage of the last
-- seven days is priced by both, and the difference is added. Rows of `*` are the sums of their parts.
with cell as (
    select
        team,
        feature,
        day,
        weeks_ahead,
        attempts,
        cost_usd
    from priced
),

repriced as (
    select
        later.team,
        later.feature,
        later.day,
        later.weeks_ahead,
        sum(cast(later.cost_usd as decimal(30, 12))) as later_usd,
        cast(sum(case when later.cost_usd is null then later.attempts else 0 end) as bigint) as unpriced_attempts,
        sum(case when later.cost_usd is not null then later.same_usd end) as now_usd
    from (
        select
            priced.team,
            priced.feature,
            priced.day,
            priced.weeks_ahead,
            priced.attempts,
            priced.cost_usd,
            first_value(priced.cost_usd) over (
                partition by
                    priced.team, priced.feature, priced.day, priced.provider, priced.model, priced.service_tier,
                    priced.region, priced.priced_at
                order by priced.weeks_ahead
            ) as same_usd
        from priced
    ) as later
    group by later.team, later.feature, later.day, later.weeks_ahead
)

select 1
