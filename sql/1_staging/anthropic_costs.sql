-- One row per result of an Anthropic cost report page: the amount is decimal text in cents.
with typed as (
    select
        cast(_line as bigint) as source_line,
        _error as read_error,
        bucket_start as start_text,
        as_instant(bucket_start) as charge_start,
        as_instant(bucket_end) as charge_end,
        cast(bucket_number as bigint) as bucket_number,
        grouping,
        description,
        model,
        service_tier,
        token_type,
        cost_type,
        inference_geo,
        context_window,
        workspace_id,
        amount as amount_text,
        try_cast(amount as decimal(27, 10)) as cents,
        upper(currency) as billing_currency
    from raw
),

amounts as (
    select
        *,
        cast(cents * cast(0.01 as decimal(2, 2)) as decimal(38, 12)) as billed_amount
    from typed
)

select
    source_line,
    charge_start,
    charge_end,
    bucket_number,
    grouping,
    'anthropic' as provider,
    description,
    model,
    service_tier,
    token_type,
    cost_type,
    inference_geo as region,
    context_window,
    workspace_id as project_id,
    cast(null as varchar) as api_key_id,
    billed_amount,
    billing_currency,
    cast(null as decimal(38, 12)) as billed_quantity,
    cast(null as varchar) as billed_unit,
    case
        when read_error is not null then read_error
        when charge_start is null then no_instant('starting_at', start_text)
        when charge_end is null or charge_end <= charge_start
            then 'ending_at is missing or not after starting_at'
        when billed_amount is null then 'amount is not an amount: ' || coalesce(amount_text, 'not given')
        when coalesce(billing_currency, '') = '' then 'currency is missing'
    end as reject_reason
from amounts
