-- One row per cell of a bill and owner of calls in it: the owner's list cost, and where nothing in the cell has a price its tokens.
with placed as (
    select
        owned_log.*,
        owned_log.provider || '|' || owned_log.account as account_cell,
        owned_log.provider || '|' || owned_log.account || '|' || owned_log.project_id as project_cell,
        owned_log.provider || '|' || owned_log.account || '|'
        || coalesce(case when owned_account.shares_project then owned_log.project_id end, '') || '|'
        || coalesce(case when owned_account.shares_key then owned_log.api_key_id end, '') || '|'
        || case
            when not owned_account.is_itemised then '|'
            else coalesce(case when coalesce(billed_meter.names_model, true) then owned_log.sku end, '') || '|' || owned_log.meter
        end as any_tier_cell,
        case
            when not owned_account.is_itemised then ''
            when billed_meter.told_tiers = 'every' or (billed_meter.told_tiers = 'batch' and owned_log.service_tier = 'batch')
                then owned_log.service_tier
            else ''
        end as told_tier
    from owned_log
    left join owned_account
        on
            owned_log.provider = owned_account.provider
            and owned_log.account = owned_account.account
    left join billed_meter
        on
            owned_log.provider = billed_meter.provider
            and owned_log.account = billed_meter.account
            and owned_log.meter = billed_meter.meter
),

cells as (
    select
        account_cell as cell,
        team,
        feature,
        environment,
        list_cost_usd,
        meter_quantity
    from placed
    union all
    select
        project_cell as cell,
        team,
        feature,
        environment,
        list_cost_usd,
        meter_quantity
    from placed
    where project_cell is not null
    union all
    select
        any_tier_cell || '|' || told_tier as cell,
        team,
        feature,
        environment,
        list_cost_usd,
        meter_quantity
    from placed
    union all
    select
        any_tier_cell || '|*' as cell,
        team,
        feature,
        environment,
        list_cost_usd,
        meter_quantity
    from placed
),

owners as (
    select
        cell,
        team,
        feature,
        environment,
        sum(list_cost_usd) as listed,
        cast(coalesce(sum(meter_quantity), 0) as decimal(19, 0)) as units
    from cells
    group by cell, team, feature, environment
),

weighed as (
    select
        owners.*,
        sum(listed) over (partition by cell) as all_listed
    from owners
)

select
    cell,
    team,
    feature,
    environment,
    case
        when all_listed > 0 then cast(cast(listed as decimal(26, 12)) * 1000000000000 as decimal(22, 0))
        else cast(units as decimal(22, 0))
    end as weight
from weighed
where case when all_listed > 0 then listed > 0 else units > 0 end
