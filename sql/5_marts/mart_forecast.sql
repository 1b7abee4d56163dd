-- One row per day after the last one with logs, team and feature, and for `*`, all of a kind together: what it will
-- cost. Usage is taken to go on as in the weeks before; where a price of the book changes ahead, the usage of the last
-- seven days is priced by the old one and by the new one, and the difference is added. Rows of `*` are sums of parts.
with change as (
    select
        later.team,
        later.feature,
        later.day + cast(7 * later.weeks_ahead as int) as day,
        sum(cast(later.cost_usd as decimal(30, 12)) - cast(now.cost_usd as decimal(30, 12))) as price_change_usd,
        cast(sum(case when later.cost_usd is null then later.attempts else 0 end) as bigint) as unpriced_attempts
    from priced as later
    left join priced as now
        on
            later.day = now.day
            and later.team = now.team
            and later.feature = now.feature
            and later.provider = now.provider
            and later.model = now.model
            and later.service_tier = now.service_tier
            and coalesce(later.region, '') = coalesce(now.region, '')
            and later.known_rate_id = now.known_rate_id
            and now.weeks_ahead = 0
    where later.weeks_ahead > 0
    group by later.team, later.feature, later.day + cast(7 * later.weeks_ahead as int)
),

part as (
    select
        seasonal_forecast.day,
        seasonal_forecast.team,
        seasonal_forecast.feature,
        greatest(
            cast(cast(seasonal_forecast.forecast as decimal(19, 0)) * cast(0.000001 as decimal(6, 6)) as decimal(38, 12))
            + coalesce(change.price_change_usd, 0),
            0
        ) as forecast_usd,
        coalesce(change.price_change_usd, 0) as price_change_usd,
        coalesce(change.unpriced_attempts, 0) as unpriced_attempts
    from seasonal_forecast
    left join change
        on
            seasonal_forecast.day = change.day
            and seasonal_forecast.team = change.team
            and seasonal_forecast.feature = change.feature
    where seasonal_forecast.team <> '*' and seasonal_forecast.feature <> '*'
),

placed as (
    select day, team, feature, forecast_usd, price_change_usd, unpriced_attempts from part
    union all
    select day, team, '*' as feature, forecast_usd, price_change_usd, unpriced_attempts from part
    union all
    select day, '*' as team, feature, forecast_usd, price_change_usd, unpriced_attempts from part
    union all
    select day, '*' as team, '*' as feature, forecast_usd, price_change_usd, unpriced_attempts from part
),

summed as (
    select
        day,
        team,
        feature,
        cast(sum(forecast_usd) as decimal(38, 12)) as forecast_usd,
        cast(sum(price_change_usd) as decimal(38, 12)) as price_change_usd,
        cast(sum(unpriced_attempts) as bigint) as unpriced_attempts
    from placed
    group by day, team, feature
),

logged as (
    select
        max(day) as as_of_date
    from mart_cost_daily
),

-- The days that the medians look back on.
looked_back as (
    select
        mart_recorded_cost.team,
        mart_recorded_cost.feature,
        mart_recorded_cost.money_of_record
    from mart_recorded_cost
    left join logged
        on true
    left join planning_limit
        on true
    where
        mart_recorded_cost.day <= logged.as_of_date
        and datediff('day', mart_recorded_cost.day, logged.as_of_date) < planning_limit.forecast_past_days
    group by mart_recorded_cost.team, mart_recorded_cost.feature, mart_recorded_cost.money_of_record
),

placed_money as (
    select team, feature, money_of_record from looked_back
    union all
    select team, '*' as feature, money_of_record from looked_back
    union all
    select '*' as team, feature, money_of_record from looked_back
    union all
    select '*' as team, '*' as feature, money_of_record from looked_back
),

money as (
    select
        team,
        feature,
        case when min(money_of_record) = max(money_of_record) then min(money_of_record) else 'mixed' end as money_of_record
    from placed_money
    group by team, feature
),

spread as (
    select
        seasonal_forecast.day,
        seasonal_forecast.team,
        seasonal_forecast.feature,
        cast(cast(seasonal_forecast.distance as decimal(19, 0)) * cast(0.000001 as decimal(6, 6)) as decimal(30, 12)) as distance,
        cast(cast(seasonal_forecast.backtest_error as decimal(19, 0)) * cast(0.000001 as decimal(6, 6)) as decimal(38, 12))
            as backtest_error_usd,
        seasonal_forecast.backtest_days,
        seasonal_forecast.forecast_method
    from seasonal_forecast
)

select
    summed.day,
    summed.team,
    summed.feature,
    money.money_of_record,
    summed.forecast_usd,
    cast(
        case when spread.distance is not null then greatest(cast(summed.forecast_usd as decimal(30, 12)) - spread.distance, 0) end
        as decimal(38, 12)
    ) as forecast_low_usd,
    cast(cast(summed.forecast_usd as decimal(30, 12)) + spread.distance as decimal(38, 12)) as forecast_high_usd,
    summed.price_change_usd,
    summed.unpriced_attempts,
    spread.backtest_error_usd,
    spread.backtest_days,
    spread.forecast_method
from summed
left join spread
    on
        summed.day = spread.day
        and summed.team = spread.team
        and summed.feature = spread.feature
left join money
    on
        summed.team = money.team
        and summed.feature = money.feature
order by summed.day, summed.team, summed.feature
