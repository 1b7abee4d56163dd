-- One row per comparison of two periods, team and feature: why the cost changed, in parts that add up to the change.
-- The cost is the money of record. What it has beyond the priced logs changes in `billed_difference_usd`, the logs in the
-- other parts. Each of these is the difference of two steps of `variance_usage`, all at the earlier prices; `price_usd` is the rest:
-- what the later usage cost more than at those prices, and the earlier usage less.
with stepped as (
    select
        comparison,
        team,
        feature,
        step,
        sum(coalesce(cost_usd, own_cost_usd)) as cost_usd,
        count_if(coalesce(cost_usd, own_cost_usd) is null or not fits) as missing
    from priced
    group by comparison, team, feature, step
),

side_by_side as (
    select
        comparison,
        team,
        feature,
        max(case when step = 0 then cost_usd end) as usd_0,
        max(case when step = 1 then cost_usd end) as usd_1,
        max(case when step = 2 then cost_usd end) as usd_2,
        max(case when step = 3 then cost_usd end) as usd_3,
        max(case when step = 4 then cost_usd end) as usd_4,
        sum(missing) as missing
    from stepped
    group by comparison, team, feature
),

summed as (
    select
        comparison,
        team,
        feature,
        coalesce(sum(case when side = 'earlier' then attempts end), 0) as earlier_attempts,
        coalesce(sum(case when side = 'later' then attempts end), 0) as later_attempts,
        coalesce(sum(case when side = 'earlier' then tokens end), 0) as earlier_tokens,
        coalesce(sum(case when side = 'later' then tokens end), 0) as later_tokens,
        coalesce(sum(case when side = 'earlier' and kind = 'unpriced' then tokens end), 0) as earlier_unpriced_tokens,
        coalesce(sum(case when side = 'later' and kind = 'unpriced' then tokens end), 0) as later_unpriced_tokens,
        sum(case when side = 'earlier' then cost_usd end) as earlier_priced_usd,
        sum(case when side = 'later' then cost_usd end) as later_priced_usd,
        coalesce(sum(case when side = 'earlier' and kind = 'other_meter' then cost_usd end), cast(0 as decimal(38, 12)))
            as earlier_other_usd,
        coalesce(sum(case when side = 'later' and kind = 'other_meter' then cost_usd end), cast(0 as decimal(38, 12)))
            as later_other_usd,
        coalesce(sum(case when side = 'earlier' and kind = 'columns' then cost_usd end), cast(0 as decimal(38, 12)))
            as earlier_columns_usd,
        coalesce(sum(case when side = 'later' and kind = 'columns' then cost_usd end), cast(0 as decimal(38, 12)))
            as later_columns_usd
    from variance_cell
    group by comparison, team, feature
),

recorded_daily as (
    select
        day,
        team,
        feature,
        min(money_of_record) as least_money,
        max(money_of_record) as greatest_money,
        sum(cost_usd) as cost_usd
    from mart_recorded_cost
    group by day, team, feature
),

recorded_sides as (
    select
        compared_period.comparison,
        'earlier' as side,
        recorded_daily.*
    from compared_period
    left join recorded_daily
        on
            recorded_daily.day >= compared_period.earlier_first_date
            and recorded_daily.day <= compared_period.earlier_last_date
    union all
    select
        compared_period.comparison,
        'later' as side,
        recorded_daily.*
    from compared_period
    left join recorded_daily
        on
            recorded_daily.day >= compared_period.later_first_date
            and recorded_daily.day <= compared_period.later_last_date
),

recorded as (
    select
        comparison,
        side,
        team,
        feature,
        case when min(least_money) = max(greatest_money) then min(least_money) else 'mixed' end as money_of_record,
        sum(cost_usd) as cost_usd
    from recorded_sides
    where day is not null
    group by comparison, side, team, feature
),

-- Whoever has attempts, and whoever has recorded cost alone.
owners as (
    select
        comparison,
        team,
        feature
    from summed
    union
    select
        comparison,
        team,
        feature
    from recorded
),

-- Where nothing is recorded a period cost nothing; what is recorded without any price is not known.
known as (
    select
        owners.comparison,
        owners.team,
        owners.feature,
        coalesce(summed.earlier_attempts, 0) as earlier_attempts,
        coalesce(summed.later_attempts, 0) as later_attempts,
        coalesce(summed.earlier_tokens, 0) as earlier_tokens,
        coalesce(summed.later_tokens, 0) as later_tokens,
        coalesce(summed.earlier_unpriced_tokens, 0) as earlier_unpriced_tokens,
        coalesce(summed.later_unpriced_tokens, 0) as later_unpriced_tokens,
        coalesce(summed.earlier_priced_usd, cast(0 as decimal(38, 12))) as earlier_priced_usd,
        coalesce(summed.later_priced_usd, cast(0 as decimal(38, 12))) as later_priced_usd,
        coalesce(summed.earlier_other_usd, cast(0 as decimal(38, 12))) as earlier_other_usd,
        coalesce(summed.later_other_usd, cast(0 as decimal(38, 12))) as later_other_usd,
        coalesce(summed.earlier_columns_usd, cast(0 as decimal(38, 12))) as earlier_columns_usd,
        coalesce(summed.later_columns_usd, cast(0 as decimal(38, 12))) as later_columns_usd,
        earlier.money_of_record as earlier_money_of_record,
        later.money_of_record as later_money_of_record,
        case when earlier.comparison is null then cast(0 as decimal(38, 12)) else earlier.cost_usd end as earlier_cost_usd,
        case when later.comparison is null then cast(0 as decimal(38, 12)) else later.cost_usd end as later_cost_usd
    from owners
    left join summed
        on
            owners.comparison = summed.comparison
            and owners.team = summed.team
            and owners.feature = summed.feature
    left join recorded as earlier
        on
            owners.comparison = earlier.comparison
            and owners.team = earlier.team
            and owners.feature = earlier.feature
            and earlier.side = 'earlier'
    left join recorded as later
        on
            owners.comparison = later.comparison
            and owners.team = later.team
            and owners.feature = later.feature
            and later.side = 'later'
),

kinds as (
    select
        known.comparison,
        known.team,
        known.feature,
        known.earlier_attempts,
        known.later_attempts,
        known.earlier_tokens,
        known.later_tokens,
        known.earlier_unpriced_tokens,
        known.later_unpriced_tokens,
        known.earlier_money_of_record,
        known.later_money_of_record,
        known.earlier_cost_usd,
        known.later_cost_usd,
        cast(known.earlier_cost_usd as decimal(30, 12)) as earlier_recorded_usd,
        cast(known.later_cost_usd as decimal(30, 12)) as later_recorded_usd,
        cast(known.earlier_priced_usd as decimal(30, 12)) as earlier_usd,
        cast(known.later_priced_usd as decimal(30, 12)) as later_usd,
        cast(known.earlier_other_usd as decimal(30, 12)) as earlier_other_usd,
        cast(known.later_other_usd as decimal(30, 12)) as later_other_usd,
        cast(known.earlier_columns_usd as decimal(30, 12)) as earlier_columns_usd,
        cast(known.later_columns_usd as decimal(30, 12)) as later_columns_usd,
        cast(side_by_side.usd_0 as decimal(30, 12)) as usd_0,
        cast(side_by_side.usd_1 as decimal(30, 12)) as usd_1,
        cast(side_by_side.usd_2 as decimal(30, 12)) as usd_2,
        cast(side_by_side.usd_3 as decimal(30, 12)) as usd_3,
        cast(side_by_side.usd_4 as decimal(30, 12)) as usd_4,
        case
            when known.earlier_cost_usd is null or known.later_cost_usd is null then 'unknown'
            when known.earlier_attempts = 0 then 'new'
            when known.later_attempts = 0 then 'gone'
            when
                side_by_side.usd_0 is null or side_by_side.usd_1 is null or side_by_side.usd_2 is null
                or side_by_side.usd_3 is null or side_by_side.usd_4 is null or side_by_side.missing > 0
                then 'not_comparable'
            else 'compared'
        end as kind
    from known
    left join side_by_side
        on
            known.comparison = side_by_side.comparison
            and known.team = side_by_side.team
            and known.feature = side_by_side.feature
),

period as (
    select
        compared_period.comparison,
        compared_period.earlier_first_date,
        compared_period.earlier_last_date,
        compared_period.later_first_date,
        compared_period.later_last_date,
        count(distinct case
            when logged.day >= compared_period.earlier_first_date and logged.day <= compared_period.earlier_last_date
                then logged.day
        end) as earlier_days,
        count(distinct case
            when logged.day >= compared_period.later_first_date and logged.day <= compared_period.later_last_date
                then logged.day
        end) as later_days
    from compared_period
    left join (
        select mart_cost_hourly.day
        from mart_cost_hourly
        group by mart_cost_hourly.day
    ) as logged
        on
            logged.day >= least(compared_period.earlier_first_date, compared_period.later_first_date)
            and logged.day <= greatest(compared_period.earlier_last_date, compared_period.later_last_date)
    group by
        compared_period.comparison, compared_period.earlier_first_date, compared_period.earlier_last_date,
        compared_period.later_first_date, compared_period.later_last_date
)

select
    kinds.comparison,
    period.earlier_first_date,
    period.earlier_last_date,
    period.later_first_date,
    period.later_last_date,
    period.earlier_days,
    period.later_days,
    kinds.team,
    kinds.feature,
    cast(kinds.earlier_attempts as bigint) as earlier_attempts,
    cast(kinds.later_attempts as bigint) as later_attempts,
    cast(kinds.earlier_tokens as bigint) as earlier_tokens,
    cast(kinds.later_tokens as bigint) as later_tokens,
    kinds.earlier_money_of_record,
    kinds.later_money_of_record,
    kinds.earlier_cost_usd,
    kinds.later_cost_usd,
    cast(later_recorded_usd - earlier_recorded_usd as decimal(38, 12)) as change_usd,
    cast(case kinds.kind when 'unknown' then null when 'new' then later_usd else 0 end as decimal(38, 12)) as new_usd,
    cast(case kinds.kind when 'unknown' then null when 'gone' then -earlier_usd else 0 end as decimal(38, 12)) as gone_usd,
    cast(case kinds.kind when 'unknown' then null when 'compared' then usd_1 - usd_0 else 0 end as decimal(38, 12)) as volume_usd,
    cast(case kinds.kind when 'unknown' then null when 'compared' then usd_2 - usd_1 else 0 end as decimal(38, 12)) as model_mix_usd,
    cast(case kinds.kind when 'unknown' then null when 'compared' then usd_3 - usd_2 else 0 end as decimal(38, 12)) as tier_mix_usd,
    cast(case kinds.kind when 'unknown' then null when 'compared' then usd_4 - usd_3 else 0 end as decimal(38, 12)) as meter_mix_usd,
    cast(
        case kinds.kind
            when 'unknown' then null
            when 'compared' then later_columns_usd - usd_4 + usd_0 - earlier_columns_usd
            else 0
        end as decimal(38, 12)
    ) as price_usd,
    cast(
        case
            when kinds.kind = 'unknown' then null
            when kinds.kind in ('compared', 'not_comparable') then later_other_usd - earlier_other_usd
            else 0
        end as decimal(38, 12)
    ) as other_meter_usd,
    cast(
        case kinds.kind
            when 'unknown' then null
            when 'not_comparable' then later_columns_usd - earlier_columns_usd
            else 0
        end as decimal(38, 12)
    ) as not_comparable_usd,
    cast(
        case
            when kinds.kind <> 'unknown' then later_recorded_usd - later_usd + earlier_usd - earlier_recorded_usd
        end as decimal(38, 12)
    ) as billed_difference_usd,
    cast(kinds.earlier_unpriced_tokens as bigint) as earlier_unpriced_tokens,
    cast(kinds.later_unpriced_tokens as bigint) as later_unpriced_tokens
from kinds
left join period
    on kinds.comparison = period.comparison
order by kinds.comparison, kinds.team, kinds.feature
