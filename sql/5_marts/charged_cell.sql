-- One row per account, ids, category, model, meter and tier of a bill: what is charged, and the cell whose callers it is given to.
-- A line that is no usage belongs to its project, and without one to the account.
with lines as (
    select
        fct_charge.provider,
        fct_charge.account,
        fct_charge.source,
        fct_charge.project_id,
        fct_charge.api_key_id,
        fct_charge.charge_category,
        fct_charge.model,
        coalesce(sku_name.sku, fct_charge.model) as sku,
        fct_charge.meter,
        fct_charge.service_tier,
        fct_charge.provider || '|' || fct_charge.account as account_cell,
        case when owned_account.shares_project then fct_charge.project_id end as shared_project_id,
        case when owned_account.shares_key then fct_charge.api_key_id end as shared_api_key_id,
        owned_account.is_itemised,
        case
            when billed_meter.told_tiers = 'every' or fct_charge.service_tier = 'batch' then fct_charge.service_tier
        end as told_tier,
        fct_charge.billed_cost_usd
    from fct_charge
    left join owned_account
        on
            fct_charge.provider = owned_account.provider
            and fct_charge.account = owned_account.account
    left join billed_meter
        on
            fct_charge.provider = billed_meter.provider
            and fct_charge.account = billed_meter.account
            and fct_charge.meter = billed_meter.meter
    left join sku_name
        on
            fct_charge.provider = sku_name.provider
            and fct_charge.model = sku_name.alias
    where fct_charge.day = cast($day as date) and fct_charge.billed_cost_usd is not null
),

summed as (
    select
        provider,
        account,
        source,
        project_id,
        api_key_id,
        charge_category,
        model,
        meter,
        service_tier,
        account_cell,
        case
            when charge_category <> 'usage' and shared_project_id is null then account_cell
            when charge_category <> 'usage' then account_cell || '|' || shared_project_id
            when not is_itemised
                then account_cell || '|' || coalesce(shared_project_id, '') || '|' || coalesce(shared_api_key_id, '') || '|||'
            else
                account_cell || '|' || coalesce(shared_project_id, '') || '|' || coalesce(shared_api_key_id, '') || '|'
                || coalesce(sku, '') || '|' || coalesce(meter, '') || '|' || coalesce(told_tier, '')
        end as cell,
        case
            when charge_category = 'usage' and is_itemised
                then
                    account_cell || '|' || coalesce(shared_project_id, '') || '|' || coalesce(shared_api_key_id, '') || '|'
                    || coalesce(sku, '') || '|' || coalesce(meter, '') || '|*'
        end as any_tier_cell,
        sum(billed_cost_usd) as amount
    from lines
    group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12
)

select
    summed.*,
    row_number() over (
        order by
            provider, account, source, project_id, api_key_id, charge_category, model, meter, service_tier, cell
    ) as cell_number
from summed
