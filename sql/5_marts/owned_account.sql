-- One row per provider and account on a bill: the ids that its logs know too, so that a line can be given to those who called.
with bill_ids as (
    select distinct
        provider,
        account,
        project_id,
        api_key_id,
        meter,
        charge_category
    from fct_charge
    where day = cast($day as date) and billed_cost_usd is not null
),

-- An id that the logs do not have drops out of the inner join; that is what is asked.
projects as (
    select distinct
        bill_ids.provider,
        bill_ids.account
    from bill_ids
    inner join owned_log
        on
            bill_ids.provider = owned_log.provider
            and bill_ids.account = owned_log.account
            and bill_ids.project_id = owned_log.project_id
),

-- The same for keys, by an inner join again.
keys as (
    select distinct
        bill_ids.provider,
        bill_ids.account
    from bill_ids
    inner join owned_log
        on
            bill_ids.provider = owned_log.provider
            and bill_ids.account = owned_log.account
            and bill_ids.api_key_id = owned_log.api_key_id
),

accounts as (
    select
        provider,
        account,
        max(case when charge_category = 'usage' and meter is not null then 1 else 0 end) as itemised_lines,
        max(case when charge_category = 'usage' then 1 else 0 end) as usage_lines
    from bill_ids
    group by provider, account
)

select
    accounts.provider,
    accounts.account,
    projects.account is not null as shares_project,
    keys.account is not null as shares_key,
    accounts.itemised_lines >= accounts.usage_lines as is_itemised
from accounts
left join projects
    on
        accounts.provider = projects.provider
        and accounts.account = projects.account
left join keys
    on
        accounts.provider = keys.provider
        and accounts.account = keys.account
