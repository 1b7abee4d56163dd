-- One row per line of a provider's bill of `$day` that no later export replaced.
with newest as (
    select
        staged_charge.*,
        rank() over (
            partition by
                staged_charge.source,
                staged_charge.account,
                staged_charge.charge_start,
                staged_charge.charge_end,
                staged_charge.grouping,
                staged_charge.project_id
            order by staged_file.sequence desc, staged_charge.bucket_number desc
        ) as age
    from staged_charge
    left join staged_file
        on staged_charge.source = staged_file.source and staged_charge.source_file = staged_file.content_id
    where
        staged_charge.reject_reason is null
        and staged_charge.charge_start >= cast($day as timestamptz)
        and staged_charge.charge_start < cast($day + interval 1 day as timestamptz)
)

select
    cast($day as date) as day,
    newest.source,
    newest.account,
    newest.source_file,
    newest.source_line,
    newest.charge_start,
    newest.charge_end,
    newest.grouping,
    newest.provider,
    newest.description,
    newest.model,
    newest.service_tier,
    newest.token_type,
    newest.cost_type,
    newest.region,
    newest.context_window,
    newest.project_id,
    newest.api_key_id,
    newest.billed_amount,
    newest.billing_currency,
    newest.billed_cost_usd
from newest
where newest.age = 1
order by
    newest.source, newest.account, newest.charge_start, newest.source_file, newest.source_line,
    newest.project_id, newest.description, newest.token_type, newest.billed_amount
