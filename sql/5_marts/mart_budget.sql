-- One row per month, team and feature with a budget: what was spent of it, and what the month will come to.
-- `*` is every team or every feature. Spent is the money of record, so that a bill replaces the price of the logs.
-- Today is the last day with any of it: no clock is read. What was spent is exact;
-- the rest of the month is what was spent so far times days left over days gone by, one rounding to a whole
-- microdollar, half up (half down below zero, where credits outweigh costs). `forecast_month_usd` takes the days left
-- from mart_forecast instead: with their weekdays, and with prices that change.
with published as (
    select
        min(day) as first_date,
        max(day) as as_of_date
    from mart_recorded_cost
),

costs as (
    select
        day,
        team,
        feature,
        money_of_record,
        cost_usd,
        cast(0 as bigint) as unpriced_attempts
    from mart_recorded_cost
    union all
    select
        day,
        team,
        feature,
        cast(null as varchar) as money_of_record,
        cast(null as decimal(38, 12)) as cost_usd,
        unpriced_attempts
    from mart_cost_daily
),

daily as (
    select
        day,
        team,
        feature,
        min(money_of_record) as least_money,
        max(money_of_record) as greatest_money,
        sum(cost_usd) as cost_usd,
        cast(sum(unpriced_attempts) as bigint) as unpriced_attempts
    from costs
    group by day, team, feature
),

spent_daily as (
    select
        budget_month.month,
        budget_month.team,
        budget_month.feature,
        budget_month.budget_usd,
        daily.day,
        min(daily.least_money) as least_money,
        max(daily.greatest_money) as greatest_money,
        sum(daily.cost_usd) as cost_usd,
        cast(sum(daily.unpriced_attempts) as bigint) as unpriced_attempts
    from budget_month
    left join daily
        on
            daily.day >= budget_month.first_date
            and daily.day <= budget_month.last_date
            and budget_month.team in ('*', daily.team)
            and budget_month.feature in ('*', daily.feature)
    group by budget_month.month, budget_month.team, budget_month.feature, budget_month.budget_usd, daily.day
),

spent_until as (
    select
        spent_daily.*,
        sum(cost_usd) over (
            partition by month, team, feature
            order by day
            rows between unbounded preceding and current row
        ) as spent_until_usd
    from spent_daily
),

spent as (
    select
        month,
        team,
        feature,
        case when min(least_money) = max(greatest_money) then min(least_money) when min(least_money) is not null then 'mixed' end
            as money_of_record,
        coalesce(sum(cost_usd), cast(0 as decimal(38, 12))) as spent,
        coalesce(cast(sum(unpriced_attempts) as bigint), 0) as unpriced_attempts,
        min(case when spent_until_usd > budget_usd then day end) as broken_date
    from spent_until
    group by month, team, feature
),

ahead as (
    select
        budget_month.month,
        budget_month.team,
        budget_month.feature,
        sum(mart_forecast.forecast_usd) as to_come_usd
    from budget_month
    left join published
        on true
    left join mart_forecast
        on
            budget_month.team = mart_forecast.team
            and budget_month.feature = mart_forecast.feature
            and mart_forecast.day > published.as_of_date
            and mart_forecast.day >= budget_month.first_date
            and mart_forecast.day <= budget_month.last_date
    group by budget_month.month, budget_month.team, budget_month.feature
),

counted as (
    select
        budget_month.month,
        budget_month.team,
        budget_month.feature,
        budget_month.budget_amount,
        budget_month.budget_currency,
        budget_month.budget_usd,
        budget_month.budget_source,
        budget_month.last_date,
        published.as_of_date,
        datediff('day', greatest(budget_month.first_date, published.first_date), least(budget_month.last_date, published.as_of_date)) + 1
            as elapsed_days,
        datediff('day', least(budget_month.last_date, published.as_of_date), budget_month.last_date) as left_days,
        spent.money_of_record,
        spent.spent,
        cast(budget_month.budget_usd as decimal(30, 12)) as budget,
        spent.unpriced_attempts,
        spent.broken_date,
        ahead.to_come_usd
    from budget_month
    left join published
        on true
    left join spent
        on
            budget_month.month = spent.month
            and budget_month.team = spent.team
            and budget_month.feature = spent.feature
    left join ahead
        on
            budget_month.month = ahead.month
            and budget_month.team = ahead.team
            and budget_month.feature = ahead.feature
    where
        budget_month.first_date <= published.as_of_date
        and budget_month.last_date >= published.first_date
),

sized as (
    select
        counted.*,
        cast(cast(abs(spent) as decimal(24, 6)) * cast(1000000 as decimal(7, 0)) as bigint) as spent_size,
        case when spent < 0 then -1 else 1 end as spent_sign,
        cast(cast(budget - cast(spent as decimal(30, 12)) as decimal(24, 6)) * cast(1000000 as decimal(7, 0)) as bigint)
            as still_free
    from counted
),

projected as (
    select
        sized.*,
        spent_sign * ((spent_size + elapsed_days // 2) // elapsed_days) as a_day,
        spent_sign * ((spent_size * left_days + elapsed_days // 2) // elapsed_days) as to_come,
        case
            when spent > budget or spent_sign < 0 or spent_size = 0 then null
            when still_free * elapsed_days // spent_size + 1 <= left_days
                then cast(still_free * elapsed_days // spent_size + 1 as int)
        end as days_to_break
    from sized
)

select
    month,
    team,
    feature,
    budget_amount,
    budget_currency,
    budget_usd,
    as_of_date,
    cast(elapsed_days as bigint) as elapsed_days,
    cast(left_days as bigint) as left_days,
    money_of_record,
    spent as spent_usd,
    cast(cast(a_day as decimal(19, 0)) * cast(0.000001 as decimal(6, 6)) as decimal(38, 12)) as run_rate_usd,
    cast(
        cast(spent as decimal(30, 12)) + cast(cast(to_come as decimal(19, 0)) * cast(0.000001 as decimal(6, 6)) as decimal(30, 12))
        as decimal(38, 12)
    ) as month_at_run_rate_usd,
    cast(
        cast(spent as decimal(30, 12)) + cast(coalesce(to_come_usd, 0) as decimal(30, 12)) as decimal(38, 12)
    ) as forecast_month_usd,
    case
        when budget_usd is null then 'no_exchange_rate'
        when spent > budget then 'over'
        when days_to_break is not null then 'will_break'
        else 'within'
    end as budget_state,
    case when spent > budget then broken_date else least(last_date, as_of_date) + days_to_break end as break_date,
    unpriced_attempts,
    budget_source
from projected
order by month, team, feature
